/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {
    @ParameterizedTest
    @ValueSource(strings = {"\n", "\r", "\t", "\u001B", "\u0085", "\u2028", "\u2029", "\u202E", "\u200B"})
    void text_thatSteers_isReplaced(String steering) {
        assertThat(Printable.text(("a" + steering + "b").getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("a\uFFFDb");
    }

    @ParameterizedTest
    @CsvSource({"caf\u00e9 \u6f22", "\uD83D\uDD12"})
    void text_ofAnyScript_stays(String text) {
        assertThat(Printable.text(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(text);
    }
}
