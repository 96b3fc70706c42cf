/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * Fuzzes {@link HeaderText} against {@link ReferenceHeaderText}, and through S3's double encoding and back. The input's first
 * byte says what its others are: Latin-1, as HTTP hands it over, or UTF-8.
 */
public final class HeaderFuzz {
    private HeaderFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        String value = new String(rest, input[0] % 2 == 0 ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
        assertThat(decoded(value)).isEqualTo(ReferenceHeaderText.decode(value));
        assertSurvivesS3(new String(rest, StandardCharsets.UTF_8), (input[0] & 0xff) >>> 1);
    }

    private static Optional<String> decoded(String value) {
        try {
            return Optional.of(HeaderText.decode(value));
        } catch (FormatException e) {
            assertThat(e).hasNoCause().hasMessage("not well-formed encoded words (RFC 2047)");
            return Optional.empty();
        }
    }

    /** What S3 makes of raw UTF-8, cut into two words after {@code cut} bytes. */
    private static void assertSurvivesS3(String meant, int cut) {
        byte[] stored = new String(meant.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1)
                .getBytes(StandardCharsets.UTF_8);
        int at = Math.min(cut, stored.length);
        String returned = word(Arrays.copyOf(stored, at)) + " " + word(Arrays.copyOfRange(stored, at, stored.length));
        assertThat(HeaderText.decode(returned)).isEqualTo(meant);
    }

    private static String word(byte[] bytes) {
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(bytes) + "?=";
    }
}
