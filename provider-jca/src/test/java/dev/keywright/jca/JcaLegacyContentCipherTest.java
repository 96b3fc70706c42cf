/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.LegacyContentCipher;
import java.nio.ByteBuffer;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JcaLegacyContentCipherTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final AlgorithmSuite CBC = AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF;
    private static final String DATA_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String IV = "b0b1b2b3b4b5b6b7b8b9babbbcbdbebf";
    private static final Provider SUN = Security.getProvider("SunJCE");
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    static List<LegacyContentCipher> ciphers() {
        return List.of(
                JcaLegacyContentCipher.platform(),
                JcaLegacyContentCipher.with(SUN),
                JcaLegacyContentCipher.with(BOUNCY_CASTLE),
                JcaLegacyContentCipher.with(new CommandedProvider(new JcaContentCipherTest.HoldingBack())));
    }

    private static ContentKey key(int bytes) {
        try (DataKey dataKey = DataKey.adopt(Arrays.copyOf(HEX.parseHex(DATA_KEY), bytes))) {
            return ContentKeyDerivation.platform()
                    .forDecrypt(CBC, dataKey, Bytes.copyOf(HEX.parseHex(IV)), Bytes.empty());
        }
    }

    private static byte[] encrypted(byte[] plaintext, int keyBytes) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding", SUN);
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(Arrays.copyOf(HEX.parseHex(DATA_KEY), keyBytes), "AES"),
                new IvParameterSpec(HEX.parseHex(IV)));
        return cipher.doFinal(plaintext);
    }

    private static byte[] decrypted(LegacyContentCipher cipher, ContentKey key, Bytes previous, byte[] ciphertext) {
        ByteBuffer out = ByteBuffer.allocate(ciphertext.length);
        ByteBuffer in = ByteBuffer.wrap(ciphertext).asReadOnlyBuffer();
        cipher.decrypt(key, previous, in, out);
        assertThat(in.hasRemaining()).isFalse();
        assertThat(out.hasRemaining()).isFalse();
        return out.array();
    }

    /** The wire format's known answer, section 19.1; the padding stays on. */
    @ParameterizedTest
    @MethodSource("ciphers")
    @Tag("PRV-002")
    @Tag("LEG-004")
    void decrypt_knownAnswer_isThePaddedPlaintext(LegacyContentCipher cipher) {
        byte[] body = HEX.parseHex("c586a4fa58a9e25d6816c7d2e6a12fcb4c6ffd78d105bda06dc408f0b158ca7e"
                + "3c604493835470f81190a8851efb80cc");
        try (ContentKey key = key(32)) {
            assertThat(decrypted(cipher, key, Bytes.empty(), body))
                    .asString()
                    .isEqualTo("The quick brown fox jumps over the lazy dog.\4\4\4\4");
        }
    }

    /** On both sides of the sizes in which the cipher is fed. */
    @ParameterizedTest
    @MethodSource("ciphers")
    @Tag("INT-008")
    void decrypt_contentInAnyCuts_isThePlaintext(LegacyContentCipher cipher) throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int keyBytes : List.of(16, 24, 32)) {
            byte[] plaintext = new byte[2 * PieceSize.FULL + 48];
            random.nextBytes(plaintext);
            byte[] ciphertext = encrypted(plaintext, keyBytes);
            try (ContentKey key = key(keyBytes)) {
                assertThat(decrypted(cipher, key, Bytes.empty(), ciphertext))
                        .as("seed %s", seed)
                        .isEqualTo(plaintext);
                for (int cut : List.of(16, 512, 528, PieceSize.FULL, PieceSize.FULL + 16)) {
                    Bytes previous = Bytes.copyOf(ciphertext, cut - 16, 16);
                    assertThat(decrypted(cipher, key, previous, Arrays.copyOfRange(ciphertext, cut, ciphertext.length)))
                            .as("seed %s, from %s", seed, cut)
                            .isEqualTo(Arrays.copyOfRange(plaintext, cut, plaintext.length));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ciphers")
    void decrypt_intoTheSameRegion_isThePlaintext(LegacyContentCipher cipher) throws Exception {
        byte[] plaintext = new byte[PieceSize.FULL + 32];
        Arrays.fill(plaintext, (byte) 9);
        byte[] region = encrypted(plaintext, 32);
        try (ContentKey key = key(32)) {
            cipher.decrypt(key, Bytes.empty(), ByteBuffer.wrap(region), ByteBuffer.wrap(region));
        }
        assertThat(region).isEqualTo(plaintext);
    }

    @Test
    void decrypt_nothing_isNothing() {
        try (ContentKey key = key(32)) {
            assertThat(decrypted(JcaLegacyContentCipher.platform(), key, Bytes.empty(), new byte[0]))
                    .isEmpty();
        }
    }

    @Nested
    class Refuses {
        private final LegacyContentCipher cipher = JcaLegacyContentCipher.platform();

        @ParameterizedTest
        @ValueSource(ints = {1, 15, 17, 31})
        void decrypt_noWholeBlocks_isRefused(int bytes) {
            refused(Bytes.empty(), bytes, 64, bytes + " bytes; whole blocks of 16");
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 15, 17, 32})
        void decrypt_previousOfAnotherLength_isRefused(int bytes) {
            refused(Bytes.copyOf(new byte[bytes]), 16, 16, "a previous block of " + bytes + " bytes");
        }

        @ParameterizedTest
        @CsvSource({"16, 15", "32, 31", "16, 0"})
        void decrypt_tooLittleRoom_isRefusedBeforeAnythingIsRead(int in, int out) {
            refused(Bytes.empty(), in, out, "room for " + out + " bytes, where " + in + " come out");
        }

        private void refused(Bytes previous, int in, int out, String words) {
            ByteBuffer input = ByteBuffer.allocate(in);
            ByteBuffer output = ByteBuffer.allocate(out);
            try (ContentKey key = key(32)) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> cipher.decrypt(key, previous, input, output))
                        .withMessageContaining(words);
            }
            assertThat(input.position()).isZero();
            assertThat(output.position()).isZero();
        }

        @Test
        void decrypt_keyOfAnotherSuite_isRefused() {
            AlgorithmSuite gcm = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
            try (DataKey dataKey = DataKey.adopt(new byte[32]);
                    ContentKey key = ContentKeyDerivation.platform()
                            .forDecrypt(gcm, dataKey, Bytes.copyOf(new byte[12]), Bytes.empty())) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() ->
                                cipher.decrypt(key, Bytes.empty(), ByteBuffer.allocate(16), ByteBuffer.allocate(16)))
                        .withMessageContaining(gcm.name());
            }
        }

        @Test
        void decrypt_closedKey_isRefused() {
            ContentKey key = key(32);
            key.close();
            assertThatIllegalStateException()
                    .isThrownBy(
                            () -> cipher.decrypt(key, Bytes.empty(), ByteBuffer.allocate(16), ByteBuffer.allocate(16)));
        }
    }

    @Nested
    class Providers {
        @Test
        @Tag("LEG-005")
        @Tag("LEG-006")
        @Tag("PRV-004")
        void with_providerWithoutTheCipher_isRefusedNamingBoth() {
            Provider without = CommandedProvider.lacking("AES/CBC/NoPadding");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> JcaLegacyContentCipher.with(without))
                    .withMessageContaining("provider Commanded lacks AES/CBC/NoPadding");
        }

        @Test
        void decrypt_providerThatFails_saysSo() {
            AtomicBoolean down = new AtomicBoolean();
            LegacyContentCipher cipher = JcaLegacyContentCipher.with(new CommandedProvider((key, spec) -> {
                if (down.get()) {
                    throw new ProviderException("token removed");
                }
                return key;
            }));
            down.set(true);
            try (ContentKey key = key(32)) {
                assertThatIllegalStateException()
                        .isThrownBy(() ->
                                cipher.decrypt(key, Bytes.empty(), ByteBuffer.allocate(16), ByteBuffer.allocate(16)))
                        .withMessageContaining("AES-CBC of provider Commanded");
            }
        }

        @Test
        @Tag("PRV-005")
        void toString_namesTheProvider() {
            assertThat(JcaLegacyContentCipher.with(BOUNCY_CASTLE)).hasToString("JcaLegacyContentCipher[BC]");
        }
    }
}
