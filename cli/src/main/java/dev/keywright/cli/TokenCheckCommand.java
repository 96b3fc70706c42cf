/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.pkcs11.Pkcs11Description;
import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.spi.KeyringException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keywright token check}: what a key on a token is, and which wraps it can do; proved by doing one. */
@Command(
        name = "check",
        header = "Describes a module, a token and a key, and says which S3 wraps the key can do.",
        description = "What it finds possible it tries: a throw-away key is wrapped and opened once.")
final class TokenCheckCommand extends Subcommand {
    @Parameters(paramLabel = "PKCS11-URI", description = "the key: pkcs11:token=...;object=...?module-path=...")
    String uri;

    @Option(
            names = "--pin-file",
            paramLabel = "FILE",
            description =
                    "where the PIN is: the first line of this file; else it is taken from KEYWRIGHT_PIN, or asked for")
    @Nullable
    Path pinFile;

    private char @Nullable [] pin; // of one run, so that it is asked for once

    TokenCheckCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() {
        OpenKeys.requireNoPin(uri);
        Pkcs11Uri key = Pkcs11Uri.parse(uri);
        KeySecrets secrets = new KeySecrets(terminal, pinFile, "--pin-file", uri);
        try {
            Pkcs11Description description =
                    Pkcs11Keyring.builder(key).pin(() -> pin(secrets)).describe();
            boolean possible = description.verdicts().stream().anyMatch(Pkcs11Description.Verdict::possible);
            if (!possible) {
                answer(description.toString(), fields(description, false));
                throw new KeyringException(
                        KeyringException.Reason.MISCONFIGURED, description.key() + " can do none of the S3 wraps");
            }
            Pkcs11Keyring.builder(key).pin(() -> pin(secrets)).build().close();
            answer(description + "proved     wrapped and opened a throw-away key\n", fields(description, true));
        } finally {
            if (pin != null) {
                Arrays.fill(pin, '\0');
                pin = null;
            }
        }
    }

    private char[] pin(KeySecrets secrets) {
        if (pin == null) {
            pin = secrets.secret("pin");
        }
        return pin.clone();
    }

    private static Map<String, Object> fields(Pkcs11Description description, boolean proved) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("module", description.module());
        fields.put("moduleInfo", description.moduleInfo());
        fields.put("token", description.token().label());
        fields.put("serial", description.token().serial());
        fields.put("slot", description.token().slotId());
        fields.put("keyType", description.key().type().name());
        fields.put("keyLabel", description.key().label());
        fields.put("keyBits", description.key().bits());
        fields.put("sensitive", description.key().sensitive());
        fields.put("extractable", description.key().extractable());
        List<Map<String, Object>> wraps =
                description.verdicts().stream().map(TokenCheckCommand::fields).toList();
        fields.put("wraps", wraps);
        fields.put(
                "legacyWraps",
                description.legacy().stream().map(TokenCheckCommand::fields).toList());
        fields.put("warnings", description.warnings());
        fields.put("proved", proved);
        return fields;
    }

    private static Map<String, Object> fields(Pkcs11Description.Verdict verdict) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("wrap", verdict.wrap());
        fields.put("possible", verdict.possible());
        fields.put("why", verdict.why());
        return fields;
    }
}
