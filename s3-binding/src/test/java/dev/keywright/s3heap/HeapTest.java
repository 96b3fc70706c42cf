/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3heap;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.testing.SoftHsm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a thief of the heap finds after a put and a get under an HSM's key, once all is closed. */
@Tag("SEC-027")
class HeapTest {
    @TempDir
    private Path folder;

    @Test
    void heap_afterClose_holdsNeitherPinNorDataKey() throws Exception {
        assertThat(secretsInTheHeap("close")).isEqualTo("3 data keys, found []");
    }

    @Test
    void heap_secretsKept_areFound() throws Exception {
        assertThat(secretsInTheHeap("keep")).isEqualTo("4 data keys, found [PIN, data key]");
    }

    private String secretsInTheHeap(String scenario) throws Exception {
        try (SoftHsm token = SoftHsm.newToken()) {
            token.generateAes("master", "01", 32);
            byte[] masked = new String(token.pin()).getBytes(StandardCharsets.UTF_8);
            for (int i = 0; i < masked.length; i++) {
                masked[i] ^= 0x5a;
            }
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "--enable-native-access=ALL-UNNAMED",
                            "-XX:+IgnoreUnrecognizedVMOptions",
                            "-cp",
                            System.getProperty("java.class.path"),
                            HeapMain.class.getName(),
                            scenario,
                            token.uri("master"),
                            HexFormat.of().formatHex(masked),
                            folder.resolve(scenario + ".hprof").toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            return output;
        }
    }
}
