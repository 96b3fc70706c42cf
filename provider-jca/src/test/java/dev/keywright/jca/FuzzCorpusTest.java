/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the fuzzer found worth keeping, replayed; {@code ./fuzz} searches on from there. */
class FuzzCorpusTest {
    @Test
    void gcm_replayed_showsNoDifference() throws IOException {
        List<Path> inputs;
        try (Stream<Path> all = Files.list(Path.of("src", "test", "fuzz", "gcm"))) {
            inputs = all.sorted().toList();
        }
        assertThat(inputs).isNotEmpty();
        for (Path input : inputs) {
            try {
                GcmFuzz.fuzzerTestOneInput(Files.readAllBytes(input));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError("with the input " + input, e);
            }
        }
    }
}
