/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTextTest {
    /** The known answer of the wire format, section 3.6. */
    private static final String S3_TEXT = "=?UTF-8?B?eyJrIjoiw4PCpcOmwrzCosOwwp/ClMKSIn0=?=";

    private static final Map<String, String> MEANT = Map.of("k", "\u00e5\u6f22\ud83d\udd12");

    private static String asLatin1(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    }

    private static String base64Word(byte[] bytes) {
        return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(bytes) + "?=";
    }

    @ParameterizedTest
    @CsvSource({"V2,x-amz-matdesc", "V3,x-amz-m", "V3K,x-amz-t"})
    @Tag("VAL-001")
    @Tag("VAL-002")
    @Tag("VAL-005")
    @Tag("INS-002")
    @Tag("ASC-002")
    void description_doubleEncodedByS3_isReadAsItWasMeant(String which, String name) {
        Map<String, String> metadata = new java.util.HashMap<>(which.equals("V2") ? KnownAnswers.V2 : KnownAnswers.V3);
        metadata.put(name, S3_TEXT);
        if (which.equals("V3K")) {
            metadata.put("x-amz-w", "12");
        }

        assertThat(Envelope.parse(metadata).wrapped().description()).isEqualTo(MEANT);
    }

    @Test
    @Tag("INT-002")
    void description_readAsLatin1ByTheHttpClient_isReadAsItWasMeant() {
        assertThat(FlatJson.read(HeaderText.decode(asLatin1("{\"k\":\"\u00e5\u6f22\ud83d\udd12\"}"))))
                .isEqualTo(MEANT);
    }

    /** The borders of what a byte can be: U+0080 and U+00FF are bytes, U+007F is ASCII, U+0100 no byte at all. */
    @ParameterizedTest
    @CsvSource({
        "\u00c2\u0080, \u0080",
        "\u00c3\u00bf, \u00ff",
        "\u007f, \u007f",
        "\u00c3\u00bf\u0100, \u00c3\u00bf\u0100",
        "\u00c3\u00bf\u00ff, \u00c3\u00bf\u00ff"
    })
    @Tag("INT-002")
    void text_atTheBordersOfLatin1_isReadAsItWasMeant(String value, String meant) {
        assertThat(HeaderText.decode(value)).isEqualTo(meant);
    }

    /** Some stores return the right text; a lone Latin-1 letter is no UTF-8. */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "caf\u00e9", "\u00e5\u6f22", "\u00c3\u00a5 and \u6f22", "\u00c3\u00a5 and \u00e9"})
    @Tag("INT-002")
    void text_thatIsNoMisreadUtf8_staysAsItIs(String text) {
        assertThat(HeaderText.decode(text)).isEqualTo(text);
    }

    @Test
    @Tag("INT-002")
    void instructionFile_isNeverHeaderDecoded() {
        String misreadable = "\u00c3\u00a5";
        InstructionFile file = InstructionFile.parse(
                ("{\"x-amz-3\":\"AAAA\",\"x-amz-w\":\"02\",\"x-amz-m\":\"{\\\"k\\\":\\\"" + misreadable + "\\\"}\"}")
                        .getBytes(StandardCharsets.UTF_8));

        assertThat(FlatJson.read(file.names().get("x-amz-m"))).isEqualTo(Map.of("k", misreadable));
    }

    @Nested
    class EncodedWords {
        @ParameterizedTest
        @CsvSource({
            "=?UTF-8?Q?a_b=3D=C3=A9?=, a b=\u00e9",
            "=?utf-8?q?=c3=a9?=, \u00e9",
            "=?ISO-8859-1?Q?=E9?=, \u00e9",
            "=?US-ASCII?B?YWI=?=, ab",
            "=?UTF-8*en?B?YWI=?=, ab",
            "=?UTF-8?B??=, ''",
            "=?UTF-8?Q??=, ''",
            "=?UTF-8?Q?=7F=C2=80?=, \u007f\u0080",
        })
        void word_ofAnyForm_isItsText(String value, String text) {
            assertThat(HeaderText.decode(value)).isEqualTo(text);
        }

        @ParameterizedTest
        @ValueSource(strings = {"", " ", "\r\n ", "\t"})
        void words_oneAfterTheOther_joinWithoutTheBlank(String between) {
            assertThat(HeaderText.decode("=?UTF-8?B?YWI=?=" + between + "=?UTF-8?Q?c_d?="))
                    .isEqualTo("abc d");
        }

        @Test
        void words_splitInsideOfACharacter_join() {
            byte[] bytes = "\u6f22".getBytes(StandardCharsets.UTF_8);

            assertThat(HeaderText.decode(
                            base64Word(new byte[] {bytes[0]}) + " " + base64Word(new byte[] {bytes[1], bytes[2]})))
                    .isEqualTo("\u6f22");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "=?",
                    "=?UTF-8?B?YWI=",
                    "=?UTF-8?X?YWI=?=",
                    "=?UTF-8?B?YW!?=",
                    "=?UTF-8?Q?=4?=",
                    "=?UTF-8?Q?=?=",
                    "=?UTF-8?Q?=GG?=",
                    "=?UTF-8?Q?=4\uff11?=",
                    "=?UTF-8?Q?\u0080?=",
                    "=?UTF-8?Q?a\u00e9?=",
                    "=?UTF-8?Q?=C3?=",
                    // Any bytes are text in this one, so nothing else refuses them.
                    "=?ISO-8859-1?Q?=4?=",
                    "=?ISO-8859-1?Q?=GG?=",
                    "=?ISO-8859-1?Q?=4\uff11?=",
                    "=?ISO-8859-1?Q?a\u00e9?=",
                    "=?ISO-8859-1?Q?a?= and =?ISO-8859-1?Q?b?=",
                    "=?KOI8-R?B?YWI=?=",
                    "=?UTF-8?B?YWI=?= and more",
                    "=?UTF-8?B?YWI=?= =?ISO-8859-1?B?YWI=?=",
                })
        void word_thatIsNone_isMalformed(String value) {
            assertThatThrownBy(() -> HeaderText.decode(value))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("RFC 2047");
        }

        @Test
        void description_malformed_isNamed() {
            Map<String, String> metadata = new java.util.HashMap<>(KnownAnswers.V3);
            metadata.put("x-amz-m", "=?UTF-8?B?");

            assertThatThrownBy(() -> Envelope.parse(metadata))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("x-amz-m");
        }
    }
}
