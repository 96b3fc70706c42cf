/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Runs {@link HsmSoakMain} in a JVM with little memory, and tells whether that came to a good end: no wrong result, no leak, and
 * no native crash. {@code ./hsm-soak} runs it.
 */
final class HsmSoak {
    private HsmSoak() {}

    /**
     * Ends with 0 if nothing went wrong, else with 1.
     *
     * @param arguments seconds, threads, a seed, a file for the report, and the kinds of token, by default all that are here
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 4) {
            System.err.println("usage: HsmSoak SECONDS THREADS SEED REPORT [KIND ...]");
            System.exit(2);
        }
        List<String> wanted = List.of(arguments).subList(4, arguments.length);
        List<HsmSoakKind> kinds = new ArrayList<>();
        for (HsmSoakKind kind : HsmSoakKind.values()) {
            if (!wanted.isEmpty() && !wanted.contains(kind.name().toLowerCase(Locale.ROOT))) {
                continue;
            }
            kind.obstacle()
                    .ifPresentOrElse(
                            obstacle -> System.err.println("hsm-soak: without " + kind.title + ": " + obstacle),
                            () -> kinds.add(kind));
        }
        if (kinds.isEmpty() || kinds.size() < wanted.size()) {
            System.err.println("hsm-soak: not all that is wanted is here; the kinds are "
                    + Arrays.toString(HsmSoakKind.values()).toLowerCase(Locale.ROOT));
            System.exit(2);
        }
        String fault = run(kinds, ProcessBuilder.Redirect.INHERIT, Arrays.copyOf(arguments, 4));
        System.out.println("hsm-soak: " + (fault.isEmpty() ? "passed" : fault));
        System.exit(fault.isEmpty() ? 0 : 1);
    }

    /** How the JVM under test ended otherwise than well; empty if it ended well. */
    static String run(List<HsmSoakKind> kinds, ProcessBuilder.Redirect output, String... arguments)
            throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("keywright-hsm-soak-");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-Xcheck:jni",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("hs_err.log"),
                "-cp",
                System.getProperty("java.class.path"),
                HsmSoakMain.class.getName()));
        command.addAll(List.of(arguments));
        kinds.forEach(kind -> command.add(kind.name()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output);
        builder.environment().put("MALLOC_ARENA_MAX", "2"); // else each thread's arena grows by itself
        int code = builder.start().waitFor();
        List<Path> crashes = crashes(folder);
        if (crashes.isEmpty()) {
            Files.delete(folder);
        }
        return code == 0 && crashes.isEmpty()
                ? ""
                : "the JVM under test ended with " + code + (crashes.isEmpty() ? "" : ", CRASHED: see " + crashes);
    }

    private static List<Path> crashes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
