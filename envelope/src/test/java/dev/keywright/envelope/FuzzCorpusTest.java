/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** What the fuzzers found worth keeping, replayed; {@code ./fuzz} searches on from there. */
class FuzzCorpusTest {
    private static final Path CORPORA = Path.of("src", "test", "fuzz");

    @TestFactory
    @Tag("DET-006")
    @Tag("RGA-007")
    Stream<DynamicTest> corpus_replayed_showsNoDifference() {
        return Stream.of(
                replayed("json", JsonFuzz::fuzzerTestOneInput),
                replayed("header", HeaderFuzz::fuzzerTestOneInput),
                replayed("metadata", MetadataFuzz::fuzzerTestOneInput),
                replayed("detection", DetectionFuzz::fuzzerTestOneInput),
                replayed("plaintext-range", RangeFuzz::fuzzerTestOneInput));
    }

    private static DynamicTest replayed(String target, Consumer<byte[]> fuzzed) {
        return DynamicTest.dynamicTest(target, () -> {
            List<Path> inputs;
            try (Stream<Path> all = Files.list(CORPORA.resolve(target))) {
                inputs = all.sorted().toList();
            }
            assertThat(inputs).isNotEmpty();
            for (Path input : inputs) {
                try {
                    fuzzed.accept(Files.readAllBytes(input));
                } catch (IOException | RuntimeException | AssertionError e) {
                    throw new AssertionError("with the input " + input, e);
                }
            }
        });
    }
}
