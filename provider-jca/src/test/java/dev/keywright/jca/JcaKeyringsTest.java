/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyWrapper;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Keyrings.Reads;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.math.BigInteger;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JcaKeyringsTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final Provider SUN = Security.getProvider("SunJCE");
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();
    private static final KeyRequest V2 = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, Map.of());
    private static final KeyRequest V3 = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
    private static final String DATA_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String MASTER_KEY = "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f";
    private static final String NONCE = "c0c1c2c3c4c5c6c7c8c9cacb";

    static List<JcaKeyrings> providers() {
        return List.of(JcaKeyrings.platform(), JcaKeyrings.with(SUN), JcaKeyrings.with(BOUNCY_CASTLE));
    }

    private static byte[] masterKey() {
        return HEX.parseHex(MASTER_KEY);
    }

    private static WrappedDataKey wrap(KeyWrapper keyring, KeyRequest request) {
        try (DataKey key = DataKey.adopt(HEX.parseHex(DATA_KEY))) {
            return keyring.wrap(key, request);
        }
    }

    private static String open(Keyring keyring, WrappedDataKey wrapped, KeyRequest request) {
        Unwrap answer = keyring.unwrap(wrapped, request);
        try (DataKey key = ((Unwrap.Opened) answer).dataKey()) {
            return key.use(HEX::formatHex);
        }
    }

    private static void refused(String what, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED))
                .hasMessageStartingWith("test key: ")
                .hasMessageContaining(what);
    }

    @Nested
    class AesWrap {
        static List<JcaKeyrings> providers() {
            return JcaKeyringsTest.providers();
        }

        /** The wire format's known answers, section 19.1. */
        @ParameterizedTest
        @MethodSource("providers")
        @Tag("PRV-002")
        void wrap_fixedNonce_givesTheKnownAnswers(JcaKeyrings settings) {
            try (Keyring keyring = settings.random(new FixedRandom(NONCE)).aes("test key", masterKey())) {
                assertThat(HEX.formatHex(wrap(keyring, V2).ciphertext().toByteArray()))
                        .isEqualTo(NONCE + "643d8281b8a8e5c40a263d444eac3e3f39d01852f615e44231f7b6a633ca739c"
                                + "c14c8d7ff3bc17fabcb1ba610f81b04d");
                assertThat(HEX.formatHex(wrap(keyring, V3).ciphertext().toByteArray()))
                        .isEqualTo(NONCE + "643d8281b8a8e5c40a263d444eac3e3f39d01852f615e44231f7b6a633ca739c"
                                + "73af10dfb633b4bdbcec45d6b90dd141");
                assertThat(open(keyring, wrap(keyring, V3), V3)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void wrap_providerThatChoosesTheNonce_storesTheOneThatWasUsed() {
            byte[] own = HEX.parseHex("000102030405060708090a0b");
            CommandedProvider stubborn = new CommandedProvider(new OwnNonce(own));
            try (Keyring keyring = JcaKeyrings.with(stubborn).aes("test key", masterKey());
                    Keyring reader = JcaKeyrings.with(SUN).aes("reader", masterKey())) {
                WrappedDataKey wrapped = wrap(keyring, V3);
                assertThat(wrapped.ciphertext().toByteArray()).startsWith(own);
                assertThat(open(reader, wrapped, V3)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void aes_providerThatChoosesANonceOfAnotherLength_isRefusedAtConstruction() {
            CommandedProvider stubborn = new CommandedProvider(new OwnNonce(new byte[16]));
            refused("can't wrap by AES/GCM", () -> JcaKeyrings.with(stubborn).aes("test key", masterKey()));
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 32})
        void wrap_keyOfAnyAesLength_opensOnTheOtherProvider(int bytes) {
            byte[] key = Arrays.copyOf(masterKey(), bytes);
            try (Keyring sun = JcaKeyrings.with(SUN).aes("test key", key);
                    Keyring bc = JcaKeyrings.with(BOUNCY_CASTLE).aes("test key", new SecretKeySpec(key, "AES"))) {
                assertThat(open(bc, wrap(sun, V3), V3)).isEqualTo(DATA_KEY);
                assertThat(open(sun, wrap(bc, V2), V2)).isEqualTo(DATA_KEY);
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 15, 17, 31, 33, 64})
        void aes_keyOfAnotherLength_isRefused(int bytes) {
            refused("16, 24 or 32", () -> JcaKeyrings.platform().aes("test key", new byte[bytes]));
            if (bytes > 0) {
                refused(
                        "16, 24 or 32",
                        () -> JcaKeyrings.platform().aes("test key", new SecretKeySpec(new byte[bytes], "AES")));
            }
        }

        @Test
        @Tag("PRV-004")
        void aes_providerWithoutTheAlgorithm_isRefusedNamingBoth() {
            Provider without = Security.getProvider("SUN");
            refused(
                    "provider SUN lacks AES/GCM/NoPadding",
                    () -> JcaKeyrings.with(without).aes("test key", masterKey()));
        }

        @Test
        void aes_keyThatTheProviderCannotUse_isRefusedAtConstruction() {
            refused("can't wrap by AES/GCM", () -> JcaKeyrings.with(SUN).aes("test key", new TokenKey()));
        }

        @Test
        void aes_providerThatOpensUnderAnotherKey_isRefusedAtConstruction() {
            int[] uses = {0};
            CommandedProvider confused = new CommandedProvider((key, spec) ->
                    key instanceof SecretKeySpec && ++uses[0] == 2 ? new SecretKeySpec(new byte[32], "AES") : key);
            refused(
                    "does not open what it has wrapped",
                    () -> JcaKeyrings.with(confused).aes("test key", new SecretKeySpec(masterKey(), "AES")));
        }

        @Test
        void trial_masterKeyThatOpensToOtherBytes_isRefused() {
            MasterKeyOps forgetful = new MasterKeyOps() {
                @Override
                public byte[] seal(byte[] plaintext, byte[] aad) {
                    return new byte[60];
                }

                @Override
                public byte[] open(byte[] sealed, byte[] aad) {
                    return new byte[32];
                }
            };
            refused(
                    "does not open what it has wrapped",
                    () -> MasterKeyTrial.sealsAndOpens(
                            "test key", WrapAlgorithm.AES_GCM, forgetful, new SecureRandom()));
        }

        @Test
        @Tag("PRV-005")
        void aes_keyThatDoesNotLeaveItsProvider_isUsedThere() {
            Provider token = new CommandedProvider(TokenKey::inside);
            try (Keyring explicit = JcaKeyrings.with(token).aes("test key", new TokenKey())) {
                assertThat(open(explicit, wrap(explicit, V3), V3)).isEqualTo(DATA_KEY);
            }
            Security.addProvider(token);
            try (Keyring platform = JcaKeyrings.platform().aes("test key", new TokenKey());
                    Keyring software = JcaKeyrings.with(SUN).aes("twin", masterKey())) {
                assertThat(open(software, wrap(platform, V3), V3)).isEqualTo(DATA_KEY);
            } finally {
                Security.removeProvider(token.getName());
            }
        }

        @Test
        void aes_bytes_areCopiedAndTheSecretKeyIsLeftAlone() throws Exception {
            byte[] raw = masterKey();
            try (Keyring keyring = JcaKeyrings.platform().aes("test key", raw);
                    Keyring twin = JcaKeyrings.platform().aes("twin", masterKey())) {
                assertThat(raw).isEqualTo(masterKey());
                Arrays.fill(raw, (byte) 0);
                assertThat(open(twin, wrap(keyring, V3), V3)).isEqualTo(DATA_KEY);
            }
            CountingKey key = new CountingKey();
            JcaKeyrings.platform().aes("test key", key).close();
            assertThat(key.destroyed).isFalse();
        }

        @Test
        void random_given_makesTheNonces() {
            try (Keyring keyring = JcaKeyrings.platform().aes("test key", masterKey())) {
                byte[] first = wrap(keyring, V3).ciphertext().toByteArray();
                byte[] second = wrap(keyring, V3).ciphertext().toByteArray();
                assertThat(Arrays.copyOf(first, 12)).isNotEqualTo(Arrays.copyOf(second, 12));
            }
        }
    }

    @Nested
    class RsaWrap {
        static List<JcaKeyrings> providers() {
            return JcaKeyringsTest.providers();
        }

        @ParameterizedTest
        @MethodSource("providers")
        @Tag("PRV-002")
        void wrap_envelope_isTheKnownAnswerUnderSha1AndMgf1Sha1(JcaKeyrings settings) throws Exception {
            try (Keyring keyring = settings.rsa("test key", RsaPairs.of2048())) {
                assertThat(oaepSha1(wrap(keyring, V2)))
                        .isEqualTo("20" + DATA_KEY + "4145532f47434d2f4e6f50616464696e67");
                assertThat(oaepSha1(wrap(keyring, V3))).isEqualTo("20" + DATA_KEY + "313135");
            }
        }

        private String oaepSha1(WrappedDataKey wrapped) throws Exception {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPWithSHA-1AndMGF1Padding", SUN);
            cipher.init(
                    Cipher.DECRYPT_MODE,
                    RsaPairs.of2048().getPrivate(),
                    new OAEPParameterSpec("SHA-1", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT));
            return HEX.formatHex(cipher.doFinal(wrapped.ciphertext().toByteArray()));
        }

        @Test
        void wrap_onOneProvider_opensOnTheOther() {
            try (Keyring sun = JcaKeyrings.with(SUN).rsa("test key", RsaPairs.of2048());
                    Keyring bc = JcaKeyrings.with(BOUNCY_CASTLE).rsa("test key", RsaPairs.of2048())) {
                assertThat(open(bc, wrap(sun, V3), V3)).isEqualTo(DATA_KEY);
                assertThat(open(sun, wrap(bc, V3), V3)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void rsa_publicKeyAlone_wrapsAndCannotOpen() {
            KeyWrapper writer = JcaKeyrings.platform()
                    .description(Map.of("k", "v"))
                    .rsa("test key", RsaPairs.of2048().getPublic());
            assertThat(writer).isNotInstanceOf(Keyring.class).hasToString("test key");
            try (Keyring reader =
                    JcaKeyrings.platform().description(Map.of("k", "v")).rsa("reader", RsaPairs.of2048())) {
                assertThat(open(reader, wrap(writer, V3), V3)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void rsa_publicKeyThatTheProviderCannotUse_isRefusedAtConstruction() {
            Provider token = new CommandedProvider((key, spec) -> {
                throw new InvalidKeyException("not of this token");
            });
            refused(
                    "can't wrap by RSA-OAEP-SHA1",
                    () -> JcaKeyrings.with(token)
                            .rsa("test key", RsaPairs.of2048().getPublic()));
        }

        @ParameterizedTest
        @ValueSource(ints = {1024, 2047})
        void rsa_shortKey_isRefused(int bits) {
            KeyPair pair = RsaPairs.fresh(bits);
            refused(
                    "RSA key of " + bits + " bits is too short",
                    () -> JcaKeyrings.platform().rsa("test key", pair));
            refused(
                    "RSA key of " + bits + " bits is too short",
                    () -> JcaKeyrings.platform().rsa("test key", pair.getPublic()));
        }

        @Test
        void rsa_keyOfAnotherAlgorithm_isRefused() throws Exception {
            KeyPair pair = KeyPairGenerator.getInstance("EC").generateKeyPair();
            refused(
                    "an RSA public key is wanted, and this one is EC",
                    () -> JcaKeyrings.platform().rsa("test key", pair));
        }

        @ParameterizedTest
        @MethodSource("providers")
        void rsa_halvesOfTwoPairs_areRefused(JcaKeyrings settings) {
            KeyPair one = RsaPairs.of2048();
            KeyPair other = RsaPairs.another();
            // Both ways, as a wrapped key may be a number that the smaller modulus has no room for.
            refused(
                    "the two halves do not belong together: their moduli differ",
                    () -> settings.rsa("test key", new KeyPair(one.getPublic(), other.getPrivate())));
            refused(
                    "the two halves do not belong together: their moduli differ",
                    () -> settings.rsa("test key", new KeyPair(other.getPublic(), one.getPrivate())));
        }

        @Test
        @Tag("PRV-004")
        void rsa_providerWithoutTheAlgorithm_isRefusedNamingBoth() {
            Provider without = Security.getProvider("SUN");
            refused(
                    "provider SUN lacks RSA/ECB/OAEPPadding",
                    () -> JcaKeyrings.with(without).rsa("test key", RsaPairs.of2048()));
        }

        @Test
        void rsa_privateKeyThatDoesNotLeaveItsProvider_isUsedThere() {
            Provider token = new CommandedProvider(TokenPrivateKey::inside);
            KeyPair pair = new KeyPair(RsaPairs.of2048().getPublic(), new TokenPrivateKey());
            try (Keyring keyring = JcaKeyrings.with(token).rsa("test key", pair)) {
                assertThat(open(keyring, wrap(keyring, V3), V3)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void open_noNumberBelowTheModulus_isRefusedBeforeTheProviderSeesIt() {
            BigInteger modulus = ((RSAPublicKey) RsaPairs.of2048().getPublic()).getModulus();
            boolean[] seen = {false};
            Provider watching = new CommandedProvider((key, spec) -> {
                seen[0] = true;
                return key;
            });
            RsaMasterKey ops = new RsaMasterKey("test key", RsaPairs.of2048(), watching, new SecureRandom());
            for (byte[] sealed : List.of(
                    Arrays.copyOfRange(modulus.toByteArray(), 1, 257), new byte[255], new byte[257], new byte[0])) {
                assertThatThrownBy(() -> ops.open(sealed, new byte[0])).isInstanceOf(BadPaddingException.class);
            }
            assertThat(seen[0]).isFalse();
        }
    }

    @Nested
    class Settings {
        @Test
        void settings_areImmutable_eachCallGivesItsOwn() {
            JcaKeyrings plain = JcaKeyrings.platform();
            JcaKeyrings described = plain.description(Map.of("k", "v"));
            try (Keyring first = plain.aes("test key", masterKey());
                    Keyring second = described.aes("test key", masterKey());
                    Keyring any = plain.reads(Reads.ANY_DESCRIPTION).aes("test key", masterKey())) {
                assertThat(wrap(first, V3).description()).isEmpty();
                assertThat(wrap(second, V3).description()).isEqualTo(Map.of("k", "v"));
                assertThat(first.unwrap(wrap(second, V3), V3)).isInstanceOf(Unwrap.NotMine.class);
                assertThat(open(any, wrap(second, V3), V3)).isEqualTo(DATA_KEY);
            }
        }
    }

    private static final class FixedRandom extends SecureRandom {
        private final byte[] fixed;

        FixedRandom(String hex) {
            this.fixed = HEX.parseHex(hex);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            System.arraycopy(fixed, 0, bytes, 0, Math.min(bytes.length, fixed.length));
        }
    }

    /** Encrypts under its own nonce, whatever it is told. */
    private static final class OwnNonce implements DelegatingCipher.Command {
        private final byte[] nonce;

        OwnNonce(byte[] nonce) {
            this.nonce = nonce;
        }

        @Override
        public Key key(Key given, AlgorithmParameterSpec spec) {
            return given;
        }

        @Override
        public AlgorithmParameterSpec parameters(int mode, AlgorithmParameterSpec given) {
            return mode == Cipher.ENCRYPT_MODE ? new GCMParameterSpec(128, nonce) : given;
        }
    }

    /** A key that its token keeps: no encoded form. */
    private static final class TokenKey implements SecretKey {
        static Key inside(Key key, AlgorithmParameterSpec spec) throws InvalidKeyException {
            if (!(key instanceof TokenKey)) {
                throw new InvalidKeyException("not of this token");
            }
            return new SecretKeySpec(masterKey(), "AES");
        }

        @Override
        public String getAlgorithm() {
            return "AES";
        }

        @Override
        public String getFormat() {
            return null;
        }

        @Override
        public byte[] getEncoded() {
            return null;
        }
    }

    private static final class TokenPrivateKey implements PrivateKey {
        static Key inside(Key key, AlgorithmParameterSpec spec) {
            return key instanceof TokenPrivateKey ? RsaPairs.of2048().getPrivate() : key;
        }

        @Override
        public String getAlgorithm() {
            return "RSA";
        }

        @Override
        public String getFormat() {
            return null;
        }

        @Override
        public byte[] getEncoded() {
            return null;
        }
    }

    private static final class CountingKey implements SecretKey {
        boolean destroyed;

        @Override
        public String getAlgorithm() {
            return "AES";
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        @Override
        public byte[] getEncoded() {
            return masterKey();
        }

        @Override
        public void destroy() {
            destroyed = true;
        }
    }
}
