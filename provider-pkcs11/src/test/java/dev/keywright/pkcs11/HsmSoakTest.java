/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.testing.Nss;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./hsm-soak} in small: seconds show what is wrong at once, though not what grows by and by. */
@Tag("slow")
class HsmSoakTest {
    @Test
    @Timeout(180)
    void soak_ofSeconds_findsNothingWrong(@TempDir Path folder) throws Exception {
        List<String> missing = Nss.missing();
        Assumptions.assumeTrue(missing.isEmpty(), () -> "NSS is not here, missing: " + String.join(", ", missing));
        Path report = folder.resolve("report");
        Path output = folder.resolve("output");
        String fault = HsmSoak.run(
                List.of(HsmSoakKind.SOFTHSM, HsmSoakKind.NSS),
                ProcessBuilder.Redirect.to(output.toFile()),
                "9",
                "8",
                Long.toString(System.nanoTime()),
                report.toString());
        assertThat(fault).as("%s", Files.readString(output)).isEmpty();
        assertThat(report).content().contains("Wrong results, native crashes, hangs, leaks: none.");
    }
}
