/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytesTest {
    @Test
    void copyOf_copiesInAndOut() {
        byte[] source = {1, 2, 3};
        Bytes bytes = Bytes.copyOf(source);
        source[0] = 9;
        bytes.toByteArray()[1] = 9;
        assertThat(bytes.toByteArray()).containsExactly(1, 2, 3);
        assertThat(bytes.size()).isEqualTo(3);
    }

    @Test
    void copyOf_part_isThatPart() {
        byte[] source = {1, 2, 3, 4};
        assertThat(Bytes.copyOf(source, 1, 2)).isEqualTo(Bytes.copyOf(new byte[] {2, 3}));
        assertThat(Bytes.copyOf(source, 4, 0)).isEqualTo(Bytes.empty());
    }

    @Test
    void equality_isByValue() {
        assertThat(Bytes.copyOf(new byte[] {1}))
                .isEqualTo(Bytes.copyOf(new byte[] {1}))
                .hasSameHashCodeAs(Bytes.copyOf(new byte[] {1}))
                .isNotEqualTo(Bytes.copyOf(new byte[] {2}))
                .isNotEqualTo(Bytes.empty());
        assertThat(Bytes.copyOf(new byte[0])).isEqualTo(Bytes.empty());
    }

    @Test
    void base64_isPaddedAndOfTheStandardAlphabet() {
        Bytes bytes = Bytes.copyOf(new byte[] {(byte) 0xfb, (byte) 0xff, 1, 2});
        assertThat(bytes.toBase64()).isEqualTo("+/8BAg==");
        assertThat(Bytes.fromBase64("+/8BAg==")).isEqualTo(bytes);
        assertThat(Bytes.fromBase64("")).isEqualTo(Bytes.empty());
        assertThat(bytes).hasToString("Bytes[+/8BAg==]");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-_8BAg==",
                "+/8BAg",
                "+/8BAg=",
                "+/8BAg===",
                "+/8BAh==",
                " +/8BAg==",
                "+/8BAg==\n",
                "+/8B\nAg==",
                "*",
                "=",
                "A"
            })
    void fromBase64_anythingElse_isRefused(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Bytes.fromBase64(text));
    }
}
