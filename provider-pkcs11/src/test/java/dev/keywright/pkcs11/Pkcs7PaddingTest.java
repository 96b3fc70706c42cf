/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Pkcs7PaddingTest {
    private static byte[] padded(int length, int count) {
        byte[] padded = new byte[length];
        Arrays.fill(padded, (byte) 0x55);
        Arrays.fill(padded, Math.max(0, length - count), length, (byte) count);
        return padded;
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 32, 48})
    void removed_rightPadding_givesTheRestAndWipesTheInput(int length) throws GeneralSecurityException {
        for (int count = 1; count <= 16; count++) {
            byte[] padded = padded(length, count);
            assertThat(Pkcs7Padding.removed(padded)).isEqualTo(Arrays.copyOf(padded(length, count), length - count));
            assertThat(padded).containsOnly(0);
        }
    }

    @Test
    void removed_anyPaddingByteWrong_isRefusedAndWipesTheInput() {
        for (int count = 1; count <= 16; count++) {
            for (int at = 2; at <= count; at++) {
                byte[] padded = padded(32, count);
                padded[32 - at] ^= (byte) 0x80;
                refused(padded);
            }
        }
    }

    @Test
    void removed_countThatNoPaddingHas_isRefused() {
        for (int count = 17; count <= 256; count++) {
            byte[] padded = new byte[32];
            Arrays.fill(padded, (byte) count);
            refused(padded);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 17, 31})
    void removed_noWholeBlocks_isRefused(int length) {
        refused(padded(length, 1));
    }

    private static void refused(byte[] padded) {
        assertThatThrownBy(() -> Pkcs7Padding.removed(padded)).isInstanceOf(GeneralSecurityException.class);
        for (byte each : padded) {
            assertThat(each).isZero();
        }
    }
}
