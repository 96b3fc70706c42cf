/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The soak in small: seconds show what is wrong at once, though not what grows by and by. */
@Tag("slow")
class SoakTest {
    @Test
    @Timeout(value = 3, unit = TimeUnit.MINUTES)
    void soak_ofSeconds_findsNothingWrong() throws Exception {
        ByteArrayOutputStream report = new ByteArrayOutputStream();
        List<String> faults = Soak.run(
                Duration.ofSeconds(8), 8, System.nanoTime(), new PrintStream(report, true, StandardCharsets.UTF_8));
        assertThat(faults).as("%s", report.toString(StandardCharsets.UTF_8)).isEmpty();
    }
}
