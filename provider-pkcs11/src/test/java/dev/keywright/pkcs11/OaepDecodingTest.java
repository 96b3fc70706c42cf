/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OaepDecodingTest {
    private static final int HASH_BYTES = 32;
    private static final int MODULUS_BYTES = 256;
    private static final byte[] MESSAGE = {1, 1, 0, 7};

    @ParameterizedTest
    @CsvSource({"SHA-256, SHA-256", "SHA-256, SHA-1", "SHA-1, SHA-1"})
    void decoded_whatThePlatformEncoded_isTheMessage(String hash, String mgfHash) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(8 * MODULUS_BYTES);
        KeyPair pair = generator.generateKeyPair();
        for (byte[] message : new byte[][] {{}, {0}, {1}, MESSAGE, new byte[190]}) {
            Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
            oaep.init(
                    Cipher.ENCRYPT_MODE,
                    pair.getPublic(),
                    new OAEPParameterSpec(hash, "MGF1", new MGF1ParameterSpec(mgfHash), PSource.PSpecified.DEFAULT));
            Cipher raw = Cipher.getInstance("RSA/ECB/NoPadding");
            raw.init(Cipher.DECRYPT_MODE, pair.getPrivate());
            byte[] encoded = raw.doFinal(oaep.doFinal(message));
            assertThat(OaepDecoding.decoded(encoded, hash, mgfHash)).isEqualTo(message);
        }
    }

    /** Made here to be damaged before it is masked. */
    private static byte[] encoded(java.util.function.Consumer<byte[]> damage) throws GeneralSecurityException {
        byte[] block = new byte[MODULUS_BYTES - HASH_BYTES - 1];
        System.arraycopy(MessageDigest.getInstance("SHA-256").digest(), 0, block, 0, HASH_BYTES);
        block[block.length - MESSAGE.length - 1] = 1;
        System.arraycopy(MESSAGE, 0, block, block.length - MESSAGE.length, MESSAGE.length);
        damage.accept(block);
        byte[] seed = new byte[HASH_BYTES];
        Arrays.fill(seed, (byte) 0x5a);
        mask(block, seed);
        mask(seed, block);
        byte[] encoded = new byte[MODULUS_BYTES];
        System.arraycopy(seed, 0, encoded, 1, HASH_BYTES);
        System.arraycopy(block, 0, encoded, 1 + HASH_BYTES, block.length);
        return encoded;
    }

    private static void mask(byte[] target, byte[] seed) throws GeneralSecurityException {
        for (int at = 0; at < target.length; at++) {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(seed);
            target[at] ^= digest.digest(new byte[] {0, 0, 0, (byte) (at / HASH_BYTES)})[at % HASH_BYTES];
        }
    }

    private static void assertRefused(byte[] encoded) {
        assertThatThrownBy(() -> OaepDecoding.decoded(encoded, "SHA-256", "SHA-256"))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessage("it does not decode");
    }

    @Test
    void decoded_undamaged_isTheMessage() throws GeneralSecurityException {
        assertThat(OaepDecoding.decoded(encoded(block -> {}), "SHA-256", "SHA-256"))
                .isEqualTo(MESSAGE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 0x80, 0xff})
    void decoded_firstByteNotZero_isRefused(int first) throws GeneralSecurityException {
        byte[] encoded = encoded(block -> {});
        encoded[0] = (byte) first;
        assertRefused(encoded);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 15, 31})
    void decoded_anotherLabelsHash_isRefused(int at) throws GeneralSecurityException {
        assertRefused(encoded(block -> block[at] ^= 0x10));
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 0x80, 0xff})
    void decoded_paddingNotZero_isRefused(int padding) throws GeneralSecurityException {
        assertRefused(encoded(block -> block[HASH_BYTES] = (byte) padding));
        assertRefused(encoded(block -> block[block.length - MESSAGE.length - 2] = (byte) padding));
    }

    @Test
    void decoded_noOne_isRefused() throws GeneralSecurityException {
        assertRefused(encoded(block -> Arrays.fill(block, HASH_BYTES, block.length, (byte) 0)));
    }

    @Test
    void decoded_modulusTooShort_isRefused() {
        assertThatThrownBy(() -> OaepDecoding.decoded(new byte[65], "SHA-256", "SHA-256"))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessageContaining("too short");
    }

    @Test
    void decoded_leavesItsInputAlone() throws GeneralSecurityException {
        byte[] encoded = encoded(block -> {});
        byte[] before = encoded.clone();
        OaepDecoding.decoded(encoded, "SHA-256", "SHA-256");
        assertThat(encoded).isEqualTo(before);
    }
}
