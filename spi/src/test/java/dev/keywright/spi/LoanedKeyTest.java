/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import org.junit.jupiter.api.Test;

class LoanedKeyTest {
    @Test
    void copyOf_takesACopyAndGivesCopies() {
        byte[] raw = {1, 2, 3};
        try (LoanedKey key = LoanedKey.copyOf(raw, "AES")) {
            raw[0] = 9;
            byte[] encoded = key.getEncoded();
            assertThat(encoded).containsExactly(1, 2, 3);
            encoded[0] = 9;
            assertThat(key.getEncoded()).containsExactly(1, 2, 3);
            assertThat(key.getAlgorithm()).isEqualTo("AES");
            assertThat(key.getFormat()).isEqualTo("RAW");
        }
    }

    @Test
    void throwAway_isZeros() {
        try (LoanedKey key = LoanedKey.throwAway(16, "AES")) {
            assertThat(key.getEncoded()).hasSize(16).containsOnly(0);
        }
    }

    @Test
    void close_andDestroy_endIt() {
        LoanedKey closed = LoanedKey.copyOf(new byte[] {1}, "AES");
        assertThat(closed.isDestroyed()).isFalse();
        closed.close();
        closed.close();
        LoanedKey destroyed = LoanedKey.copyOf(new byte[] {1}, "AES");
        destroyed.destroy();
        for (LoanedKey key : new LoanedKey[] {closed, destroyed}) {
            assertThat(key.isDestroyed()).isTrue();
            assertThatIllegalStateException().isThrownBy(key::getEncoded);
        }
    }

    @Test
    void loanedKey_hasIdentityIsNotSerializedAndPrintsNothing() {
        try (LoanedKey key = LoanedKey.copyOf(new byte[] {7}, "AES");
                LoanedKey twin = LoanedKey.copyOf(new byte[] {7}, "AES")) {
            assertThat(key).isNotEqualTo(twin).hasToString("LoanedKey[AES, redacted]");
            assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(key))
                    .isInstanceOf(NotSerializableException.class);
        }
    }
}
