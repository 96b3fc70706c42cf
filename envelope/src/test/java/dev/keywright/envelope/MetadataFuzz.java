/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.spi.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Fuzzes the reading of an object's metadata and instruction file, of any names and values, against {@link
 * ReferenceDetection}, and what was read through writing and reading again. The input is text: a line for each entry, as
 * {@code name: value}; after an empty line, the instruction file.
 */
public final class MetadataFuzz {
    private static final int LONGEST_MESSAGE = 1000;

    private MetadataFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String[] parts = ("\n" + new String(input, StandardCharsets.UTF_8)).split("\n\n", 2);
        Map<String, String> metadata = new LinkedHashMap<>();
        for (String line : parts[0].split("\n", -1)) {
            String[] entry = line.split(": ?", 2);
            metadata.put(entry[0], entry.length == 1 ? "" : entry[1]);
        }
        check(metadata, (parts.length == 1 ? "" : parts[1]).getBytes(StandardCharsets.UTF_8));
    }

    /** Compares verdicts on metadata, and on the file if one is needed. */
    static void check(Map<String, String> metadata, byte[] file) {
        ReferenceDetection.Verdict wanted = ReferenceDetection.ofMetadata(metadata);
        StoredEnvelope stored;
        try {
            stored = StoredEnvelope.in(metadata);
        } catch (FormatException e) {
            assertTellsNothing(e);
            assertThat(wanted).isEqualTo(ReferenceDetection.Verdict.REFUSED);
            return;
        }
        if (!stored.needsInstructionFile()) {
            assertThat(stored.complete().format()).hasToString(wanted.toString());
            assertReadsBack(stored.complete());
            return;
        }
        assertThat(wanted).isEqualTo(ReferenceDetection.Verdict.NEEDS_FILE);
        ReferenceDetection.Verdict withFile = ReferenceDetection.ofBoth(metadata, file);
        try {
            Envelope envelope = stored.with(InstructionFile.parse(file));
            assertThat(envelope.format()).hasToString(withFile.toString());
            assertReadsBack(envelope);
        } catch (FormatException e) {
            assertTellsNothing(e);
            assertThat(withFile).isEqualTo(ReferenceDetection.Verdict.REFUSED);
        }
    }

    private static void assertReadsBack(Envelope envelope) {
        if (!envelope.suite().isWritable()) {
            assertThat(catchThrowable(envelope::toMetadata)).isInstanceOf(IllegalStateException.class);
            return;
        }
        assertThat(Envelope.parse(envelope.toMetadata())).isEqualTo(envelope);
        assertThat(StoredEnvelope.in(envelope.toMetadataBesideInstructionFile())
                        .with(InstructionFile.parse(envelope.toInstructionFile().toByteArray())))
                .isEqualTo(envelope);
    }

    /** One short line that forges nothing in a log; where it is about a map, none of the map's text. */
    private static void assertTellsNothing(FormatException e) {
        assertThat(e.fault()).isEqualTo(FormatException.Fault.MALFORMED);
        assertThat(e.getMessage()).hasSizeLessThan(LONGEST_MESSAGE).matches("[ -~]*");
        if (e.getMessage().matches("(instruction file|x-amz-matdesc|x-amz-m|x-amz-t): .*")) {
            String about = e.getMessage().substring(e.getMessage().indexOf(": ") + 2);
            assertThat(JsonFuzz.isRefusal(about) || about.contains("RFC 2047"))
                    .as(about)
                    .isTrue();
        }
    }
}
