/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    @Test
    void value_writtenAndRead_isTheSame() {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("text", "caf\u00e9 \uD83D\uDD12 \"\\/\b\f\n\r\t\u0000");
        value.put("numbers", List.of(0L, -17L, 1.5));
        value.put("words", Arrays.asList(true, false, null));
        value.put("empty", List.of(Map.of(), List.of(), ""));

        String text = Json.write(value);
        assertThat(Json.read(text)).isEqualTo(value);
        assertThat(text).matches("[ -~]+");
    }

    @Test
    void text_withBlanksAndEscapes_isRead() {
        assertThat(Json.readObject(" { \"a\\u00e9\" : [ 1 , 2 ] ,\n\"b\":\"\\/\" } "))
                .isEqualTo(Map.of("a\u00e9", List.of(1L, 2L), "b", "/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "{\"a\":1,}",
                "[1,]",
                "{\"a\" 1}",
                "{\"a\":1,\"a\":2}",
                "{} x",
                "\"\n\"",
                "\"\\x\"",
                "\"\\u12",
                "01",
                "tru",
                "'a'",
                "\"a",
                "-"
            })
    void text_malformed_isRefused(String text) {
        assertThatThrownBy(() -> Json.read(text)).isInstanceOf(IllegalArgumentException.class);
    }
}
