/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.Bytes;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FoundKeyTest {
    private static FoundKey aes(String label, int id, int bits, boolean mayDecrypt, int... checkValue) {
        return new FoundKey(
                7,
                info(Pkcs11KeyInfo.Type.AES, label, id, bits, mayDecrypt),
                Optional.empty(),
                bytes(checkValue),
                List.of());
    }

    private static FoundKey rsa(int modulus) {
        return new FoundKey(
                7,
                info(Pkcs11KeyInfo.Type.RSA, "k", 1, 2048, true),
                Optional.of(BigInteger.valueOf(modulus)),
                Bytes.empty(),
                List.of());
    }

    private static Pkcs11KeyInfo info(Pkcs11KeyInfo.Type type, String label, int id, int bits, boolean mayDecrypt) {
        return new Pkcs11KeyInfo(type, label, bytes(id), bits, true, false, true, true, mayDecrypt, false, false);
    }

    private static Bytes bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return Bytes.copyOf(bytes);
    }

    private final FoundKey key = aes("k", 1, 256, true, 1, 2, 3);

    @Test
    void keyRelabelledOrAllowedOtherThings_isTheSame() {
        assertThat(aes("other", 1, 256, true, 1, 2, 3).isSameAs(key)).isTrue();
        assertThat(aes("k", 1, 256, false, 1, 2, 3).isSameAs(key)).isTrue();
    }

    /** The token did not give it just then, or gives none. */
    @Test
    void checkValueUnknown_isHeldAgainstNobody() {
        assertThat(aes("k", 1, 256, true).isSameAs(key)).isTrue();
        assertThat(key.isSameAs(aes("k", 1, 256, true))).isTrue();
    }

    @Test
    void otherValue_id_size_type_orModulus_isAnother() {
        assertThat(aes("k", 1, 256, true, 1, 2, 4).isSameAs(key)).isFalse();
        assertThat(aes("k", 2, 256, true, 1, 2, 3).isSameAs(key)).isFalse();
        assertThat(aes("k", 1, 128, true, 1, 2, 3).isSameAs(key)).isFalse();
        assertThat(rsa(15).isSameAs(key)).isFalse();
        assertThat(rsa(15).isSameAs(rsa(21))).isFalse();
        assertThat(rsa(15).isSameAs(rsa(15))).isTrue();
    }
}
