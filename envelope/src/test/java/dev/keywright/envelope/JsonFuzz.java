/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Fuzzes {@link FlatJson} against {@link ReferenceJson}, and what it read through writing and reading again. The input's first
 * byte says what its others are: UTF-8, or UTF-16 with lone surrogates at will.
 */
public final class JsonFuzz {
    private static final Set<String> NUMBERS = Set.of("x-amz-tag-len", "x-amz-unencrypted-content-length");
    /** All that a refusal says; nothing of the text is among it. */
    private static final Pattern REFUSAL = Pattern.compile(
            "not a JSON object of strings: (',' or '}'|'\\{'|':'|a string|four hexadecimal digits) wanted( \\(nested values, "
                    + "numbers and literals have no place here\\))?, at character \\d+"
                    + "|not a JSON object of strings: (a name twice|text after the object|a number with a leading zero"
                    + "|a lone surrogate|a control character inside a string|an unknown escape|the text ends here)"
                    + ", at character \\d+"
                    + "|JSON of \\d+ characters; at most \\d+ are read");

    private JsonFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        String text = new String(
                input, 1, input.length - 1, input[0] % 2 == 0 ? StandardCharsets.UTF_8 : StandardCharsets.UTF_16BE);
        assertThat(read(() -> FlatJson.read(text))).isEqualTo(ReferenceJson.read(text, false, Set.of()));
        Optional<Map<String, String>> lenient = read(() -> FlatJson.readLeniently(text, NUMBERS));
        assertThat(lenient).isEqualTo(ReferenceJson.read(text, true, NUMBERS));
        lenient.ifPresent(JsonFuzz::assertReadsBack);
        assertWritesWellFormedTextOnly(text);
    }

    /** Whether a message is one of those that tell nothing of the text. */
    static boolean isRefusal(String message) {
        return REFUSAL.matcher(message).matches();
    }

    private static Optional<Map<String, String>> read(java.util.function.Supplier<Map<String, String>> reader) {
        try {
            return Optional.of(reader.get());
        } catch (FormatException e) {
            assertThat(e).hasNoCause().message().matches(JsonFuzz::isRefusal);
            return Optional.empty();
        }
    }

    private static void assertReadsBack(Map<String, String> map) {
        String written = FlatJson.write(map);
        assertThat(written).matches("[ -~]*");
        if (written.length() <= FlatJson.MAX_CHARS) {
            assertThat(FlatJson.read(written)).isEqualTo(map);
        }
    }

    private static void assertWritesWellFormedTextOnly(String text) {
        try {
            assertReadsBack(Map.of("name", text, text + "!", ""));
            assertThat(ReferenceJson.isWellFormed(text)).isTrue();
        } catch (IllegalArgumentException e) {
            assertThat(ReferenceJson.isWellFormed(text)).isFalse();
            assertThat(e).hasMessage("text with a lone surrogate can't be written");
        }
    }
}
