/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.pkcs11.Pkcs11Primitives;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.wycheproof.Algorithm;
import dev.keywright.wycheproof.CaseResult;
import dev.keywright.wycheproof.JcaPrimitives;
import dev.keywright.wycheproof.Outcome;
import dev.keywright.wycheproof.Primitives;
import dev.keywright.wycheproof.WycheproofRun;
import dev.keywright.wycheproof.WycheproofVectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keywright vectors wycheproof}: Wycheproof's cases on a JCA provider, or on a token. */
@Command(
        name = "wycheproof",
        header = "Tries Wycheproof's vectors on a JCA provider, or on an HSM.",
        description = {
            "Those of the algorithms that S3 objects are encrypted and wrapped with: AES-GCM, AES-GMAC, AES-KW, AES-CBC,"
                    + " RSA-OAEP, RSA PKCS #1 v1.5, HKDF-SHA-512.",
            "",
            "Without --provider and --pkcs11-module, on the JDK's own. A token gets the vectors' keys as objects of a"
                    + " session, which go with it; nothing is stored. What is not offered is no failure.",
            "",
            "The vectors are no part of Keywright. They are read from --dir, else from WYCHEPROOF_DIR, else from"
                    + " ../shared/wycheproof, else from target/wycheproof, where this puts them:",
            "",
            "  " + WycheproofVectors.HOW_TO_GET
        })
final class WycheproofCommand extends Subcommand {
    private static final String JDK_OWN = "SunJCE";

    @Option(
            names = "--provider",
            paramLabel = "NAME|CLASS",
            description = "a provider that the JDK has registered, by name; or any, by its class")
    @Nullable
    String provider;

    @Option(
            names = "--provider-path",
            paramLabel = "JARS",
            description = "where the provider's class is; several are separated as in a class path")
    @Nullable
    String providerPath;

    @Option(names = "--pkcs11-module", paramLabel = "PATH", description = "the HSM's PKCS#11 library")
    @Nullable
    Path module;

    @Option(names = "--token", paramLabel = "LABEL", description = "the token of that module")
    @Nullable
    String token;

    @Option(
            names = "--pin-file",
            paramLabel = "FILE",
            description =
                    "where the token's PIN is: the first line of this file; else it is taken from KEYWRIGHT_PIN, or"
                            + " asked for")
    @Nullable
    Path pinFile;

    @Option(names = "--dir", paramLabel = "DIR", description = "the folder of Wycheproof's JSON files")
    @Nullable
    Path dir;

    WycheproofCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        requireOneImplementation();
        WycheproofVectors vectors = WycheproofVectors.read(folder());
        WycheproofRun run = module != null && token != null ? onToken(vectors, module, token) : onProvider(vectors);
        answer(text(vectors, run), fields(vectors, run));
        int failures = run.failures().size();
        if (failures > 0) {
            throw new VectorsFailedException(
                    run.name() + ": " + failures + " of " + run.results().size() + " cases failed");
        }
    }

    private void requireOneImplementation() {
        if (module == null && (token != null || pinFile != null)) {
            throw misuse("--token and --pin-file belong to --pkcs11-module, which is missing");
        }
        if (module != null && token == null) {
            throw misuse("--pkcs11-module needs --token, its label");
        }
        if (module != null && (provider != null || providerPath != null)) {
            throw misuse("--provider and --pkcs11-module are two implementations: run one after the other");
        }
        if (provider == null && providerPath != null) {
            throw misuse("--provider-path belongs to --provider, which is missing");
        }
    }

    private Path folder() throws IOException {
        if (dir != null) {
            return dir;
        }
        return WycheproofVectors.find(Path.of(""), terminal.environment().get(WycheproofVectors.VARIABLE))
                .orElseThrow(() -> new IOException("Wycheproof's vectors are not here, so "
                        + WycheproofVectors.PINNED_CASES + " cases are not run: give --dir, or set "
                        + WycheproofVectors.VARIABLE + ", or: " + WycheproofVectors.HOW_TO_GET));
    }

    private WycheproofRun onProvider(WycheproofVectors vectors) throws IOException {
        try (ChosenProvider chosen = ChosenProvider.of(provider == null ? JDK_OWN : provider, providerPath)) {
            return WycheproofRun.of(vectors, JcaPrimitives.of(chosen.provider()));
        }
    }

    private WycheproofRun onToken(WycheproofVectors vectors, Path path, String label) {
        Pkcs11Uri uri = Pkcs11Uri.parse("pkcs11:token=" + PercentEncoding.encode(label) + "?module-path="
                + PercentEncoding.encode(path.toAbsolutePath().toString()));
        KeySecrets secrets = new KeySecrets(terminal, pinFile, "--pin-file", uri.toString());
        try (Pkcs11Primitives opened = Pkcs11Primitives.open(uri, () -> secrets.secret("pin"))) {
            Primitives primitives = new TokenPrimitives(opened);
            return WycheproofRun.of(vectors, primitives);
        }
    }

    private static long acceptable(WycheproofRun run, Algorithm algorithm) {
        return run.count(algorithm, Outcome.ACCEPTABLE_ACCEPTED) + run.count(algorithm, Outcome.ACCEPTABLE_REJECTED);
    }

    private static String text(WycheproofVectors vectors, WycheproofRun run) {
        StringBuilder text = new StringBuilder(
                run.name() + "\n" + run.results().size() + " cases of Wycheproof, in " + vectors.folder() + "\n\n");
        String row = "%-24s %8s %8s %12s %13s%n";
        text.append(String.format(Locale.ROOT, row, "", "passed", "failed", "acceptable", "not offered"));
        for (Algorithm algorithm : Algorithm.values()) {
            text.append(String.format(
                    Locale.ROOT,
                    row,
                    algorithm.title(),
                    run.count(algorithm, Outcome.PASS),
                    run.count(algorithm, Outcome.FAIL),
                    acceptable(run, algorithm),
                    run.count(algorithm, Outcome.NOT_OFFERED)));
        }
        if (!run.failures().isEmpty()) {
            text.append("\nfailed\n");
        }
        for (CaseResult failure : run.failures()) {
            text.append("  ").append(failure.vector());
            String comment = failure.vector().comment();
            text.append(comment.isEmpty() ? "" : " (" + comment + ")");
            text.append(": ").append(failure.detail()).append('\n');
        }
        return text.toString();
    }

    private static Map<String, Object> fields(WycheproofVectors vectors, WycheproofRun run) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("implementation", run.name());
        fields.put("vectors", vectors.folder().toString());
        fields.put("cases", run.results().size());
        List<Map<String, Object>> algorithms = new ArrayList<>();
        for (Algorithm algorithm : Algorithm.values()) {
            Map<String, Object> counts = new LinkedHashMap<>();
            counts.put("algorithm", algorithm.title());
            for (Outcome outcome : Outcome.values()) {
                counts.put(outcome.word(), run.count(algorithm, outcome));
            }
            algorithms.add(counts);
        }
        fields.put("algorithms", algorithms);
        fields.put(
                "failures",
                run.failures().stream().map(WycheproofCommand::fields).toList());
        return fields;
    }

    private static Map<String, Object> fields(CaseResult failure) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("file", failure.vector().file());
        fields.put("tcId", failure.vector().id());
        fields.put("comment", failure.vector().comment());
        fields.put("detail", failure.detail());
        return fields;
    }
}
