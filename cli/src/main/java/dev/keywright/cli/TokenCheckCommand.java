/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.pkcs11.Pkcs11Check;
import dev.keywright.pkcs11.Pkcs11Description;
import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.spi.KeyringException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code keywright token check}: what a key on a token is, which wraps it can do, and how fast; proved by doing them. */
@Command(
        name = "check",
        header = "Describes a module, a token and a key; says which S3 formats the key can serve, and what to set.",
        description =
                "What it finds possible it tries and times, with throw-away data keys. It logs in once, writes nothing to"
                        + " the token, and shows neither PIN nor key.")
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

    @Option(
            names = "--key-option",
            paramLabel = "NAME=VALUE",
            description =
                    "how this token differs from the standard, and how to use it, as for put and get: profile=aws-cloudhsm,"
                            + " gcm-iv=token-writes-back, max-sessions=1, and others; repeatable")
    Map<String, String> options = new LinkedHashMap<>();

    @Option(names = "--rounds", paramLabel = "N", description = "how many operations are timed (default: 100)")
    int rounds = 100;

    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "also write a page for a browser, to attach to a change request; it loads nothing else")
    @Nullable
    Path html;

    @Option(
            names = {"-f", "--force"},
            description = "overwrite what is there")
    boolean force;

    TokenCheckCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        OpenKeys.requireNoPin(uri);
        OpenKeys.requireOnePin(uri, pinFile, "--pin-file");
        if (rounds < 1) {
            throw misuse("--rounds must be 1 or more");
        }
        if (html != null) {
            OutputFile.requireFree(html, force);
        }
        Pkcs11Uri key = Pkcs11Uri.parse(uri);
        KeySecrets secrets = new KeySecrets(terminal, pinFile, "--pin-file", uri);
        Pkcs11Keyring.Builder builder = Pkcs11Keyring.builder(key).options(options);
        if (key.pinSource().isEmpty()) {
            builder.pin(() -> secrets.secret("pin"));
        }
        Pkcs11Check check = builder.check(rounds);
        answer(text(check), fields(check));
        if (html != null) {
            write(html, new TokenCheckPage(key.toString(), check, Instant.now()).text());
        }
        if (!check.passed()) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED, check.description().key() + " can do none of the S3 wraps");
        }
    }

    private void write(Path file, String page) throws IOException {
        try (OutputFile out = new OutputFile(file, force)) {
            out.stream().write(page.getBytes(StandardCharsets.UTF_8));
            out.keep();
        }
        if (!output.quiet && !output.json) {
            terminal.err().println("wrote " + file);
        }
    }

    private static String text(Pkcs11Check check) {
        StringBuilder text = new StringBuilder(check.description().toString());
        new TreeMap<>(check.options()).forEach((name, value) -> line(text, "option", name + "=" + value));
        if (check.passed()) {
            line(text, "proved", "wrapped and opened throw-away keys");
        }
        check.timings().forEach(timing -> line(text, "time", said(timing)));
        check.serves().forEach(serves -> line(text, "serves", serves));
        check.advice().forEach(advice -> line(text, "advice", advice));
        return text.toString();
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(String.format(Locale.ROOT, "%-10s %s%n", name, Printable.line(value)));
    }

    static String said(Pkcs11Check.Timing timing) {
        return String.format(
                Locale.ROOT,
                "%s: %.0f microseconds (median of %d), %.0f a second in one thread",
                timing.operation(),
                timing.medianMicros(),
                timing.count(),
                timing.perSecond());
    }

    private static Map<String, Object> fields(Pkcs11Check check) {
        Pkcs11Description description = check.description();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("module", description.module());
        fields.put("moduleInfo", description.moduleInfo());
        fields.put("token", description.token().label());
        fields.put("serial", description.token().serial());
        fields.put("manufacturer", description.token().manufacturer());
        fields.put("model", description.token().model());
        fields.put("firmwareVersion", description.token().firmwareVersion());
        fields.put("slot", description.token().slotId());
        fields.put("keyType", description.key().type().name());
        fields.put("keyLabel", description.key().label());
        fields.put("keyId", description.key().id().toString());
        fields.put("keyBits", description.key().bits());
        fields.put("sensitive", description.key().sensitive());
        fields.put("extractable", description.key().extractable());
        fields.put("private", description.key().isPrivate());
        fields.put(
                "mechanisms",
                description.mechanisms().stream().map(TokenCheckCommand::fields).toList());
        fields.put("options", new TreeMap<>(check.options()));
        List<Map<String, Object>> wraps =
                description.verdicts().stream().map(TokenCheckCommand::fields).toList();
        fields.put("wraps", wraps);
        fields.put(
                "legacyWraps",
                description.legacy().stream().map(TokenCheckCommand::fields).toList());
        fields.put("warnings", description.warnings());
        fields.put("proved", check.passed());
        fields.put(
                "timings",
                check.timings().stream().map(TokenCheckCommand::fields).toList());
        fields.put("serves", check.serves());
        fields.put("advice", check.advice());
        return fields;
    }

    private static Map<String, Object> fields(Pkcs11Description.Mechanism mechanism) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", mechanism.name());
        fields.put("encrypt", mechanism.encrypt());
        fields.put("decrypt", mechanism.decrypt());
        fields.put("wrap", mechanism.wrap());
        fields.put("unwrap", mechanism.unwrap());
        return fields;
    }

    private static Map<String, Object> fields(Pkcs11Check.Timing timing) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("operation", timing.operation());
        fields.put("count", timing.count());
        fields.put("medianMicros", Math.round(timing.medianMicros()));
        fields.put("perSecond", Math.round(timing.perSecond()));
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
