/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process is told to stop while it works. */
class OrderlyStopTest {
    @ParameterizedTest
    @CsvSource({
        "PT1M,listens,'working, interrupted, true'",
        "PT0.1S,deaf,'working, false'",
        "PT0S,deaf,'working, false'"
    })
    @EnabledOnOs({OS.LINUX, OS.MAC})
    @Timeout(value = 1, unit = TimeUnit.MINUTES)
    void stop_waitsForTheWorkToEnd_butNotForEver(String patience, String work, String said) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Working.class.getName(),
                        patience,
                        work)
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            String first = lines.readLine();
            process.toHandle().destroy(); // which leaves its streams open
            StringBuilder all = new StringBuilder(first);
            lines.lines().forEach(line -> all.append(", ").append(line));
            assertThat(all).hasToString(said);
        }
    }

    /** Works until it is interrupted, or does not listen to that. */
    static final class Working {
        private Working() {}

        public static void main(String[] arguments) {
            OrderlyStop.during(
                    () -> {
                        System.out.println("working");
                        while (true) {
                            try {
                                new CountDownLatch(1).await();
                            } catch (InterruptedException e) {
                                if (arguments[1].equals("listens")) {
                                    System.out.println("interrupted");
                                    return "done";
                                }
                            }
                        }
                    },
                    Duration.parse(arguments[0]),
                    System.out::println);
        }
    }
}
