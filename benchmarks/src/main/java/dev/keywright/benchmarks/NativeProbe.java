/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.token.BenchToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a token does when a C program asks it: its own limit. {@code ./bench} compiles the program. */
final class NativeProbe {
    /** The system property with the program's path. */
    static final String PROPERTY = "keywright.bench.probe";

    private NativeProbe() {}

    /** An operation for so long, as {@link TokenSubject#measure} tells it. */
    static Map<String, Double> measure(BenchToken token, String operation, int millis)
            throws IOException, InterruptedException {
        String program = System.getProperty(PROPERTY);
        if (program == null) {
            throw new ChildJvm.FailedException("not compiled: ./bench found no C compiler");
        }
        List<String> command = new ArrayList<>(List.of(program, operation));
        command.addAll(token.probeArguments(operation));
        command.add(Integer.toString(millis));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new ChildJvm.FailedException(said.strip());
        }
        return figures(said);
    }

    /** Reads lines of {@code name=number}. */
    static Map<String, Double> figures(String said) throws IOException {
        Map<String, Double> values = new HashMap<>();
        for (String line : said.lines().toList()) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                values.put(line.substring(0, equals), Double.valueOf(line.substring(equals + 1)));
            }
        }
        Double operations = values.get("ops");
        Double wallNanos = values.get("wallNanos");
        Double cpuNanos = values.get("cpuNanos");
        if (operations == null || wallNanos == null || cpuNanos == null) {
            throw new IOException("the probe gave no figures: " + said);
        }
        return Map.of("perSecond", operations / wallNanos * 1e9, "cpuMicros", cpuNanos / operations / 1e3);
    }
}
