/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.PolicyException;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectEncryptorTest {
    private static final ReferenceContentCipher CIPHER = new ReferenceContentCipher();

    private static ObjectEncryptor.Builder builder() {
        return ObjectEncryptor.builder(CryptographicMaterialsManager.of(KnownAnswers.keyring()), CIPHER);
    }

    @Nested
    class Policy {
        @ParameterizedTest
        @CsvSource({
            "FORBID_ENCRYPT_ALLOW_DECRYPT,ALG_AES_256_GCM_IV12_TAG16_NO_KDF,true",
            "FORBID_ENCRYPT_ALLOW_DECRYPT,ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,false",
            "REQUIRE_ENCRYPT_ALLOW_DECRYPT,ALG_AES_256_GCM_IV12_TAG16_NO_KDF,false",
            "REQUIRE_ENCRYPT_ALLOW_DECRYPT,ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,true",
            "REQUIRE_ENCRYPT_REQUIRE_DECRYPT,ALG_AES_256_GCM_IV12_TAG16_NO_KDF,false",
            "REQUIRE_ENCRYPT_REQUIRE_DECRYPT,ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,true"
        })
        @Tag("COM-001")
        @Tag("COM-003")
        @Tag("COM-005")
        @Tag("CLI-036")
        @Tag("CLI-037")
        void build_suiteAndPolicy_mustAgree(CommitmentPolicy policy, AlgorithmSuite suite, boolean agrees) {
            ObjectEncryptor.Builder builder = builder().commitmentPolicy(policy).suite(suite);
            if (agrees) {
                assertThat(builder.build()).isNotNull();
            } else {
                assertThatThrownBy(builder::build)
                        .isInstanceOf(PolicyException.class)
                        .hasMessageContainingAll(policy.name(), suite.name());
            }
        }

        @ParameterizedTest
        @EnumSource(
                names = {
                    "ALG_AES_256_CBC_IV16_NO_KDF",
                    "ALG_AES_256_CTR_IV16_TAG16_NO_KDF",
                    "ALG_AES_256_CTR_HKDF_SHA512_COMMIT_KEY"
                })
        @Tag("CLI-033")
        @Tag("CLI-034")
        @Tag("SUI-005")
        @Tag("SUI-007")
        @Tag("ENC-006")
        @Tag("ENC-007")
        @Tag("SUI-006")
        void build_suiteThatIsNeverWritten_isRefusedUnderEveryPolicy(AlgorithmSuite suite) {
            for (CommitmentPolicy policy : CommitmentPolicy.values()) {
                assertThatThrownBy(() ->
                                builder().commitmentPolicy(policy).suite(suite).build())
                        .isInstanceOf(PolicyException.class)
                        .hasMessageContaining("never written");
            }
        }

        @Test
        void build_suiteThatTheContentCipherDoesNot_isRefused() {
            ContentCipher older = new ReferenceContentCipher() {
                @Override
                public Set<AlgorithmSuite> suites() {
                    return Set.of(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
                }
            };
            ObjectEncryptor.Builder builder =
                    ObjectEncryptor.builder(KnownAnswers.materials(KnownAnswers.keyring()), older);
            assertThatThrownBy(builder::build)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("content cipher", "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY");
        }

        @Test
        void build_defaults_writeTheCommittingSuite() {
            try (EncryptedObject object =
                    builder().build().encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of())) {
                assertThat(object.envelope().format()).isEqualTo(MessageFormat.V3);
            }
        }
    }

    @Nested
    class Materials {
        @Test
        @Tag("SEC-018")
        void encrypt_reservedContextEntry_isRefused() {
            for (String reserved : new String[] {"aws:x-amz-cek-alg", "kms_cmk_id"}) {
                assertThatThrownBy(() -> builder()
                                .build()
                                .encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of(reserved, "115")))
                        .isInstanceOfSatisfying(
                                KeyringException.class,
                                e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CANNOT_BIND_CONTEXT))
                        .hasMessageContaining(reserved);
            }
        }

        @Test
        void encrypt_contextWithARawKey_isRefused() {
            assertThatThrownBy(() ->
                            builder().build().encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of("a", "secret-7")))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageNotContaining("secret-7");
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 31, 33})
        @Tag("SEC-026")
        @Tag("KDF-003")
        void encrypt_dataKeyOfAnotherLength_isRefusedAndWiped(int bytes) {
            assertMisconfigured(
                    key -> request -> new WrappedDataKey(WrapAlgorithm.AES_GCM, someKey(), Map.of()), bytes, "32");
        }

        @Test
        void encrypt_legacyWrap_isRefused() {
            assertMisconfigured(
                    key -> request -> new WrappedDataKey(WrapAlgorithm.AES_WRAP, someKey(), Map.of()),
                    32,
                    "never written");
        }

        @Test
        @Tag("KMS-019")
        void encrypt_kmsKeyringThatBoundAnotherContext_isRefused() {
            assertMisconfigured(
                    key -> request -> new WrappedDataKey(WrapAlgorithm.KMS_CONTEXT, someKey(), Map.of("a", "1")),
                    32,
                    "encryption context");
        }

        @Test
        @Tag("CMM-003")
        void encrypt_managerThatGivesNothing_isRefused() {
            assertThatThrownBy(() -> encryptWith((name, request) -> null))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("no materials");
        }

        @Test
        void encrypt_contextThatAManagerIgnored_isRefused() {
            CryptographicMaterialsManager ignoring = new CryptographicMaterialsManager() {
                @Override
                public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                    return new EncryptionMaterials(
                            DataKey.adopt(new byte[32]),
                            new WrappedDataKey(WrapAlgorithm.AES_GCM, someKey(), Map.of()));
                }

                @Override
                public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                    throw new AssertionError("not asked for");
                }
            };
            assertThatThrownBy(() -> ObjectEncryptor.builder(ignoring, CIPHER)
                            .build()
                            .encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of("a", "b")))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CANNOT_BIND_CONTEXT));
        }

        @Test
        void encrypt_descriptionThatS3CannotStore_isRefused() {
            Map<String, String> description = Map.of("k", "v".repeat(2048));
            assertThatThrownBy(() -> ObjectEncryptor.builder(
                                    CryptographicMaterialsManager.of(KnownAnswers.keyring(description)), CIPHER)
                            .build()
                            .encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of()))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("2048");
        }

        @Test
        @Tag("CMM-001")
        void encrypt_kmsShapedMaterials_areStoredWithTheirContext() {
            try (EncryptedObject object = encryptWith((name, request) -> new EncryptionMaterials(
                    DataKey.adopt(KnownAnswers.DATA_KEY.clone()),
                    new WrappedDataKey(
                            WrapAlgorithm.KMS_CONTEXT, someKey(), Map.of("aws:x-amz-cek-alg", request.binding()))))) {
                assertThat(object.metadata())
                        .containsEntry("x-amz-w", "12")
                        .containsEntry("x-amz-t", "{\"aws:x-amz-cek-alg\":\"115\"}")
                        .doesNotContainKey("x-amz-m");
            }
        }

        private Bytes someKey() {
            return Bytes.copyOf(new byte[60]);
        }

        private EncryptedObject encryptWith(
                BiFunction<CryptographicMaterialsManager.ObjectName, KeyRequest, @Nullable EncryptionMaterials>
                        forEncrypt) {
            CryptographicMaterialsManager manager = new CryptographicMaterialsManager() {
                @Override
                public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                    return forEncrypt.apply(object, request);
                }

                @Override
                public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                    throw new AssertionError("not asked for");
                }
            };
            return ObjectEncryptor.builder(manager, CIPHER)
                    .build()
                    .encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of());
        }

        private void assertMisconfigured(
                java.util.function.Function<DataKey, java.util.function.Function<KeyRequest, WrappedDataKey>> wrap,
                int keyBytes,
                String said) {
            AtomicReference<DataKey> key = new AtomicReference<>();
            assertThatThrownBy(() -> encryptWith((name, request) -> {
                        key.set(DataKey.adopt(new byte[keyBytes]));
                        return new EncryptionMaterials(
                                key.get(), wrap.apply(key.get()).apply(request));
                    }))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED))
                    .hasMessageContaining(said)
                    .hasMessageContaining("s3://bucket/key");
            assertThatThrownBy(() -> key.get().lengthBytes()).isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class Inputs {
        @Test
        @Tag("ENC-005")
        void encrypt_randomSourceOfZeros_isRefused() {
            for (CommitmentPolicy policy : CommitmentPolicy.values()) {
                int bytes = policy.defaultSuite().ivBytes();
                ObjectEncryptor encryptor = builder()
                        .commitmentPolicy(policy)
                        .random(KnownAnswers.giving(new byte[bytes]))
                        .build();
                assertThatThrownBy(() -> encryptor.encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of()))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("zeros");
            }
        }

        @Test
        @Tag("ENC-002")
        void encrypt_lengthBeyondTheSuite_isRefusedWithoutReading() {
            PlaintextSource.Opener never = () -> {
                throw new AssertionError("opened");
            };
            long most = (1L << 36) - 32;
            ObjectEncryptor encryptor = builder().build();
            assertThatThrownBy(() -> encryptor.encrypt(OBJECT, PlaintextSource.of(most + 1, never), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(Long.toString(most));
            encryptor.encrypt(OBJECT, PlaintextSource.of(most, never), Map.of()).close();
            assertThatThrownBy(() -> encryptor.encrypt(OBJECT, PlaintextSource.of(-1, never), Map.of()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("plaintext of -1 bytes");
        }

        @Test
        @Tag("ENC-003")
        @Tag("ENC-004")
        void encrypt_twice_takesFreshKeysAndIvs() {
            try (EncryptedObject one = builder().build().encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of());
                    EncryptedObject two =
                            builder().build().encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of())) {
                assertThat(one.envelope().ivOrMessageId())
                        .isNotEqualTo(two.envelope().ivOrMessageId());
                assertThat(one.envelope().commitment())
                        .isNotEqualTo(two.envelope().commitment());
            }
        }

        @Test
        void openBody_plaintextShorterThanSaid_failsBeforeTheTag() {
            assertBodyFails(10, 9, EOFException.class, "9 of 10");
        }

        @Test
        void openBody_plaintextLongerThanSaid_failsBeforeTheTag() {
            assertBodyFails(10, 11, IOException.class, "longer");
        }

        private void assertBodyFails(int said, int given, Class<? extends Exception> type, String message) {
            PlaintextSource source = PlaintextSource.once(new ByteArrayInputStream(new byte[given]), said);
            try (EncryptedObject object = builder().build().encrypt(OBJECT, source, Map.of())) {
                assertThatThrownBy(() -> object.openBody().readAllBytes())
                        .isInstanceOf(type)
                        .hasMessageContaining(message);
            }
        }

        @Test
        void openBody_afterAFailedRead_keepsFailing() throws IOException {
            PlaintextSource source = PlaintextSource.once(new ByteArrayInputStream(new byte[9]), 10);
            try (EncryptedObject object = builder().build().encrypt(OBJECT, source, Map.of());
                    InputStream body = object.openBody()) {
                assertThatThrownBy(body::read).isInstanceOf(EOFException.class);
                assertThatThrownBy(body::read).isInstanceOf(IOException.class);
            }
        }

        @Test
        void openBody_afterClose_isRefused() {
            EncryptedObject object = builder().build().encrypt(OBJECT, PlaintextSource.of(new byte[1]), Map.of());
            object.close();
            object.close();
            assertThatThrownBy(() -> object.openBody().read()).isInstanceOf(IllegalStateException.class);
        }
    }

    /** What another process began goes on only as it would be begun here. */
    @Nested
    class Resuming {
        private final AtomicInteger unwraps = new AtomicInteger();
        private final List<ContentKey> keys = new ArrayList<>();

        private final ContentCipher cipher = new ReferenceContentCipher() {
            @Override
            public List<SegmentDigest> unseal(ContentKey key, Bytes associatedData, Bytes sealed) {
                keys.add(key);
                throw new IntegrityException(IntegrityException.Stage.CONTENT, "not what was sealed");
            }
        };

        private void resume(CommitmentPolicy policy, Map<String, String> metadata, Map<String, String> context) {
            CryptographicMaterialsManager known = KnownAnswers.materials(KnownAnswers.keyring());
            CryptographicMaterialsManager counting = new CryptographicMaterialsManager() {
                @Override
                public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                    throw new AssertionError("not asked for");
                }

                @Override
                public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                    unwraps.incrementAndGet();
                    return known.forDecrypt(object, wrapped, request);
                }
            };
            ObjectEncryptor.builder(counting, cipher)
                    .commitmentPolicy(policy)
                    .build()
                    .resumeParts(OBJECT, Envelope.parse(metadata), context, Bytes.empty(), Bytes.empty())
                    .close();
        }

        @Test
        void resume_anotherSuiteOrALegacyWrap_isRefusedBeforeAnyKeyring() {
            Map<String, String> legacyWrap = new HashMap<>(KnownAnswers.V2);
            legacyWrap.put("x-amz-wrap-alg", "AESWrap");
            assertThatThrownBy(() -> resume(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT, KnownAnswers.V2, Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContainingAll("s3://bucket/key", "ALG_AES_256_GCM_IV12_TAG16_NO_KDF");
            assertThatThrownBy(() -> resume(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT, KnownAnswers.V3, Map.of()))
                    .isInstanceOf(PolicyException.class);
            assertThatThrownBy(() -> resume(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT, legacyWrap, Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("AESWrap");
            assertThat(unwraps).hasValue(0);
        }

        @Test
        void resume_contextThatIsNotTheStoredOne_isRefusedBeforeAnyKeyring() {
            assertThatThrownBy(() -> resume(
                            CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
                            KnownAnswers.V3,
                            Map.of("tenant", "blue")))
                    .isInstanceOf(KeyringException.class);
            assertThat(unwraps).hasValue(0);
        }

        @Test
        void resume_runsThatDoNotUnseal_wipesTheKey() {
            assertThatThrownBy(
                            () -> resume(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, KnownAnswers.V3, Map.of()))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll("going on with s3://bucket/key", "not what was sealed");
            assertThat(unwraps).hasValue(1);
            assertThat(keys)
                    .singleElement()
                    .satisfies(key -> assertThatThrownBy(() -> key.use((raw, iv, aad) -> raw.length))
                            .isInstanceOf(IllegalStateException.class));
        }
    }

    /** A retry reads the body again under the same key and IV: it may send the same bytes, and no others. */
    @Nested
    class Retries {
        private static final int SEGMENT = SegmentedInputStream.SEGMENT_BYTES;
        private final byte[] first = new byte[2 * SEGMENT + 100];

        Retries() {
            new Random(7).nextBytes(first);
        }

        @Test
        void openBody_again_givesTheSameBytes() throws IOException {
            try (EncryptedObject object = builder().build().encrypt(OBJECT, PlaintextSource.of(first), Map.of())) {
                byte[] once = object.openBody().readAllBytes();
                assertThat(object.openBody().readAllBytes()).isEqualTo(once);
            }
        }

        @Test
        void openBody_changedPlaintext_isRefusedBeforeAnyOfTheChangeIsGiven() throws IOException {
            byte[] changed = first.clone();
            changed[SEGMENT + 5] ^= 1;
            try (EncryptedObject object = encryptInTurn(first, changed)) {
                byte[] once = object.openBody().readAllBytes();
                InputStream again = object.openBody();
                assertThat(again.readNBytes(SEGMENT)).isEqualTo(Arrays.copyOf(once, SEGMENT));
                assertThatThrownBy(again::read)
                        .isInstanceOfSatisfying(
                                IntegrityException.class,
                                e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                        .hasMessageContainingAll("changed between two attempts", Integer.toString(SEGMENT));
            }
        }

        @Test
        void openBody_changeBeyondWhatWasEverEncrypted_isNoReuse() throws IOException {
            byte[] changed = first.clone();
            changed[SEGMENT + 5] ^= 1;
            try (EncryptedObject object = encryptInTurn(first, changed)) {
                object.openBody().readNBytes(SEGMENT);
                assertThat(object.openBody().readAllBytes()).hasSize(first.length + 16);
            }
        }

        @Test
        void openBody_streamThatReadsOnce_isNotReadTwice() throws IOException {
            PlaintextSource once = PlaintextSource.once(new ByteArrayInputStream(first), first.length);
            try (EncryptedObject object = builder().build().encrypt(OBJECT, once, Map.of())) {
                object.openBody().readAllBytes();
                assertThatThrownBy(object::openBody)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("once");
            }
        }

        private EncryptedObject encryptInTurn(byte[] one, byte[] other) {
            Map<Integer, byte[]> turns = new HashMap<>(Map.of(0, one, 1, other));
            int[] turn = {0};
            return builder()
                    .build()
                    .encrypt(
                            OBJECT,
                            PlaintextSource.of(one.length, () -> new ByteArrayInputStream(turns.get(turn[0]++))),
                            Map.of());
        }
    }
}
