/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.Keyrings.Reads;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Known answers are those of the wire format, section 19.1. */
class KeyringsTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String DATA_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String NONCE = "c0c1c2c3c4c5c6c7c8c9cacb";
    private static final String SEALED_V2 =
            NONCE + "643d8281b8a8e5c40a263d444eac3e3f39d01852f615e44231f7b6a633ca739cc14c8d7ff3bc17fabcb1ba610f81b04d";
    private static final String SEALED_V3 =
            NONCE + "643d8281b8a8e5c40a263d444eac3e3f39d01852f615e44231f7b6a633ca739c73af10dfb633b4bdbcec45d6b90dd141";
    private static final KeyRequest V2 = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, Map.of());
    private static final KeyRequest V3 = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
    private static final Map<String, String> DESCRIPTION = Map.of("tenant", "blue");

    private static WrappedDataKey wrap(KeyWrapper keyring, String dataKey, KeyRequest request) {
        try (DataKey key = DataKey.adopt(HEX.parseHex(dataKey))) {
            return keyring.wrap(key, request);
        }
    }

    private static String open(KeyUnwrapper keyring, WrappedDataKey wrapped, KeyRequest request) {
        try (DataKey key = ((Unwrap.Opened) keyring.unwrap(wrapped, request)).dataKey()) {
            return key.use(HEX::formatHex);
        }
    }

    private static WrappedDataKey stored(WrapAlgorithm algorithm, byte[] ciphertext) {
        return new WrappedDataKey(algorithm, Bytes.copyOf(ciphertext), DESCRIPTION);
    }

    /** The message with which a wrapped key is found not to open. */
    private static String refusal(Keyring keyring, WrappedDataKey wrapped, KeyRequest request) {
        try {
            keyring.unwrap(wrapped, request);
        } catch (IntegrityException e) {
            assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY);
            assertThat(e.getCause()).as("a cause could tell padding from tag").isNull();
            return e.getMessage();
        }
        throw new AssertionError("opened " + wrapped);
    }

    @Nested
    class AesGcm {
        private final AesOps ops = new AesOps();
        private final Keyring keyring = Keyrings.of("the key", WrapAlgorithm.AES_GCM, DESCRIPTION, ops);

        @Test
        void wrap_fixedNonce_givesTheKnownAnswers() {
            assertThat(wrap(keyring, DATA_KEY, V2)).isEqualTo(stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V2)));
            assertThat(wrap(keyring, DATA_KEY, V3)).isEqualTo(stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V3)));
        }

        @Test
        void unwrap_knownAnswers_giveTheDataKey() {
            assertThat(open(keyring, stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V2)), V2))
                    .isEqualTo(DATA_KEY);
            assertThat(open(keyring, stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V3)), V3))
                    .isEqualTo(DATA_KEY);
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 32})
        void wrap_keyOfAnyAesLength_opens(int bytes) {
            String key = DATA_KEY.substring(0, 2 * bytes);
            assertThat(open(keyring, wrap(keyring, key, V2), V2)).isEqualTo(key);
        }

        @Test
        void unwrap_anythingElse_isNoIntegrityWithOneMessage() {
            byte[] good = HEX.parseHex(SEALED_V3);
            List<String> messages = new ArrayList<>();
            for (int bit = 0; bit < 8 * good.length; bit++) {
                byte[] altered = good.clone();
                altered[bit / 8] ^= (byte) (1 << bit % 8);
                messages.add(refusal(keyring, stored(WrapAlgorithm.AES_GCM, altered), V3));
            }
            for (int length = 0; length < 80; length++) {
                if (length != good.length) {
                    byte[] resized = Arrays.copyOf(good, length);
                    messages.add(refusal(keyring, stored(WrapAlgorithm.AES_GCM, resized), V3));
                }
            }
            messages.add(refusal(keyring, stored(WrapAlgorithm.AES_GCM, good), V2));
            assertThat(messages).containsOnly(messages.get(0));
            assertThat(messages.get(0))
                    .startsWith("the key: ")
                    .doesNotContain("tag")
                    .doesNotContain("padding");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 15, 17, 20, 31, 33, 64})
        void unwrap_sealedBytesThatAreNoAesKey_isNoIntegrity(int bytes) throws Exception {
            byte[] sealed = ops.seal(new byte[bytes], "115".getBytes(StandardCharsets.US_ASCII));
            refusal(keyring, stored(WrapAlgorithm.AES_GCM, sealed), V3);
        }

        @Test
        void unwrap_lengthThatCannotBe_doesNotReachTheKey() {
            refusal(keyring, stored(WrapAlgorithm.AES_GCM, new byte[59]), V3);
            assertThat(ops.opens).isZero();
        }

        @Test
        @Tag("MAT-002")
        void unwrap_foreignAlgorithmOrDescription_isNotMineAndDoesNotReachTheKey() {
            for (WrapAlgorithm foreign : WrapAlgorithm.values()) {
                if (foreign != WrapAlgorithm.AES_GCM) {
                    assertThat(keyring.unwrap(stored(foreign, HEX.parseHex(SEALED_V3)), V3))
                            .isInstanceOfSatisfying(
                                    Unwrap.NotMine.class,
                                    answer -> assertThat(answer.why())
                                            .contains("the key", "AES/GCM", foreign.wireName()));
                }
            }
            for (Map<String, String> other : List.of(
                    Map.<String, String>of(),
                    Map.of("tenant", "red"),
                    Map.of("Tenant", "blue"),
                    Map.of("tenant", "blue", "more", "x"))) {
                WrappedDataKey theirs =
                        new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(HEX.parseHex(SEALED_V3)), other);
                assertThat(keyring.unwrap(theirs, V3))
                        .isInstanceOfSatisfying(
                                Unwrap.NotMine.class,
                                answer -> assertThat(answer.why()).contains("the key", "{tenant=blue}"));
            }
            assertThat(ops.opens).isZero();
        }

        @Test
        void unwrap_foreignDescriptionThatWouldForgeALineOfALog_isShownWithoutItAndCutShort() {
            WrappedDataKey theirs = new WrappedDataKey(
                    WrapAlgorithm.AES_GCM,
                    Bytes.copyOf(HEX.parseHex(SEALED_V3)),
                    Map.of("caf\u00e9", "x\r\nERROR all is lost\u2028" + "y".repeat(9_000)));
            assertThat(keyring.unwrap(theirs, V3))
                    .isInstanceOfSatisfying(
                            Unwrap.NotMine.class,
                            answer -> assertThat(answer.why())
                                    .contains("{caf\u00e9=x??ERROR all is lost?yyy")
                                    .doesNotContain("\r", "\n", "\u2028")
                                    .hasSizeLessThan(1_000));
        }

        @Test
        void unwrap_anyDescription_isReadWhenSoChosen() {
            Keyring any =
                    Keyrings.of("any", WrapAlgorithm.AES_GCM, Map.of("tenant", "red"), Reads.ANY_DESCRIPTION, ops);
            assertThat(open(any, stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V3)), V3))
                    .isEqualTo(DATA_KEY);
        }

        @Test
        void anyCall_withAnEncryptionContext_isRefusedWithoutItsValues() {
            KeyRequest context = KeyRequest.of(
                    AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of("customer", "seventeen"));
            for (Runnable call : List.<Runnable>of(
                    () -> wrap(keyring, DATA_KEY, context),
                    () -> keyring.generate(context, new SecureRandom()),
                    () -> keyring.unwrap(stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V3)), context))) {
                assertThatThrownBy(call::run)
                        .isInstanceOfSatisfying(
                                KeyringException.class,
                                e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CANNOT_BIND_CONTEXT))
                        .hasMessageNotContaining("seventeen");
            }
            assertThat(ops.opens).isZero();
        }

        @Test
        void wrap_operationThatGivesNoWrappedKey_isMisconfigured() {
            Keyring odd = Keyrings.of("odd", WrapAlgorithm.AES_GCM, DESCRIPTION, new FixedOps(new byte[50]));
            assertThatThrownBy(() -> wrap(odd, DATA_KEY, V3))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED))
                    .hasMessageContaining("50 bytes");
        }

        @Test
        void wrap_operationFails_isMisconfiguredWithItsCause() {
            Keyring broken = Keyrings.of("broken", WrapAlgorithm.AES_GCM, DESCRIPTION, new FailingOps());
            assertThatThrownBy(() -> wrap(broken, DATA_KEY, V3))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED))
                    .hasRootCauseMessage("no");
        }

        @Test
        void wrap_wipesWhatItHandedToTheOperation() {
            byte[][] seen = new byte[1][];
            KeyWrapper watching =
                    Keyrings.wrapOnly("watching", WrapAlgorithm.AES_GCM, DESCRIPTION, (plaintext, aad) -> {
                        seen[0] = plaintext;
                        return ops.seal(plaintext, aad);
                    });
            wrap(watching, DATA_KEY, V3);
            assertThat(seen[0]).hasSize(32).containsOnly(0);
        }

        @Test
        void unwrap_wipesWhatTheOperationGave() {
            byte[] given = HEX.parseHex(DATA_KEY);
            Keyring watching = Keyrings.of("watching", WrapAlgorithm.AES_GCM, DESCRIPTION, new FixedOps(given));
            assertThat(open(watching, stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V3)), V3))
                    .isEqualTo(DATA_KEY);
            assertThat(given).containsOnly(0);
        }

        @Test
        void generate_keyThatCannotBeWrapped_isClosed() {
            byte[][] made = new byte[1][];
            SecureRandom watched = new SecureRandom() {
                @Override
                public void nextBytes(byte[] bytes) {
                    super.nextBytes(bytes);
                    made[0] = bytes;
                }
            };
            Keyring broken = Keyrings.of("broken", WrapAlgorithm.AES_GCM, DESCRIPTION, new FailingOps());
            assertThatThrownBy(() -> broken.generate(V3, watched)).isInstanceOf(KeyringException.class);
            assertThat(made[0]).hasSize(32).containsOnly(0);
        }

        @Test
        void generate_givesAFreshKeyAndItsWrap() {
            try (EncryptionMaterials first = keyring.generate(V3, new SecureRandom());
                    EncryptionMaterials second = keyring.generate(V3, new SecureRandom())) {
                String key = first.dataKey().use(HEX::formatHex);
                assertThat(key).hasSize(64);
                assertThat(open(keyring, first.wrapped(), V3)).isEqualTo(key);
                assertThat(second.dataKey().<String>use(HEX::formatHex)).isNotEqualTo(key);
            }
        }

        @Test
        void close_endsUseAndClosesTheOperationsOnce() {
            keyring.close();
            keyring.close();
            assertThat(ops.closes).isEqualTo(1);
            assertThatIllegalStateException().isThrownBy(() -> wrap(keyring, DATA_KEY, V3));
            assertThatIllegalStateException()
                    .isThrownBy(() -> keyring.unwrap(stored(WrapAlgorithm.AES_GCM, HEX.parseHex(SEALED_V3)), V3))
                    .withMessageContaining("the key");
        }

        @Test
        void toString_isTheName() {
            assertThat(keyring).hasToString("the key");
            assertThat(Keyrings.wrapOnly("half", WrapAlgorithm.AES_GCM, DESCRIPTION, ops::seal))
                    .hasToString("half")
                    .isNotInstanceOf(KeyUnwrapper.class);
        }
    }

    @Nested
    class RsaOaep {
        private static final String SUFFIX_V2 = "4145532f47434d2f4e6f50616464696e67";
        private static final String SUFFIX_V3 = "313135";
        private static final RsaOps OPS = new RsaOps();

        private final Keyring keyring = Keyrings.of("the pair", WrapAlgorithm.RSA_OAEP_SHA1, DESCRIPTION, OPS);

        /** No modulus is so short; a token that fails may give anything. */
        @Test
        @Tag("SEC-016")
        void anything_shorterThanAnyModulus_isNoWrappedKeyAndDoesNotReachTheKey() throws Exception {
            byte[] envelope = HEX.parseHex("20" + DATA_KEY + SUFFIX_V3);
            for (int bytes : new int[] {0, 36, 127, 128}) {
                Keyring sealing =
                        Keyrings.of("k", WrapAlgorithm.RSA_OAEP_SHA1, DESCRIPTION, new FixedOps(new byte[bytes]));
                Keyring opening =
                        Keyrings.of("k", WrapAlgorithm.RSA_OAEP_SHA1, DESCRIPTION, new FixedOps(envelope.clone()));
                WrappedDataKey wrapped = stored(WrapAlgorithm.RSA_OAEP_SHA1, new byte[bytes]);
                if (bytes == 128) {
                    assertThat(wrap(sealing, DATA_KEY, V3)).isEqualTo(wrapped);
                    assertThat(open(opening, wrapped, V3)).isEqualTo(DATA_KEY);
                } else {
                    assertThatThrownBy(() -> wrap(sealing, DATA_KEY, V3))
                            .isInstanceOf(KeyringException.class)
                            .hasMessageContaining(bytes + " bytes");
                    refusal(opening, wrapped, V3);
                }
            }
        }

        @Test
        void wrap_envelope_isTheKnownAnswer() throws Exception {
            assertThat(envelope(wrap(keyring, DATA_KEY, V2))).isEqualTo("20" + DATA_KEY + SUFFIX_V2);
            assertThat(envelope(wrap(keyring, DATA_KEY, V3))).isEqualTo("20" + DATA_KEY + SUFFIX_V3);
            assertThat(envelope(wrap(keyring, DATA_KEY.substring(0, 32), V2)))
                    .isEqualTo("10" + DATA_KEY.substring(0, 32) + SUFFIX_V2);
        }

        private String envelope(WrappedDataKey wrapped) throws GeneralSecurityException {
            assertThat(wrapped.algorithm()).isEqualTo(WrapAlgorithm.RSA_OAEP_SHA1);
            return HEX.formatHex(OPS.open(wrapped.ciphertext().toByteArray(), new byte[0]));
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 32})
        void wrap_keyOfAnyAesLength_opens(int bytes) {
            String key = DATA_KEY.substring(0, 2 * bytes);
            for (KeyRequest request : List.of(V2, V3)) {
                assertThat(open(keyring, wrap(keyring, key, request), request)).isEqualTo(key);
            }
        }

        @Test
        @Tag("SEC-017")
        void unwrap_everyWrongEnvelope_isNoIntegrityWithOneMessage() throws Exception {
            List<String> wrong = new ArrayList<>(List.of(
                    "",
                    "20",
                    DATA_KEY,
                    "20" + DATA_KEY, // no suffix
                    "20" + DATA_KEY + "3131", // short
                    "20" + DATA_KEY + "31313500", // extended
                    "20" + DATA_KEY + "3131353131",
                    "20" + DATA_KEY + "313136", // another suite
                    "20" + DATA_KEY + SUFFIX_V2,
                    "20" + DATA_KEY + "00" + SUFFIX_V3,
                    "20" + DATA_KEY.substring(2) + SUFFIX_V3, // key of 31 bytes
                    "1f" + DATA_KEY.substring(2) + SUFFIX_V3,
                    "21" + DATA_KEY + "20" + SUFFIX_V3,
                    "00" + SUFFIX_V3,
                    "0100" + SUFFIX_V3));
            for (int length = 0; length < 256; length++) {
                if (length != 0x20) {
                    wrong.add(HEX.toHexDigits((byte) length) + DATA_KEY + SUFFIX_V3);
                }
            }
            List<String> messages = new ArrayList<>();
            for (String envelope : wrong) {
                byte[] sealed = OPS.seal(HEX.parseHex(envelope), new byte[0]);
                messages.add(refusal(keyring, stored(WrapAlgorithm.RSA_OAEP_SHA1, sealed), V3));
            }
            byte[] good = wrap(keyring, DATA_KEY, V3).ciphertext().toByteArray();
            messages.add(refusal(keyring, stored(WrapAlgorithm.RSA_OAEP_SHA1, good), V2));
            for (int length : new int[] {0, 1, 127, 128, 255, 257, 512}) {
                messages.add(refusal(keyring, stored(WrapAlgorithm.RSA_OAEP_SHA1, Arrays.copyOf(good, length)), V3));
            }
            for (int bit = 0; bit < 8 * good.length; bit += 97) {
                byte[] altered = good.clone();
                altered[bit / 8] ^= (byte) (1 << bit % 8);
                messages.add(refusal(keyring, stored(WrapAlgorithm.RSA_OAEP_SHA1, altered), V3));
            }
            assertThat(messages).containsOnly(messages.get(0));
        }

        @Test
        void seal_additionalData_isEmpty() {
            byte[][] seen = new byte[1][];
            wrap(
                    Keyrings.wrapOnly("watching", WrapAlgorithm.RSA_OAEP_SHA1, DESCRIPTION, (plaintext, aad) -> {
                        seen[0] = aad;
                        return new byte[256];
                    }),
                    DATA_KEY,
                    V3);
            assertThat(seen[0]).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = WrapAlgorithm.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"AES_GCM", "RSA_OAEP_SHA1"})
    void of_wrapThatRawOperationsDoNotMake_isRefused(WrapAlgorithm algorithm) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Keyrings.of("x", algorithm, Map.of(), new FailingOps()))
                .withMessageContaining(algorithm.wireName());
    }

    /** The master key of the known answers, with the nonce of the known answers. */
    private static final class AesOps implements MasterKeyOps {
        int opens;
        int closes;

        private Cipher cipher(int mode, byte[] nonce, byte[] aad) throws GeneralSecurityException {
            byte[] key = HEX.parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            gcm.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
            gcm.updateAAD(aad);
            return gcm;
        }

        @Override
        public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
            byte[] nonce = HEX.parseHex(NONCE);
            byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, aad).doFinal(plaintext);
            byte[] whole = Arrays.copyOf(nonce, nonce.length + sealed.length);
            System.arraycopy(sealed, 0, whole, nonce.length, sealed.length);
            return whole;
        }

        @Override
        public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
            opens++;
            return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, 12), aad).doFinal(sealed, 12, sealed.length - 12);
        }

        @Override
        public void close() {
            closes++;
        }
    }

    private static final class RsaOps implements MasterKeyOps {
        private static final OAEPParameterSpec SHA1 =
                new OAEPParameterSpec("SHA-1", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT);

        private final KeyPair pair;

        RsaOps() {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
                generator.initialize(2048);
                this.pair = generator.generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.ENCRYPT_MODE, pair.getPublic(), SHA1);
            return cipher.doFinal(plaintext);
        }

        @Override
        public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.DECRYPT_MODE, pair.getPrivate(), SHA1);
            return cipher.doFinal(sealed);
        }
    }

    private static final class FixedOps implements MasterKeyOps {
        private final byte[] answer;

        FixedOps(byte[] answer) {
            this.answer = answer;
        }

        @Override
        public byte[] seal(byte[] plaintext, byte[] aad) {
            return answer;
        }

        @Override
        public byte[] open(byte[] sealed, byte[] aad) {
            return answer;
        }
    }

    private static final class FailingOps implements MasterKeyOps {
        @Override
        public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
            throw new GeneralSecurityException("no");
        }

        @Override
        public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
            throw new GeneralSecurityException("no");
        }
    }
}
