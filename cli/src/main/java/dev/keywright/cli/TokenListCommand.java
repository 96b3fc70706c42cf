/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11TokenInfo;
import dev.keywright.spi.KeyringException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keywright token list}: the tokens of a module; makes no login. */
@Command(
        name = "list",
        header = "Lists the tokens of a PKCS#11 module. Needs no PIN.",
        description = "Without --module, of those modules that are at their usual places.")
final class TokenListCommand extends Subcommand {
    @Option(names = "--module", paramLabel = "PATH", description = "the HSM's PKCS#11 library")
    @Nullable
    Path module;

    TokenListCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() {
        List<Path> modules = module == null ? KnownModules.present() : List.of(module);
        if (modules.isEmpty()) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "no PKCS#11 module is at its usual place: name the library of your HSM with --module");
        }
        StringBuilder text = new StringBuilder();
        List<Map<String, Object>> all = new ArrayList<>();
        for (Path each : modules) {
            List<Pkcs11TokenInfo> tokens = tokens(each);
            text.append(each).append('\n');
            if (tokens.isEmpty()) {
                text.append("  no token\n");
            }
            for (Pkcs11TokenInfo token : tokens) {
                text.append(token.initialized() ? text(token, each) : blank(token));
            }
            all.add(fields(each, tokens));
        }
        answer(text.toString(), all);
    }

    /** Of several modules, one that does not load is passed over with a word; the only one must load. */
    private List<Pkcs11TokenInfo> tokens(Path path) {
        try {
            return Pkcs11Keyring.listTokens(path);
        } catch (KeyringException e) {
            if (module != null) {
                throw e;
            }
            if (!output.quiet) {
                terminal.err()
                        .println("keywright: passed over: "
                                + Printable.line(Failure.of(e).message()));
            }
            return List.of();
        }
    }

    private static String text(Pkcs11TokenInfo token, Path module) {
        StringBuilder text = new StringBuilder();
        text.append("  token      ").append(token.label()).append('\n');
        text.append("    serial   ")
                .append(token.serial())
                .append(", slot ")
                .append(token.slotId())
                .append('\n');
        text.append("    made by  ").append(token.manufacturer()).append(' ').append(token.model());
        text.append(", firmware ").append(token.firmwareVersion()).append('\n');
        text.append("    login    ").append(login(token)).append('\n');
        text.append("    as URI   ").append(uri(token, module)).append('\n');
        return text.toString();
    }

    private static String blank(Pkcs11TokenInfo token) {
        return "  blank      slot " + token.slotId() + " has a token that is not set up\n";
    }

    private static String login(Pkcs11TokenInfo token) {
        if (!token.loginRequired()) {
            return "not needed";
        }
        String how = token.protectedAuthenticationPath() ? "by PIN, entered at the token" : "by PIN";
        return token.pinLocked() ? how + ": LOCKED" : token.finalTry() ? how + ": one more wrong PIN locks it" : how;
    }

    /** What to begin a key's URI with; {@code object=} is still to be added. */
    private static String uri(Pkcs11TokenInfo token, Path module) {
        return "pkcs11:token=" + PercentEncoding.encode(token.label()) + ";serial="
                + PercentEncoding.encode(token.serial()) + ";object=KEY?module-path="
                + PercentEncoding.encode(module.toString());
    }

    private static Map<String, Object> fields(Path module, List<Pkcs11TokenInfo> tokens) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("module", module.toString());
        fields.put("tokens", tokens.stream().map(token -> fields(token, module)).toList());
        return fields;
    }

    private static Map<String, Object> fields(Pkcs11TokenInfo token, Path module) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("label", token.label());
        fields.put("serial", token.serial());
        fields.put("slot", token.slotId());
        fields.put("manufacturer", token.manufacturer());
        fields.put("model", token.model());
        fields.put("firmwareVersion", token.firmwareVersion());
        fields.put("initialized", token.initialized());
        fields.put("loginRequired", token.loginRequired());
        fields.put("pinLocked", token.pinLocked());
        fields.put("finalTry", token.finalTry());
        fields.put("uri", uri(token, module));
        return fields;
    }
}
