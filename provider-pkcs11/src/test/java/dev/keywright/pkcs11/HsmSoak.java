/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.testing.Nss;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
     * @param arguments seconds, threads, a seed, and a file for the report
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 4) {
            System.err.println("usage: HsmSoak SECONDS THREADS SEED REPORT");
            System.exit(2);
        }
        if (!SoftHsm.isInstalled() || !Nss.missing().isEmpty()) {
            System.err.println(
                    "hsm-soak: wants SoftHSM and NSS: apt-get install softhsm2 opensc libnss3 libnss3-tools");
            System.exit(2);
        }
        Path folder = Files.createTempDirectory("keywright-hsm-soak-");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-Xcheck:jni",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("hs_err.log"),
                "-cp",
                System.getProperty("java.class.path"),
                HsmSoakMain.class.getName(),
                arguments[0],
                arguments[1],
                arguments[2],
                arguments[3]);
        builder.environment().put("MALLOC_ARENA_MAX", "2"); // else each thread's arena grows by itself
        Process child = builder.inheritIO().start();
        int code = child.waitFor();
        List<Path> crashes = crashes(folder);
        for (Path crash : crashes) {
            System.out.println("hsm-soak: CRASHED, see " + crash);
        }
        if (crashes.isEmpty()) {
            Files.delete(folder);
        }
        System.out.println("hsm-soak: the JVM under test ended with " + code);
        System.exit(code == 0 && crashes.isEmpty() ? 0 : 1);
    }

    private static List<Path> crashes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }
}
