/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream drawn = new ByteArrayOutputStream();
    private final AtomicLong nanos = new AtomicLong();

    private Progress progress(boolean wanted) {
        return new Progress(
                new PrintStream(drawn, true, StandardCharsets.UTF_8), wanted, "putting x", 4096, nanos::get);
    }

    @Test
    void longTransfer_onATerminal_isDrawnAndWiped() throws IOException {
        try (Progress progress = progress(true);
                InputStream stream = progress.count(new ByteArrayInputStream(new byte[4096]))) {
            stream.readNBytes(1024);
            assertThat(drawn.size()).as("too early to draw").isZero();
            nanos.set(1_000_000_000);
            stream.readNBytes(1024);
        }
        String line = "putting x   50%  2.0 KiB of 4.0 KiB  2.0 KiB/s";
        assertThat(drawn.toString(StandardCharsets.UTF_8))
                .isEqualTo("\r" + line + "\r" + " ".repeat(line.length()) + "\r");
    }

    @Test
    void anyTransfer_notOnATerminal_drawsNothing() throws IOException {
        try (Progress progress = progress(false);
                InputStream stream = progress.count(new ByteArrayInputStream(new byte[4096]))) {
            nanos.set(5_000_000_000L);
            stream.readAllBytes();
        }
        assertThat(drawn.size()).isZero();
    }

    @Test
    void unknownLength_isDrawnWithoutPercentage() {
        assertThat(Progress.line("getting x", 3 << 20, -1, 2_000_000_000)).isEqualTo("getting x  3.0 MiB  1.5 MiB/s");
    }

    @Test
    void sizes_areForPeople() {
        assertThat(List.of(Sizes.text(0), Sizes.text(1), Sizes.text(1023), Sizes.text(1024), Sizes.text(5L << 30)))
                .containsExactly("0 bytes", "1 byte", "1023 bytes", "1.0 KiB", "5.0 GiB");
    }

    @Test
    void json_nestedAndAwkward_isAsciiAndEscaped() {
        Map<String, Object> map = new TreeMap<>();
        map.put("a", List.of(1, true, "x\"\\\n\u00e9"));
        map.put("b", Map.of());
        assertThat(Json.write(map)).isEqualTo("{\"a\":[1,true,\"x\\\"\\\\\\u000a\\u00e9\"],\"b\":{}}");
    }
}
