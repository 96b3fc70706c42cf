/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyPair;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.Security;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The wraps of old objects, opened on every provider; nothing here wraps so but the tests. */
class LegacyWrapsOnJcaTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final Provider SUN = Security.getProvider("SunJCE");
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();
    private static final KeyRequest REQUEST = KeyRequest.of(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF, Map.of());
    private static final String DATA_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String MASTER_KEY = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
    private static final Set<WrapAlgorithm> AES = Set.of(WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_WRAP);

    static List<JcaKeyrings> providers() {
        return List.of(JcaKeyrings.platform(), JcaKeyrings.with(SUN), JcaKeyrings.with(BOUNCY_CASTLE));
    }

    private static byte[] masterKey() {
        return HEX.parseHex(MASTER_KEY);
    }

    private static byte[] dataKey(int bytes) {
        return Arrays.copyOf(HEX.parseHex(DATA_KEY), bytes);
    }

    private static Keyring keyring(JcaKeyrings settings, WrapAlgorithm wrap) {
        return AES.contains(wrap) ? settings.aes("test key", masterKey()) : settings.rsa("test key", RsaPairs.of2048());
    }

    private static WrappedDataKey stored(WrapAlgorithm wrap, byte[] sealed) {
        return new WrappedDataKey(wrap, Bytes.copyOf(sealed), Map.of());
    }

    private static String open(Keyring keyring, WrapAlgorithm wrap, byte[] sealed) {
        try (DataKey key = ((Unwrap.Opened) keyring.unwrap(stored(wrap, sealed), REQUEST)).dataKey()) {
            return key.use(HEX::formatHex);
        }
    }

    /** What an old writer on BouncyCastle, or another provider, stored. */
    private static byte[] wrapped(WrapAlgorithm wrap, byte[] dataKey) {
        return switch (wrap) {
            case RAW_AES -> encrypted("AES/ECB/PKCS5Padding", new SecretKeySpec(masterKey(), "AES"), null, dataKey);
            case AES_WRAP -> encrypted("AESWrap", new SecretKeySpec(masterKey(), "AES"), null, dataKey);
            case RAW_RSA -> encrypted("RSA/ECB/PKCS1Padding", publicKey(), null, dataKey);
            case RSA_OAEP_SHA256 ->
                encrypted("RSA/ECB/OAEPPadding", publicKey(), oaep(MGF1ParameterSpec.SHA1), dataKey);
            default -> throw new AssertionError(wrap);
        };
    }

    private static RSAPublicKey publicKey() {
        return (RSAPublicKey) RsaPairs.of2048().getPublic();
    }

    private static OAEPParameterSpec oaep(MGF1ParameterSpec mgf) {
        return new OAEPParameterSpec("SHA-256", "MGF1", mgf, PSource.PSpecified.DEFAULT);
    }

    private static byte[] encrypted(String transformation, Key key, AlgorithmParameterSpec spec, byte[] plaintext) {
        try {
            Cipher cipher = Cipher.getInstance(transformation, BOUNCY_CASTLE);
            cipher.init(Cipher.ENCRYPT_MODE, key, spec);
            return cipher.doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** The wire format's known answers, section 19.1. */
    @Nested
    @Tag("PRV-002")
    @Tag("INT-017")
    class KnownAnswers {
        static List<JcaKeyrings> providers() {
            return LegacyWrapsOnJcaTest.providers();
        }

        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_rawAes_opens(JcaKeyrings settings) {
            opens(
                    settings,
                    WrapAlgorithm.RAW_AES,
                    "4a7a745f955dd24cff416b81d1d54c5853edebbc74cf364c2e58d06213e675e7"
                            + "b4cf24ba1fb219e893c63ec46975bcd8");
        }

        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_aesWrap_opens(JcaKeyrings settings) {
            opens(
                    settings,
                    WrapAlgorithm.AES_WRAP,
                    "88d0c0b4a5c715f428f15465ee280d61746c3b0e475381a949a175f68d360d8fabe1910d1c37e8ae");
        }

        private void opens(JcaKeyrings settings, WrapAlgorithm wrap, String sealed) {
            try (Keyring keyring = settings.aes("test key", masterKey())) {
                assertThat(open(keyring, wrap, HEX.parseHex(sealed))).isEqualTo(DATA_KEY);
            }
        }
    }

    @Nested
    @Tag("CLI-010")
    class Opens {
        static List<JcaKeyrings> providers() {
            return LegacyWrapsOnJcaTest.providers();
        }

        @ParameterizedTest
        @MethodSource("providers")
        @Tag("INT-008")
        void unwrap_dataKeyOfAnyAesLength_opens(JcaKeyrings settings) {
            for (WrapAlgorithm wrap : List.of(
                    WrapAlgorithm.RAW_AES,
                    WrapAlgorithm.AES_WRAP,
                    WrapAlgorithm.RAW_RSA,
                    WrapAlgorithm.RSA_OAEP_SHA256)) {
                try (Keyring keyring = keyring(settings, wrap)) {
                    for (int bytes : List.of(16, 24, 32)) {
                        assertThat(open(keyring, wrap, wrapped(wrap, dataKey(bytes))))
                                .as("%s, %s bytes", wrap, bytes)
                                .isEqualTo(HEX.formatHex(dataKey(bytes)));
                    }
                }
            }
        }

        @ParameterizedTest
        @MethodSource("providers")
        @Tag("INT-016")
        void unwrap_oaepSha256_opensUnderEitherMgf1(JcaKeyrings settings) {
            try (Keyring keyring = settings.rsa("test key", RsaPairs.of2048())) {
                for (MGF1ParameterSpec mgf : List.of(MGF1ParameterSpec.SHA1, MGF1ParameterSpec.SHA256)) {
                    byte[] sealed = encrypted("RSA/ECB/OAEPPadding", publicKey(), oaep(mgf), dataKey(32));
                    assertThat(open(keyring, WrapAlgorithm.RSA_OAEP_SHA256, sealed))
                            .as(mgf.getDigestAlgorithm())
                            .isEqualTo(DATA_KEY);
                }
            }
        }

        @Test
        void unwrap_masterKeyOf128Bits_opens() {
            byte[] raw = Arrays.copyOf(masterKey(), 16);
            byte[] sealed = encrypted("AES/ECB/PKCS5Padding", new SecretKeySpec(raw, "AES"), null, dataKey(32));
            try (Keyring keyring = JcaKeyrings.platform().aes("test key", raw)) {
                assertThat(open(keyring, WrapAlgorithm.RAW_AES, sealed)).isEqualTo(DATA_KEY);
            }
        }

        @ParameterizedTest
        @CsvSource({"RAW_RSA, RAW_AES", "RSA_OAEP_SHA256, AES_WRAP", "RAW_AES, RAW_RSA", "AES_WRAP, RSA_OAEP_SHA256"})
        @Tag("INT-017")
        void unwrap_wrapOfTheOtherKindOfKey_isNotMine(WrapAlgorithm stored, WrapAlgorithm kind) {
            try (Keyring keyring = keyring(JcaKeyrings.platform(), kind)) {
                assertThat(keyring.unwrap(stored(stored, wrapped(stored, dataKey(32))), REQUEST))
                        .isInstanceOf(Unwrap.NotMine.class);
            }
        }
    }

    /** Each of them ends in the same words, whatever the provider found. */
    @Nested
    @Tag("SEC-016")
    @Tag("SEC-024")
    class Damaged {
        static List<JcaKeyrings> providers() {
            return LegacyWrapsOnJcaTest.providers();
        }

        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_rawRsa_failsAlikeWhateverThePadding(JcaKeyrings settings) {
            Map<String, byte[]> blocks = new LinkedHashMap<>();
            blocks.put("no padding at all", textbook(block(0, 0)));
            blocks.put("block type 1", textbook(block(1, 32)));
            blocks.put("block type 3", textbook(block(3, 32)));
            blocks.put("no end of the padding", textbook(block(2, 0)));
            blocks.put("key of 31 bytes", textbook(block(2, 31)));
            blocks.put("key of 33 bytes", textbook(block(2, 33)));
            blocks.put("no key", wrapped(WrapAlgorithm.RAW_RSA, new byte[0]));
            byte[] shortPadding = block(2, 32);
            shortPadding[9] = 0;
            blocks.put("padding of 7 bytes", textbook(shortPadding));
            byte[] zero = new byte[256];
            blocks.put("zero", zero);
            blocks.put(
                    "the modulus", Arrays.copyOfRange(publicKey().getModulus().toByteArray(), 1, 257));
            blocks.put("a byte less", Arrays.copyOf(wrapped(WrapAlgorithm.RAW_RSA, dataKey(32)), 255));
            blocks.put("a byte more", Arrays.copyOf(wrapped(WrapAlgorithm.RAW_RSA, dataKey(32)), 257));
            failAlike(settings, WrapAlgorithm.RAW_RSA, blocks);
            try (Keyring keyring = settings.rsa("test key", RsaPairs.of2048())) {
                assertThat(open(keyring, WrapAlgorithm.RAW_RSA, textbook(block(2, 32))))
                        .as("the sound block of which the others are made")
                        .isEqualTo(DATA_KEY);
            }
        }

        /** What an old writer on BouncyCastle stored if it was told {@code RSA}. */
        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_unpaddedRsa_isRefused(JcaKeyrings settings) {
            byte[] unpadded = encrypted("RSA", publicKey(), null, dataKey(32));
            failAlike(settings, WrapAlgorithm.RAW_RSA, Map.of("unpadded", unpadded));
        }

        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_oaepSha256_failsAlike(JcaKeyrings settings) {
            byte[] good = wrapped(WrapAlgorithm.RSA_OAEP_SHA256, dataKey(32));
            Map<String, byte[]> blocks = new LinkedHashMap<>();
            blocks.put("flipped", flipped(good, 100));
            blocks.put("key of 31 bytes", wrapped(WrapAlgorithm.RSA_OAEP_SHA256, dataKey(31)));
            blocks.put("zero", new byte[256]);
            blocks.put("a byte less", Arrays.copyOf(good, 255));
            blocks.put("PKCS#1 v1.5", wrapped(WrapAlgorithm.RAW_RSA, dataKey(32)));
            blocks.put(
                    "a label",
                    encrypted(
                            "RSA/ECB/OAEPPadding",
                            publicKey(),
                            new OAEPParameterSpec(
                                    "SHA-256", "MGF1", MGF1ParameterSpec.SHA1, new PSource.PSpecified(new byte[] {1})),
                            dataKey(32)));
            failAlike(settings, WrapAlgorithm.RSA_OAEP_SHA256, blocks);
        }

        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_rawAes_failsAlikeWhateverThePadding(JcaKeyrings settings) {
            byte[] good = wrapped(WrapAlgorithm.RAW_AES, dataKey(32));
            SecretKeySpec master = new SecretKeySpec(masterKey(), "AES");
            Map<String, byte[]> blocks = new LinkedHashMap<>();
            blocks.put("flipped in the padding", flipped(good, 47));
            blocks.put("key of 31 bytes", wrapped(WrapAlgorithm.RAW_AES, dataKey(31)));
            blocks.put("key of 33 bytes", wrapped(WrapAlgorithm.RAW_AES, dataKey(33)));
            byte[] seventeens = new byte[48];
            Arrays.fill(seventeens, (byte) 17);
            blocks.put("padding of 17", encrypted("AES/ECB/NoPadding", master, null, seventeens));
            blocks.put("padding of 0", encrypted("AES/ECB/NoPadding", master, null, new byte[48]));
            blocks.put("a block less", Arrays.copyOf(good, 32));
            blocks.put("a byte less", Arrays.copyOf(good, 47));
            failAlike(settings, WrapAlgorithm.RAW_AES, blocks);
        }

        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_aesWrap_failsAlike(JcaKeyrings settings) {
            byte[] good = wrapped(WrapAlgorithm.AES_WRAP, dataKey(32));
            Map<String, byte[]> blocks = new LinkedHashMap<>();
            for (int at = 0; at < good.length; at += 8) {
                blocks.put("flipped in byte " + at, flipped(good, at));
            }
            blocks.put("8 bytes less", Arrays.copyOf(good, 32));
            blocks.put("a byte less", Arrays.copyOf(good, 39));
            blocks.put("zeros", new byte[40]);
            failAlike(settings, WrapAlgorithm.AES_WRAP, blocks);
        }

        private void failAlike(JcaKeyrings settings, WrapAlgorithm wrap, Map<String, byte[]> damaged) {
            Set<String> outcomes = new TreeSet<>();
            try (Keyring keyring = keyring(settings, wrap)) {
                outcomes.add(outcome(keyring, wrap, new byte[1], "one byte"));
                damaged.forEach((what, bytes) -> outcomes.add(outcome(keyring, wrap, bytes, what)));
            }
            assertThat(outcomes).hasSize(1);
        }

        private String outcome(Keyring keyring, WrapAlgorithm wrap, byte[] sealed, String what) {
            IntegrityException refusal =
                    catchThrowableOfType(IntegrityException.class, () -> keyring.unwrap(stored(wrap, sealed), REQUEST));
            assertThat(refusal).as(what).isNotNull().hasNoCause();
            return refusal.stage() + " " + refusal.getMessage();
        }

        private byte[] flipped(byte[] good, int at) {
            byte[] flipped = good.clone();
            flipped[at] ^= 1;
            return flipped;
        }

        /** A block before encryption: 0, type, padding, 0, and so many bytes of the key; no end of the padding for none. */
        private byte[] block(int type, int keyBytes) {
            byte[] block = new byte[256];
            Arrays.fill(block, (byte) 0xa7);
            block[0] = 0;
            block[1] = (byte) type;
            if (keyBytes > 0) {
                byte[] key = Arrays.copyOf(HEX.parseHex(DATA_KEY), keyBytes);
                block[255 - keyBytes] = 0;
                System.arraycopy(key, 0, block, 256 - keyBytes, keyBytes);
            }
            return block;
        }

        private byte[] textbook(byte[] block) {
            BigInteger sealed = new BigInteger(1, block)
                    .modPow(publicKey().getPublicExponent(), publicKey().getModulus());
            byte[] number = sealed.toByteArray();
            byte[] bytes = new byte[256];
            int length = Math.min(256, number.length);
            System.arraycopy(number, number.length - length, bytes, 256 - length, length);
            return bytes;
        }
    }

    /** What the provider can't do is no fault of the object. */
    @Nested
    class Providers {
        @ParameterizedTest
        @CsvSource({
            "RAW_AES, AES/ECB/PKCS5Padding",
            "AES_WRAP, AESWrap",
            "RAW_RSA, RSA/ECB/PKCS1Padding",
        })
        @Tag("PRV-004")
        void unwrap_providerWithoutTheAlgorithm_isRefusedNamingBoth(WrapAlgorithm wrap, String transformation) {
            try (Keyring keyring = keyring(JcaKeyrings.with(CommandedProvider.lacking(transformation)), wrap)) {
                refused(keyring, wrap, Reason.MISCONFIGURED, "test key: provider Commanded lacks " + transformation);
            }
        }

        @ParameterizedTest
        @CsvSource({
            "RAW_AES, AES/ECB/PKCS5Padding",
            "AES_WRAP, AESWrap",
            "RAW_RSA, RSA/ECB/PKCS1Padding",
            "RSA_OAEP_SHA256, RSA/ECB/OAEPPadding"
        })
        void unwrap_providerThatDoesNotTakeTheKey_isRefusedNamingBoth(WrapAlgorithm wrap, String transformation) {
            AtomicBoolean stubborn = new AtomicBoolean();
            Provider provider = new CommandedProvider((key, spec) -> {
                if (stubborn.get()) {
                    throw new InvalidKeyException("not for that");
                }
                return key;
            });
            try (Keyring keyring = keyring(JcaKeyrings.with(provider), wrap)) {
                stubborn.set(true);
                refused(
                        keyring,
                        wrap,
                        Reason.MISCONFIGURED,
                        "test key: provider Commanded can't decrypt by " + transformation + " with this key");
            }
        }

        /** As a provider answers that has RFC 3394 only to wrap and unwrap key objects. */
        @Test
        void unwrap_providerWithoutDecryptMode_isRefused() {
            AtomicBoolean stubborn = new AtomicBoolean();
            Provider provider = new CommandedProvider((key, spec) -> {
                if (stubborn.get()) {
                    throw new UnsupportedOperationException("wraps and unwraps only");
                }
                return key;
            });
            try (Keyring keyring = keyring(JcaKeyrings.with(provider), WrapAlgorithm.AES_WRAP)) {
                stubborn.set(true);
                refused(keyring, WrapAlgorithm.AES_WRAP, Reason.MISCONFIGURED, "can't decrypt by AESWrap");
            }
        }

        @ParameterizedTest
        @EnumSource(names = {"RAW_AES", "AES_WRAP", "RAW_RSA", "RSA_OAEP_SHA256"})
        void unwrap_providerThatFails_isUnavailable(WrapAlgorithm wrap) {
            AtomicBoolean down = new AtomicBoolean();
            Provider provider = new CommandedProvider((key, spec) -> {
                if (down.get()) {
                    throw new ProviderException("token removed");
                }
                return key;
            });
            try (Keyring keyring = keyring(JcaKeyrings.with(provider), wrap)) {
                down.set(true);
                refused(keyring, wrap, Reason.UNAVAILABLE, "token removed");
            }
        }

        private void refused(Keyring keyring, WrapAlgorithm wrap, Reason reason, String words) {
            assertThatThrownBy(() -> keyring.unwrap(stored(wrap, wrapped(wrap, dataKey(32))), REQUEST))
                    .isInstanceOfSatisfying(
                            KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                    .hasMessageContaining(words);
        }

        /** Some tokens want one hash in both places, some know no other than SHA-1 in MGF1. */
        @ParameterizedTest
        @CsvSource({"SHA-1, SHA-256", "SHA-256, SHA-1"})
        @Tag("INT-016")
        void unwrap_oaepOnAProviderOfOneMgf1_opensThatAndFailsOnTheOther(String lacks, String has) {
            Provider provider = new CommandedProvider((key, spec) -> {
                if (spec instanceof OAEPParameterSpec oaep
                        && oaep.getDigestAlgorithm().equals("SHA-256")
                        && ((MGF1ParameterSpec) oaep.getMGFParameters())
                                .getDigestAlgorithm()
                                .equals(lacks)) {
                    throw new InvalidAlgorithmParameterException("not both");
                }
                return key;
            });
            try (Keyring keyring = JcaKeyrings.with(provider).rsa("test key", RsaPairs.of2048())) {
                byte[] other =
                        encrypted("RSA/ECB/OAEPPadding", publicKey(), oaep(new MGF1ParameterSpec(has)), dataKey(32));
                byte[] lacking =
                        encrypted("RSA/ECB/OAEPPadding", publicKey(), oaep(new MGF1ParameterSpec(lacks)), dataKey(32));
                assertThat(open(keyring, WrapAlgorithm.RSA_OAEP_SHA256, other)).isEqualTo(DATA_KEY);
                assertThatThrownBy(() -> open(keyring, WrapAlgorithm.RSA_OAEP_SHA256, lacking))
                        .isInstanceOf(IntegrityException.class);
            }
        }

        @Test
        void openLegacy_wrapOfTheOtherKindOfKey_isUnsupported() {
            KeyPair pair = RsaPairs.of2048();
            RsaMasterKey rsa = new RsaMasterKey("test key", pair, null, new SecureRandom());
            assertThatThrownBy(() -> rsa.openLegacy(WrapAlgorithm.RAW_AES, new byte[256]))
                    .isInstanceOf(UnsupportedOperationException.class);
            try (AesMasterKey aes = AesMasterKey.owned("test key", masterKey(), null, new SecureRandom())) {
                assertThatThrownBy(() -> aes.openLegacy(WrapAlgorithm.RAW_RSA, new byte[48]))
                        .isInstanceOf(UnsupportedOperationException.class);
            }
        }
    }
}
