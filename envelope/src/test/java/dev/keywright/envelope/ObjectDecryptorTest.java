/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.PolicyException;
import dev.keywright.spi.WrappedDataKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Gates, their order, and what must fail under which layer (wire format, sections 10.3 and 16). */
class ObjectDecryptorTest {
    private final AtomicInteger unwraps = new AtomicInteger();

    private ObjectDecryptor decryptor(CommitmentPolicy policy) {
        CryptographicMaterialsManager known = KnownAnswers.materials(KnownAnswers.keyring());
        return ObjectDecryptor.builder(counting(known), new ReferenceContentCipher())
                .commitmentPolicy(policy)
                .build();
    }

    private CryptographicMaterialsManager counting(CryptographicMaterialsManager inner) {
        return new CryptographicMaterialsManager() {
            @Override
            public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                return inner.forEncrypt(object, request);
            }

            @Override
            public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                unwraps.incrementAndGet();
                return inner.forDecrypt(object, wrapped, request);
            }
        };
    }

    private static ObjectDecryptor over(CryptographicMaterialsManager materials) {
        return ObjectDecryptor.builder(materials, new ReferenceContentCipher())
                .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .build();
    }

    private static byte[] read(ObjectDecryptor decryptor, Map<String, String> metadata, byte[] body)
            throws IOException {
        try (Decryption decryption = decryptor.begin(OBJECT, metadata, Map.of());
                InputStream plaintext = decryption.verified(new ByteArrayInputStream(body), body.length)) {
            return plaintext.readAllBytes();
        }
    }

    private static Map<String, String> with(Map<String, String> base, String name, String value) {
        Map<String, String> changed = new HashMap<>(base);
        changed.put(name, value);
        return changed;
    }

    private static String flipped(String base64, int bit) {
        byte[] bytes = Base64.getDecoder().decode(base64);
        bytes[bit / 8] ^= (byte) (1 << bit % 8);
        return Base64.getEncoder().encodeToString(bytes);
    }

    private static void assertIntegrity(
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call, IntegrityException.Stage stage) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        IntegrityException.class, e -> assertThat(e.stage()).isEqualTo(stage))
                .hasMessageContaining("s3://bucket/key");
    }

    @Nested
    class Gates {
        @ParameterizedTest
        @EnumSource
        @Tag("COM-002")
        @Tag("COM-004")
        @Tag("COM-006")
        @Tag("DCM-001")
        @Tag("DCM-002")
        void row29_nonCommittingObject_isReadOnlyWherePolicyAllows(CommitmentPolicy policy) throws IOException {
            if (policy == CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT) {
                assertThatThrownBy(() -> decryptor(policy).begin(OBJECT, KnownAnswers.V2, Map.of()))
                        .isInstanceOf(PolicyException.class)
                        .hasMessageContainingAll(
                                policy.name(),
                                "ALG_AES_256_GCM_IV12_TAG16_NO_KDF",
                                "REQUIRE_ENCRYPT_ALLOW_DECRYPT",
                                "s3://bucket/key");
                assertThat(unwraps).hasValue(0);
            } else {
                assertThat(read(decryptor(policy), KnownAnswers.V2, KnownAnswers.V2_BODY))
                        .isEqualTo(KnownAnswers.PLAINTEXT);
            }
        }

        @ParameterizedTest
        @EnumSource
        @Tag("LEG-001")
        @Tag("LEG-002")
        @Tag("LEG-003")
        void row28_cbcObject_isRefusedNamingTheSuite(CommitmentPolicy policy) {
            Map<String, String> cbc = with(
                    with(with(KnownAnswers.V2, "x-amz-cek-alg", "AES/CBC/PKCS5Padding"), "x-amz-tag-len", "0"),
                    "x-amz-iv",
                    Base64.getEncoder().encodeToString(new byte[16]));
            assertThatThrownBy(() -> decryptor(policy).begin(OBJECT, cbc, Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF.name());
            assertThat(unwraps).hasValue(0);
        }

        @ParameterizedTest
        @ValueSource(strings = {"kms", "AESWrap", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding"})
        @Tag("CLI-009")
        @Tag("CLI-011")
        @Tag("SEC-007")
        @Tag("SEC-028")
        @Tag("CMM-004")
        void row10_legacyWrap_isRefusedBeforeAnyKeyring(String wrap) {
            assertThatThrownBy(() -> decryptor(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                            .begin(OBJECT, with(KnownAnswers.V2, "x-amz-wrap-alg", wrap), Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining(wrap);
            assertThat(unwraps).hasValue(0);
        }

        /** A cipher of somebody else's may do the committing suite alone. */
        @Test
        void suiteThatTheContentCipherDoesNot_isRefusedBeforeAnyKeyring() {
            ContentCipher committingOnly = new ReferenceContentCipher() {
                @Override
                public Set<AlgorithmSuite> suites() {
                    return Set.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
                }
            };
            ObjectDecryptor decryptor = ObjectDecryptor.builder(
                            counting(KnownAnswers.materials(KnownAnswers.keyring())), committingOnly)
                    .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                    .build();
            assertThatThrownBy(() -> decryptor.begin(OBJECT, KnownAnswers.V2, Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContainingAll("content cipher", "ALG_AES_256_GCM_IV12_TAG16_NO_KDF");
            assertThat(unwraps).hasValue(0);
        }

        @Test
        void plainObject_namesTheObject() {
            assertThatThrownBy(() -> decryptor(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
                            .begin(OBJECT, Map.of(), Map.of()))
                    .isInstanceOf(dev.keywright.spi.FormatException.class)
                    .hasMessageStartingWith("reading s3://bucket/key: not encrypted by");
        }

        @Test
        @Tag("CMM-003")
        void managerThatGivesNothing_isRefused() {
            CryptographicMaterialsManager nothing = new CryptographicMaterialsManager() {
                @Override
                public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                    throw new AssertionError("not asked for");
                }

                @Override
                @SuppressWarnings("NullAway")
                public @Nullable DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                    return null;
                }
            };
            assertThatThrownBy(() -> over(nothing).begin(OBJECT, KnownAnswers.V3, Map.of()))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("neither a data key nor an error");
        }
    }

    @Nested
    class Keys {
        @Test
        @Tag("SEC-006")
        void row08_v3RewrittenToV2_failsOnTheBinding() {
            Map<String, String> rewritten = with(KnownAnswers.V2, "x-amz-key-v2", KnownAnswers.V3.get("x-amz-3"));
            assertIntegrity(
                    () -> over(KnownAnswers.materials(KnownAnswers.keyring())).begin(OBJECT, rewritten, Map.of()),
                    IntegrityException.Stage.WRAPPED_KEY);
        }

        @Test
        @Tag("SEC-006")
        void v2RewrittenToV3_failsOnTheBinding() {
            Map<String, String> rewritten = with(KnownAnswers.V3, "x-amz-3", KnownAnswers.V2.get("x-amz-key-v2"));
            assertIntegrity(
                    () -> over(KnownAnswers.materials(KnownAnswers.keyring())).begin(OBJECT, rewritten, Map.of()),
                    IntegrityException.Stage.WRAPPED_KEY);
        }

        /** The commitment is the envelope's: whoever hands over the data key has no say in it. */
        @ParameterizedTest
        @ValueSource(ints = {0, 255})
        @Tag("CMM-002")
        void managerThatGivesAnotherDataKey_failsOnTheCommitment(int bit) {
            CryptographicMaterialsManager other = new CryptographicMaterialsManager() {
                @Override
                public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                    throw new AssertionError("not asked for");
                }

                @Override
                public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                    byte[] key = KnownAnswers.DATA_KEY.clone();
                    key[bit / 8] ^= (byte) (1 << bit % 8);
                    return DataKey.adopt(key);
                }
            };
            assertIntegrity(
                    () -> over(other).begin(OBJECT, KnownAnswers.V3, Map.of()), IntegrityException.Stage.COMMITMENT);
        }

        /** .NET takes one nonce for both; others could draw zeros. Neither is any business of a reader's. */
        @ParameterizedTest
        @ValueSource(strings = {"c0c1c2c3c4c5c6c7c8c9cacb", "000000000000000000000000"})
        @Tag("INT-010")
        @Tag("INT-011")
        void ivThatIsTheWrapsNonceOrZero_isRead(String iv) throws IOException {
            byte[] nonce = KnownAnswers.hex(iv);
            Map<String, String> metadata =
                    with(KnownAnswers.V2, "x-amz-iv", Base64.getEncoder().encodeToString(nonce));
            assertThat(read(
                            decryptor(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT),
                            metadata,
                            sealed(KnownAnswers.DATA_KEY, nonce, new byte[0], KnownAnswers.PLAINTEXT)))
                    .isEqualTo(KnownAnswers.PLAINTEXT);
        }

        @Test
        @Tag("INT-011")
        void messageIdOfZeros_isRead() throws Exception {
            Bytes zeros = Bytes.copyOf(new byte[28]);
            try (DataKey dataKey = DataKey.adopt(KnownAnswers.DATA_KEY.clone())) {
                ContentKeyDerivation.NewContentKey derived = ContentKeyDerivation.platform()
                        .forEncrypt(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, dataKey, zeros);
                Map<String, String> metadata = with(
                        with(KnownAnswers.V3, "x-amz-i", zeros.toBase64()),
                        "x-amz-d",
                        derived.commitment().toBase64());
                try (ContentKey key = derived.key()) {
                    byte[] body = key.use((raw, iv, aad) -> sealed(raw, iv, aad, KnownAnswers.PLAINTEXT));
                    assertThat(read(decryptor(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT), metadata, body))
                            .isEqualTo(KnownAnswers.PLAINTEXT);
                }
            }
        }

        private byte[] sealed(byte[] key, byte[] iv, byte[] aad, byte[] plaintext) {
            try {
                Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
                cipher.updateAAD(aad);
                return cipher.doFinal(plaintext);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        @Tag("SEC-016")
        void row19_everyBitOfTheWrappedKey_isProtected() {
            ObjectDecryptor decryptor = over(KnownAnswers.materials(KnownAnswers.keyring()));
            for (int bit = 0; bit < 60 * 8; bit++) {
                Map<String, String> altered =
                        with(KnownAnswers.V3, "x-amz-3", flipped(KnownAnswers.V3.get("x-amz-3"), bit));
                assertIntegrity(() -> decryptor.begin(OBJECT, altered, Map.of()), IntegrityException.Stage.WRAPPED_KEY);
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 12, 27, 28, 43, 44, 59, 61, 76, 200})
        @Tag("SEC-016")
        void row19_wrappedKeyOfAnotherLength_failsCleanly(int bytes) {
            byte[] key = java.util.Arrays.copyOf(Base64.getDecoder().decode(KnownAnswers.V3.get("x-amz-3")), bytes);
            Map<String, String> altered =
                    with(KnownAnswers.V3, "x-amz-3", Base64.getEncoder().encodeToString(key));
            assertIntegrity(
                    () -> over(KnownAnswers.materials(KnownAnswers.keyring())).begin(OBJECT, altered, Map.of()),
                    IntegrityException.Stage.WRAPPED_KEY);
        }

        @Test
        @Tag("DCM-005")
        @Tag("SEC-009")
        void row12_everyBitOfTheCommitment_isChecked() {
            ObjectDecryptor decryptor = over(KnownAnswers.materials(KnownAnswers.keyring()));
            for (int bit = 0; bit < 28 * 8; bit++) {
                Map<String, String> altered =
                        with(KnownAnswers.V3, "x-amz-d", flipped(KnownAnswers.V3.get("x-amz-d"), bit));
                assertIntegrity(() -> decryptor.begin(OBJECT, altered, Map.of()), IntegrityException.Stage.COMMITMENT);
            }
        }

        @Test
        @Tag("DCM-005")
        @Tag("SEC-010")
        void row13_everyBitOfTheMessageId_isChecked() {
            ObjectDecryptor decryptor = over(KnownAnswers.materials(KnownAnswers.keyring()));
            for (int bit = 0; bit < 28 * 8; bit++) {
                Map<String, String> altered =
                        with(KnownAnswers.V3, "x-amz-i", flipped(KnownAnswers.V3.get("x-amz-i"), bit));
                assertIntegrity(() -> decryptor.begin(OBJECT, altered, Map.of()), IntegrityException.Stage.COMMITMENT);
            }
        }

        @Test
        @Tag("SEC-019")
        void row24_tamperedDescription_selectsNoKey() {
            Map<String, String> altered = with(KnownAnswers.V3, "x-amz-m", "{\"key\":\"other\"}");
            assertThatThrownBy(() ->
                            over(KnownAnswers.materials(KnownAnswers.keyring())).begin(OBJECT, altered, Map.of()))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.NO_MATCHING_KEY))
                    .hasMessageContainingAll("known-aes", "{key=other}", "s3://bucket/key");
        }

        /** Whoever can write an object can write its description, and must not write lines of a log by it. */
        @Test
        void row24_descriptionThatWouldForgeALineOfALog_isShownWithoutItAndCutShort() {
            Map<String, String> forged = with(
                    KnownAnswers.V3,
                    "x-amz-m",
                    FlatJson.write(Map.of("caf\u00e9", "x\r\nERROR all is lost\u0085" + "y".repeat(9_000))));
            assertThatThrownBy(() ->
                            over(KnownAnswers.materials(KnownAnswers.keyring())).begin(OBJECT, forged, Map.of()))
                    .hasMessageContaining("{caf\u00e9=x??ERROR all is lost?yyy")
                    .hasMessageNotContainingAny("\r", "\n", "\u0085")
                    .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(2_000));
        }

        @Test
        @Tag("SEC-019")
        void row24_descriptionThatSelectsAWrongKey_neverOpens() {
            var wrong = dev.keywright.spi.Keyrings.of(
                    "other-aes",
                    dev.keywright.spi.WrapAlgorithm.AES_GCM,
                    Map.of("key", "other"),
                    KnownAnswers.aes(new byte[32]));
            CryptographicMaterialsManager both = CryptographicMaterialsManager.rotating(
                    wrong, List.of(KnownAnswers.keyring(), wrong), KnownAnswers.giving(KnownAnswers.DATA_KEY));
            assertIntegrity(
                    () -> over(both).begin(OBJECT, with(KnownAnswers.V3, "x-amz-m", "{\"key\":\"other\"}"), Map.of()),
                    IntegrityException.Stage.WRAPPED_KEY);
        }

        @Test
        void wrapThatNoKeyringDoes_isNoMatchingKey() {
            Map<String, String> rsa = with(KnownAnswers.V3, "x-amz-w", "22");
            assertThatThrownBy(() ->
                            over(KnownAnswers.materials(KnownAnswers.keyring())).begin(OBJECT, rsa, Map.of()))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContainingAll("AES/GCM", "RSA-OAEP-SHA1");
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 31, 33})
        @Tag("SEC-026")
        @Tag("SUI-009")
        void dataKeyOfAnotherLengthForTheCommittingSuite_isRefused(int bytes) {
            assertIntegrity(
                    () -> over(giving(bytes)).begin(OBJECT, KnownAnswers.V3, Map.of()),
                    IntegrityException.Stage.WRAPPED_KEY);
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24})
        @Tag("INT-008")
        void shorterDataKeyForFormatV2_isAccepted(int bytes) {
            over(giving(bytes)).begin(OBJECT, KnownAnswers.V2, Map.of()).close();
        }

        private CryptographicMaterialsManager giving(int keyBytes) {
            return new CryptographicMaterialsManager() {
                @Override
                public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                    throw new AssertionError("not asked for");
                }

                @Override
                public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                    return DataKey.adopt(new byte[keyBytes]);
                }
            };
        }
    }

    @Nested
    class Contexts {
        private final Map<String, String> kms = with(
                with(KnownAnswers.V3, "x-amz-w", "12"),
                "x-amz-t",
                "{\"aws:x-amz-cek-alg\":\"115\",\"kms_cmk_id\":\"k\",\"tenant\":\"value-7\"}");

        private void begin(Map<String, String> metadata, Map<String, String> context) {
            decryptor(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                    .begin(OBJECT, metadata, context)
                    .close();
        }

        @Test
        @Tag("KMS-034")
        @Tag("KMS-035")
        @Tag("KMS-036")
        void row22_contextThatIsNotTheStoredOne_failsWithoutACall() {
            for (Map<String, String> context : List.of(
                    Map.<String, String>of(),
                    Map.of("tenant", "other"),
                    Map.of("tenant", "value-7", "more", "x"),
                    Map.of("tenant", "value-7", "aws:x-amz-cek-alg", "115"),
                    Map.of("Tenant", "value-7"))) {
                assertThatThrownBy(() -> begin(kms, context))
                        .isInstanceOfSatisfying(
                                KeyringException.class,
                                e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CONTEXT_MISMATCH))
                        .hasMessageNotContaining("value-7");
            }
            assertThat(unwraps).hasValue(0);
        }

        @Test
        @Tag("KMS-035")
        void contextEqualToTheStoredOneWithoutReservedEntries_reachesTheKeyring() {
            assertThatThrownBy(() -> begin(kms, Map.of("tenant", "value-7"))).isInstanceOf(KeywrightException.class);
            assertThat(unwraps).hasValue(1);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"tenant\":\"value-7\"}",
                    "{\"aws:x-amz-cek-alg\":\"AES/GCM/NoPadding\",\"tenant\":\"value-7\"}",
                    ""
                })
        @Tag("SEC-006")
        @Tag("VAL-007")
        void row09_contextThatBindsAnotherAlgorithm_failsWithoutACall(String stored) {
            assertIntegrity(
                    () -> begin(with(kms, "x-amz-t", stored), Map.of("tenant", "value-7")),
                    IntegrityException.Stage.WRAPPED_KEY);
            assertThat(unwraps).hasValue(0);
        }

        @Test
        void row22_entriesThatWouldForgeALineOfALog_areShownWithoutIt() {
            Map<String, String> forged = with(
                    kms,
                    "x-amz-t",
                    FlatJson.write(Map.of("aws:x-amz-cek-alg", "115", "a\nERROR all is lost\u2028\u202e", "x")));
            assertThatThrownBy(() -> begin(forged, Map.of()))
                    .hasMessageContaining("[a?ERROR all is lost??]")
                    .hasMessageNotContainingAny("\n", "\u2028", "\u202e");
        }

        @Test
        void contextForARawKey_isRefusedWithoutACall() {
            assertThatThrownBy(() -> begin(KnownAnswers.V3, Map.of("tenant", "value-7")))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CANNOT_BIND_CONTEXT));
            assertThat(unwraps).hasValue(0);
        }
    }
}
