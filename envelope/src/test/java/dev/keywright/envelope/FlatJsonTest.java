/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.FormatException;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FlatJsonTest {
    @Nested
    class Write {
        @Test
        @Tag("INT-001")
        void write_severalEntries_isCompactAndSorted() {
            assertThat(FlatJson.write(Map.of("b", "2", "a/+", "\"\\"))).isEqualTo("{\"a/+\":\"\\\"\\\\\",\"b\":\"2\"}");
        }

        @Test
        @Tag("INT-001")
        void write_nonAsciiAndControls_areEscaped() {
            assertThat(FlatJson.write(Map.of("k", "å🔒\n\u007f")))
                    .isEqualTo("{\"k\":\"\\u00e5\\ud83d\\udd12\\u000a\\u007f\"}");
        }

        @Test
        void write_nothing_isAnEmptyObject() {
            assertThat(FlatJson.write(Map.of())).isEqualTo("{}");
        }

        @Test
        void write_loneSurrogate_isRefused() {
            assertThatThrownBy(() -> FlatJson.write(Map.of("k", "\ud83d")))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Nested
    class Read {
        @Test
        @Tag("INT-007")
        void read_spacingAndEscapesOfOtherWriters_givesTheSameMap() {
            assertThat(FlatJson.read("{\"a\": \"1\", \"b/c\": \"2\"}")).isEqualTo(Map.of("a", "1", "b/c", "2"));
            assertThat(FlatJson.read("{\"aws\":\"kms\\u002Bcontext\",\"q\":\"\\u0022\"}"))
                    .isEqualTo(Map.of("aws", "kms+context", "q", "\""));
            assertThat(FlatJson.read("{\"p\":\"a\\/b\"}")).isEqualTo(Map.of("p", "a/b"));
            assertThat(FlatJson.read(" {\t}\r\n")).isEmpty();
        }

        @Test
        void read_whatWasWritten_isTheSameMap() {
            long seed = 20261121;
            Random random = new Random(seed);
            for (int round = 0; round < 500; round++) {
                Map<String, String> map = new HashMap<>();
                for (int entries = random.nextInt(6); entries > 0; entries--) {
                    map.put(text(random), text(random));
                }
                assertThat(FlatJson.read(FlatJson.write(map)))
                        .as("seed %d, round %d", seed, round)
                        .isEqualTo(map);
            }
        }

        private static String text(Random random) {
            return random.ints(0, Character.MAX_CODE_POINT + 1)
                    .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                    .limit(random.nextInt(8))
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    " ",
                    "{",
                    "}",
                    "null",
                    "[]",
                    "\"a\"",
                    "{}{}",
                    "{} x",
                    "{\"a\"}",
                    "{\"a\":}",
                    "{\"a\":\"1\"",
                    "{\"a\":\"1\",}",
                    "{,}",
                    "{\"a\":1}",
                    "{\"a\":null}",
                    "{\"a\":true}",
                    "{\"a\":{}}",
                    "{\"a\":[\"1\"]}",
                    "{a:\"1\"}",
                    "{'a':'1'}",
                    "{\"a\":\"\n\"}",
                    "{\"a\":\"\\x\"}",
                    "{\"a\":\"\\u00g0\"}",
                    "{\"a\":\"\\u00e\"}",
                    "{\"a\":\"\\ud83d\"}",
                    "{\"a\":\"\\udd12\\ud83d\"}",
                    "{\"a\":\"1\";\"b\":\"2\"}",
                    "{\"a\":\"1\"]",
                    "{\"a\":\"1\"x",
                    "\ufeff{}",
                    "{\"a\":\"1\\",
                    "{\"a\":\"\\u０041\"}"
                })
        @Tag("SEC-022")
        void read_anythingElse_isMalformed(String text) {
            assertThatThrownBy(() -> FlatJson.read(text))
                    .isInstanceOfSatisfying(
                            FormatException.class,
                            e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.MALFORMED));
        }

        @Test
        @Tag("SEC-022")
        void read_nameTwice_isMalformedAndSaysSo() {
            assertThatThrownBy(() -> FlatJson.read("{\"a\":\"1\",\"a\":\"1\"}"))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("twice");
        }

        @Test
        void read_malformedText_isNotQuoted() {
            assertThatThrownBy(() -> FlatJson.read("{\"tenant\":\"classified\""))
                    .hasMessageNotContaining("classified");
        }

        @Test
        void read_hugeText_isRefused() {
            assertThatThrownBy(() -> FlatJson.read("{\"a\":\"" + "x".repeat(FlatJson.MAX_CHARS) + "\"}"))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("at most");
        }

        @Test
        void read_textOfTheGreatestLength_isRead() {
            String text = "{\"a\":\"" + "x".repeat(FlatJson.MAX_CHARS - 8) + "\"}";
            assertThat(text).hasSize(FlatJson.MAX_CHARS);
            assertThat(FlatJson.read(text)).containsKey("a");
        }
    }

    /** What is escaped, at the borders: a space and a tilde are not. */
    @Test
    @Tag("INT-001")
    void write_charactersAtTheBordersOfAscii_areEscapedOutsideOnly() {
        assertThat(FlatJson.write(java.util.Map.of(" ~", "\u001f\u007f\u0080")))
                .isEqualTo("{\" ~\":\"\\u001f\\u007f\\u0080\"}");
        assertThat(FlatJson.read("{\"\\ud800\\udc00\":\"\\udbff\\udfff\"}"))
                .isEqualTo(java.util.Map.of("\ud800\udc00", "\udbff\udfff"));
    }
}
