/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.client.ClientKind;
import dev.keywright.benchmarks.client.ClientRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs a client in a JVM of its own. */
final class ChildJvm {
    private static final int PATIENCE_MINUTES = 5;
    private static final Pattern FIGURE = Pattern.compile("(\\w+)=(\\d+)");

    private final String ourClassPath;
    private final String peerClassPath;
    private final Path logs;

    ChildJvm(String ourClassPath, String peerClassPath, Path logs) {
        this.ourClassPath = ourClassPath;
        this.peerClassPath = peerClassPath;
        this.logs = logs;
    }

    /** What went wrong in there. */
    static final class FailedException extends IOException {
        private static final long serialVersionUID = 1;

        FailedException(String message) {
            super(message);
        }
    }

    /**
     * What a run took, in seconds and bytes.
     *
     * @throws FailedException if the process failed or did not end
     */
    Map<String, Double> run(Jdk jdk, List<String> options, ClientRun run) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(jdk.java(), "-XX:+ExitOnOutOfMemoryError"));
        command.addAll(options);
        command.add("-cp");
        command.add(run.client() == ClientKind.PEER ? peerClassPath : ourClassPath);
        command.add(ClientRun.class.getName());
        command.addAll(List.of(run.arguments()));
        Files.createDirectories(logs);
        Path out = logs.resolve("out.txt");
        Path err = logs.resolve("err.txt");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
                throw new FailedException("did not end within " + PATIENCE_MINUTES + " minutes");
            }
        } finally {
            process.destroyForcibly();
        }
        if (process.exitValue() != 0) {
            throw new FailedException(reason(out, err, process.exitValue()));
        }
        Map<String, Double> figures = new HashMap<>();
        for (String line : Files.readAllLines(out)) {
            Matcher figure = FIGURE.matcher(line);
            if (figure.matches()) { // else the JVM itself had something to say
                figures.put(figure.group(1), Double.valueOf(figure.group(2)));
            }
        }
        return Map.of(
                "wall", figures.getOrDefault("wallNanos", Double.NaN) / 1e9,
                "cpu", figures.getOrDefault("cpuNanos", Double.NaN) / 1e9,
                "firstByte", figures.getOrDefault("firstByteNanos", Double.NaN) / 1e9,
                "heap", figures.getOrDefault("heapPeakBytes", Double.NaN));
    }

    /** The innermost exception's line, or the last one said. */
    private static String reason(Path out, Path err, int exit) throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(out));
        lines.addAll(Files.readAllLines(err));
        return lines.stream()
                .filter(line -> line.startsWith("Caused by: ")
                        || line.startsWith("Exception in ")
                        || line.startsWith("Terminating due to "))
                .reduce("exit " + exit, (earlier, later) -> later)
                .replaceFirst("^(Caused by: |Exception in thread \"main\" )", "");
    }
}
