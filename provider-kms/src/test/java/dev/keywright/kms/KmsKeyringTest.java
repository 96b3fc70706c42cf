/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.KmsCall;
import dev.keywright.testing.MiniKms;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptRequest;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.EncryptRequest;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyRequest;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;

class KmsKeyringTest {
    private static final String CONTENT_ALGORITHM = "aws:x-amz-cek-alg";
    private static final Map<String, String> CONTEXT = Map.of("tenant", "blue", "tier", "gold");

    private final SecureRandom random = new SecureRandom();
    private final MiniKms kms = MiniKms.start();
    private final KmsClient client = Clients.of(kms);
    private final String key = kms.createKey();
    private final KmsKeyring keyring = KmsKeyring.of(client, key);

    @AfterEach
    void close() {
        client.close();
        kms.close();
    }

    private static KeyRequest v3(Map<String, String> context) {
        return KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, context);
    }

    private static KeyRequest v2(Map<String, String> context) {
        return KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, context);
    }

    private static byte[] open(KeyUnwrapper reader, WrappedDataKey wrapped, KeyRequest request) {
        try (DataKey opened = ((Unwrap.Opened) reader.unwrap(wrapped, request)).dataKey()) {
            return opened.use(byte[]::clone);
        }
    }

    private WrappedDataKey written(KeyRequest request) {
        try (EncryptionMaterials made = keyring.generate(request, random)) {
            return made.wrapped();
        }
    }

    private static WrappedDataKey with(WrappedDataKey wrapped, Map<String, String> description) {
        return new WrappedDataKey(wrapped.algorithm(), wrapped.ciphertext(), description);
    }

    private static void failsWith(Reason reason, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private static void failsIntegrity(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        IntegrityException.class,
                        e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY));
    }

    @Nested
    class Calls {
        @Test
        @Tag("KMS-012")
        @Tag("KMS-017")
        @Tag("KMS-019")
        void generate_isOneGenerateDataKey() {
            try (EncryptionMaterials made = keyring.generate(v3(CONTEXT), random)) {
                assertThat(made.dataKey().lengthBytes()).isEqualTo(32);
                assertThat(made.wrapped().algorithm()).isEqualTo(WrapAlgorithm.KMS_CONTEXT);
                assertThat(made.wrapped().description())
                        .isEqualTo(Map.of("tenant", "blue", "tier", "gold", CONTENT_ALGORITHM, "115"));
                assertThat(kms.calls()).singleElement().satisfies(call -> {
                    assertThat(call.operation()).isEqualTo("GenerateDataKey");
                    assertThat(call.keyId()).isEqualTo(key);
                    assertThat(call.encryptionContext())
                            .isEqualTo(made.wrapped().description());
                });
            }
        }

        @Test
        @Tag("KMS-013")
        @Tag("KMS-033")
        @Tag("KMS-037")
        @Tag("KMS-038")
        @Tag("KMS-039")
        @Tag("KMS-041")
        void unwrap_isOneDecryptWithTheStoredContext() {
            try (EncryptionMaterials made = keyring.generate(v2(CONTEXT), random)) {
                Map<String, String> stored = new HashMap<>(made.wrapped().description());
                kms.clearCalls();
                assertThat(open(keyring, made.wrapped(), v2(CONTEXT)))
                        .isEqualTo(made.dataKey().use(byte[]::clone));
                assertThat(stored).containsEntry(CONTENT_ALGORITHM, "AES/GCM/NoPadding");
                assertThat(kms.calls()).singleElement().satisfies(call -> {
                    assertThat(call.operation()).isEqualTo("Decrypt");
                    assertThat(call.keyId()).isEqualTo(key);
                    assertThat(call.encryptionContext()).isEqualTo(stored);
                });
            }
        }

        @Test
        @Tag("KMS-015")
        @Tag("KMS-016")
        @Tag("KMS-018")
        @Tag("KMS-022")
        void wrap_isOneEncryptOfTheKey() {
            byte[] raw = new byte[32];
            random.nextBytes(raw);
            WrappedDataKey wrapped;
            try (DataKey dataKey = DataKey.adopt(raw.clone())) {
                wrapped = keyring.wrap(dataKey, v3(CONTEXT));
            }
            assertThat(kms.calls()).extracting(KmsCall::operation).containsExactly("Encrypt");
            assertThat(kms.calls().get(0).keyId()).isEqualTo(key);
            assertThat(kms.calls().get(0).encryptionContext()).isEqualTo(wrapped.description());
            assertThat(open(keyring, wrapped, v3(CONTEXT))).isEqualTo(raw);
        }

        @Test
        @Tag("KMS-020")
        @Tag("KMS-040")
        void calls_bearKeywrightsMark_andTheGrantTokens() {
            KmsKeyring granted = KmsKeyring.builder(key)
                    .client(client)
                    .grantTokens(List.of("one", "two"))
                    .build();
            WrappedDataKey wrapped;
            try (EncryptionMaterials made = granted.generate(v3(Map.of()), random)) {
                wrapped = granted.wrap(made.dataKey(), v3(Map.of()));
            }
            open(granted, wrapped, v3(Map.of()));

            assertThat(kms.calls()).hasSize(3).allSatisfy(call -> {
                assertThat(call.userAgent()).contains("Keywright/");
                assertThat(call.grantTokens()).containsExactly("one", "two");
            });
        }

        @Test
        void key_byIdAliasOrArn_opensWhatTheOthersWrote() {
            kms.alias("alias/master", key);
            WrappedDataKey wrapped = written(v3(CONTEXT));
            for (String name : List.of(key.substring(key.lastIndexOf('/') + 1), "alias/master")) {
                try (KmsKeyring named = KmsKeyring.of(client, name)) {
                    assertThat(open(named, wrapped, v3(CONTEXT))).hasSize(32);
                    assertThat(kms.calls().get(kms.calls().size() - 1).keyId()).isEqualTo(name);
                }
            }
        }
    }

    @Nested
    class EncryptionContext {
        @ParameterizedTest
        @ValueSource(strings = {"aws:x-amz-cek-alg", "kms_cmk_id"})
        void reservedName_ofTheCaller_isRefusedBeforeAnyCall(String reserved) {
            WrappedDataKey wrapped = written(v3(Map.of()));
            kms.clearCalls();
            KeyRequest request = v3(Map.of(reserved, "115"));
            try (DataKey dataKey = DataKey.random(32, random)) {
                failsWith(Reason.CANNOT_BIND_CONTEXT, () -> keyring.generate(request, random));
                failsWith(Reason.CANNOT_BIND_CONTEXT, () -> keyring.wrap(dataKey, request));
                failsWith(Reason.CANNOT_BIND_CONTEXT, () -> keyring.unwrap(wrapped, request));
            }
            assertThat(kms.calls()).isEmpty();
        }

        @Test
        @Tag("KMS-034")
        @Tag("KMS-035")
        @Tag("KMS-036")
        void context_otherThanStored_isRefusedBeforeAnyCall() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            kms.clearCalls();
            for (Map<String, String> other : List.of(
                    Map.<String, String>of(),
                    Map.of("tenant", "blue"),
                    Map.of("tenant", "red", "tier", "gold"),
                    Map.of("tenant", "blue", "tier", "gold", "more", ""))) {
                failsWith(Reason.CONTEXT_MISMATCH, () -> keyring.unwrap(wrapped, v3(other)));
            }
            assertThat(kms.calls()).isEmpty();
        }

        @Test
        @Tag("SEC-006")
        void binding_otherThanTheObjects_isRefusedBeforeAnyCall() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            kms.clearCalls();
            failsIntegrity(() -> keyring.unwrap(wrapped, v2(CONTEXT)));
            failsIntegrity(() -> keyring.unwrap(with(wrapped, CONTEXT), v3(CONTEXT)));
            assertThat(kms.calls()).isEmpty();
        }

        /** Some writer's context holds the legacy entry; it is no part of the caller's, and KMS gets it unchanged. */
        @Test
        @Tag("KMS-035")
        @Tag("KMS-039")
        void legacyEntry_stored_isLeftOutOfTheComparisonOnly() {
            Map<String, String> stored = new HashMap<>(CONTEXT);
            stored.put(CONTENT_ALGORITHM, "115");
            stored.put("kms_cmk_id", key);
            var made =
                    client.generateDataKey(r -> r.keyId(key).numberOfBytes(32).encryptionContext(stored));
            WrappedDataKey wrapped = new WrappedDataKey(
                    WrapAlgorithm.KMS_CONTEXT,
                    Bytes.copyOf(made.ciphertextBlob().asByteArray()),
                    stored);

            assertThat(open(keyring, wrapped, v3(CONTEXT)))
                    .isEqualTo(made.plaintext().asByteArray());
            assertThat(kms.calls().get(1).encryptionContext()).isEqualTo(stored);
        }

        @Test
        void messages_nameNoContextValue() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            assertThatThrownBy(() -> keyring.unwrap(wrapped, v3(Map.of("tenant", "crimson"))))
                    .hasMessageNotContainingAny("blue", "gold", "crimson");
        }
    }

    @Nested
    class Failures {
        @ParameterizedTest
        @CsvSource({
            "400, AccessDeniedException, DENIED",
            "400, UnrecognizedClientException, DENIED",
            "400, ExpiredTokenException, DENIED",
            "400, InvalidGrantTokenException, DENIED",
            "403, Whatever, DENIED",
            "400, DisabledException, DENIED",
            "400, KMSInvalidStateException, DENIED",
            "400, ThrottlingException, UNAVAILABLE",
            "400, LimitExceededException, UNAVAILABLE",
            "500, KMSInternalException, UNAVAILABLE",
            "500, DependencyTimeoutException, UNAVAILABLE",
            "500, KeyUnavailableException, UNAVAILABLE",
            "503, Whatever, UNAVAILABLE",
            "400, NotFoundException, MISCONFIGURED",
            "400, InvalidKeyUsageException, MISCONFIGURED",
            "400, ValidationException, MISCONFIGURED"
        })
        @Tag("KMS-021")
        @Tag("KMS-042")
        void answer_ofKms_isReported(int status, String type, Reason reason) {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            kms.fail(status, type);
            try (DataKey dataKey = DataKey.random(32, random)) {
                failsWith(reason, () -> keyring.generate(v3(CONTEXT), random));
                failsWith(reason, () -> keyring.wrap(dataKey, v3(CONTEXT)));
                failsWith(reason, () -> keyring.unwrap(wrapped, v3(CONTEXT)));
            }
            assertThatThrownBy(() -> keyring.unwrap(wrapped, v3(CONTEXT)))
                    .hasMessageContainingAll("aws-kms:" + key, "kms:Decrypt", type);
        }

        @Test
        void throttling_isRetryable() {
            kms.throttle();
            assertThatThrownBy(() -> keyring.generate(v3(CONTEXT), random))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.isRetryable()).isTrue());
        }

        @Test
        void key_disabled_isDenied() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            kms.disable(key);
            failsWith(Reason.DENIED, () -> keyring.unwrap(wrapped, v3(CONTEXT)));
            kms.scheduleDeletion(key);
            failsWith(Reason.DENIED, () -> keyring.generate(v3(CONTEXT), random));
        }

        @Test
        void key_unknown_isMisconfigured() {
            KmsKeyring nowhere = KmsKeyring.of(client, "alias/none");
            failsWith(Reason.MISCONFIGURED, () -> nowhere.generate(v3(CONTEXT), random));
            assertThatThrownBy(() -> nowhere.generate(v3(CONTEXT), random))
                    .hasMessageContaining("no such key or alias");
        }

        @Test
        void connection_cut_isUnavailable() {
            kms.breakDown();
            failsWith(Reason.UNAVAILABLE, () -> keyring.generate(v3(CONTEXT), random));
        }

        @Test
        void server_gone_isUnavailable() {
            kms.close();
            failsWith(Reason.UNAVAILABLE, () -> keyring.generate(v3(CONTEXT), random));
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void answer_late_isUnavailable(boolean wholeCall) {
            Duration soon = Duration.ofMillis(200);
            CountDownLatch latch = new CountDownLatch(1);
            kms.hang(latch);
            try (KmsClient hasty = Clients.builder(kms)
                    .overrideConfiguration(o -> {
                        o.retryStrategy(DefaultRetryStrategy.doNotRetry());
                        if (wholeCall) {
                            o.apiCallTimeout(soon);
                        } else {
                            o.apiCallAttemptTimeout(soon);
                        }
                    })
                    .build()) {
                failsWith(Reason.UNAVAILABLE, () -> KmsKeyring.of(hasty, key).generate(v3(CONTEXT), random));
            } finally {
                latch.countDown();
            }
        }

        @Test
        void credentials_missing_areMisconfigured() {
            try (KmsClient anonymous = Clients.builder(kms)
                    .credentialsProvider(() -> {
                        throw SdkClientException.create("no credentials anywhere");
                    })
                    .build()) {
                failsWith(
                        Reason.MISCONFIGURED,
                        () -> KmsKeyring.of(anonymous, key).generate(v3(CONTEXT), random));
            }
        }

        @Test
        void thread_interrupted_staysInterrupted() {
            Thread.currentThread().interrupt();
            failsWith(Reason.UNAVAILABLE, () -> keyring.generate(v3(CONTEXT), random));
            assertThat(Thread.interrupted()).isTrue();
        }

        @Test
        void key_otherThanConfigured_failsIntegrity_andSaysSo() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            KmsKeyring other = KmsKeyring.of(client, kms.createKey());
            failsIntegrity(() -> other.unwrap(wrapped, v3(CONTEXT)));
            assertThatThrownBy(() -> other.unwrap(wrapped, v3(CONTEXT)))
                    .hasMessageContaining("wrapped under another KMS key");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 6145})
        void blob_ofImpossibleLength_failsIntegrity_withoutCall(int length) {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            kms.clearCalls();
            failsIntegrity(() -> keyring.unwrap(
                    new WrappedDataKey(wrapped.algorithm(), Bytes.copyOf(new byte[length]), wrapped.description()),
                    v3(CONTEXT)));
            assertThat(kms.calls()).isEmpty();
        }
    }

    @Nested
    class Discovery {
        @Test
        void discovery_opensUnderAnyKey_withoutNamingOne() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            kms.clearCalls();
            assertThat(open(KmsKeyring.discovery(client), wrapped, v3(CONTEXT))).hasSize(32);
            assertThat(kms.calls()).extracting(KmsCall::keyId).containsExactly("");
        }

        @Test
        void discovery_limited_trustsItsAccountsOnly() {
            WrappedDataKey own = written(v3(CONTEXT));
            WrappedDataKey foreign;
            try (EncryptionMaterials made = KmsKeyring.of(client, kms.createKey("aws", "eu-west-1", "999999999999"))
                    .generate(v3(CONTEXT), random)) {
                foreign = made.wrapped();
            }
            KeyUnwrapper limited = KmsKeyring.discovery(client, "aws", List.of("111122223333", "444455556666"));

            assertThat(open(limited, own, v3(CONTEXT))).hasSize(32);
            failsWith(Reason.DENIED, () -> limited.unwrap(foreign, v3(CONTEXT)));
            failsWith(
                    Reason.DENIED,
                    () -> KmsKeyring.discovery(client, "aws-cn", List.of("111122223333"))
                            .unwrap(own, v3(CONTEXT)));
            failsWith(
                    Reason.DENIED,
                    () -> KmsKeyring.discovery(client, "aws", List.of()).unwrap(own, v3(CONTEXT)));
        }

        @Test
        void discovery_keepsTheContextRules() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            kms.clearCalls();
            KeyUnwrapper discovery = KmsKeyring.discovery(client);
            failsIntegrity(() -> discovery.unwrap(wrapped, v2(CONTEXT)));
            failsWith(Reason.CONTEXT_MISMATCH, () -> discovery.unwrap(wrapped, v3(Map.of())));
            for (WrapAlgorithm other : List.of(WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_GCM)) {
                assertThat(discovery.unwrap(
                                new WrappedDataKey(other, wrapped.ciphertext(), wrapped.description()), v3(CONTEXT)))
                        .isInstanceOf(Unwrap.NotMine.class);
            }
            assertThat(kms.calls()).isEmpty();
        }
    }

    /** Objects of the wrap {@code kms}, as the first clients wrote them. */
    @Nested
    class Legacy {
        private final KeyRequest request = KeyRequest.of(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF, Map.of());

        private WrappedDataKey legacy(Map<String, String> context, byte[] raw) {
            var made = client.encrypt(
                    r -> r.keyId(key).plaintext(SdkBytes.fromByteArray(raw)).encryptionContext(context));
            kms.clearCalls();
            return new WrappedDataKey(
                    WrapAlgorithm.KMS, Bytes.copyOf(made.ciphertextBlob().asByteArray()), context);
        }

        private byte[] raw(int bytes) {
            byte[] raw = new byte[bytes];
            random.nextBytes(raw);
            return raw;
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 32})
        @Tag("KMS-010")
        @Tag("KMS-023")
        @Tag("KMS-024")
        @Tag("KMS-026")
        @Tag("KMS-027")
        @Tag("KMS-028")
        @Tag("KMS-029")
        @Tag("KMS-030")
        @Tag("KMS-031")
        void unwrap_isOneDecryptWithTheStoredContext(int bytes) {
            byte[] raw = raw(bytes);
            Map<String, String> context = Map.of("kms_cmk_id", key, "tenant", "caf\u00e9", "", "");
            WrappedDataKey wrapped = legacy(context, raw);

            assertThat(open(keyring, wrapped, request)).isEqualTo(raw);
            assertThat(kms.calls()).singleElement().satisfies(call -> {
                assertThat(call.operation()).isEqualTo("Decrypt");
                assertThat(call.keyId()).isEqualTo(key);
                assertThat(call.encryptionContext()).isEqualTo(context);
                assertThat(call.userAgent()).contains("Keywright/");
            });
        }

        @Test
        @Tag("KMS-010")
        void unwrap_noStoredContext_opens() {
            byte[] raw = raw(32);
            assertThat(open(keyring, legacy(Map.of(), raw), request)).isEqualTo(raw);
        }

        @Test
        @Tag("KMS-010")
        void discovery_opensWithoutNamingAKey_ofTrustedAccountsOnly() {
            byte[] raw = raw(32);
            WrappedDataKey wrapped = legacy(Map.of("kms_cmk_id", "alias/of-the-writer"), raw);

            assertThat(open(KmsKeyring.discovery(client), wrapped, request)).isEqualTo(raw);
            assertThat(kms.calls()).extracting(KmsCall::keyId).containsExactly("");
            failsWith(
                    Reason.DENIED,
                    () -> KmsKeyring.discovery(client, "aws", List.of("000000000000"))
                            .unwrap(wrapped, request));
        }

        /** What the comparison with the stored context would have caught, had the wrap kept its name. */
        @Test
        @Tag("KMS-025")
        @Tag("SEC-030")
        void unwrap_relabelledContextWrap_isRefusedBeforeAnyCall() {
            WrappedDataKey bound = written(v2(CONTEXT));
            WrappedDataKey relabelled = new WrappedDataKey(WrapAlgorithm.KMS, bound.ciphertext(), bound.description());
            kms.clearCalls();
            for (KeyUnwrapper reader : List.of(keyring, KmsKeyring.discovery(client))) {
                failsIntegrity(() -> reader.unwrap(relabelled, request));
                failsWith(Reason.CONTEXT_MISMATCH, () -> reader.unwrap(bound, v2(Map.of())));
            }
            assertThat(kms.calls()).isEmpty();
        }

        @Test
        @Tag("SEC-030")
        void unwrap_callersContext_isRefusedBeforeAnyCall() {
            Map<String, String> context = Map.of("tenant", "blue");
            WrappedDataKey wrapped = legacy(context, raw(32));
            for (KeyUnwrapper reader : List.of(keyring, KmsKeyring.discovery(client))) {
                failsWith(Reason.CANNOT_BIND_CONTEXT, () -> reader.unwrap(wrapped, v2(context)));
            }
            assertThat(kms.calls()).isEmpty();
        }

        @Test
        void unwrap_storedContextAltered_failsIntegrity() {
            WrappedDataKey wrapped = legacy(Map.of("kms_cmk_id", key), raw(32));
            failsIntegrity(() -> keyring.unwrap(with(wrapped, Map.of()), request));
            failsIntegrity(() -> keyring.unwrap(with(wrapped, Map.of("kms_cmk_id", key, "tenant", "blue")), request));
        }

        @ParameterizedTest
        @CsvSource({
            "400, AccessDeniedException, DENIED",
            "400, DisabledException, DENIED",
            "500, KMSInternalException, UNAVAILABLE",
            "400, NotFoundException, MISCONFIGURED"
        })
        @Tag("KMS-032")
        void answer_ofKms_isReported(int status, String type, Reason reason) {
            WrappedDataKey wrapped = legacy(Map.of("kms_cmk_id", key), raw(32));
            kms.fail(status, type);
            failsWith(reason, () -> keyring.unwrap(wrapped, request));
        }

        @Test
        @Tag("KMS-009")
        void keyring_whateverItIsAsked_neverWrapsSo() {
            for (AlgorithmSuite suite : AlgorithmSuite.values()) {
                KeyRequest any = KeyRequest.of(suite, Map.of());
                try (EncryptionMaterials made = keyring.generate(any, random)) {
                    assertThat(made.wrapped().algorithm()).isEqualTo(WrapAlgorithm.KMS_CONTEXT);
                    assertThat(keyring.wrap(made.dataKey(), any).algorithm()).isEqualTo(WrapAlgorithm.KMS_CONTEXT);
                }
            }
        }
    }

    @Nested
    class Wiping {
        /** The plaintext arrays of all answers. */
        private final List<byte[]> plaintexts = new ArrayList<>();

        private final KmsClient watched = Clients.builder(kms)
                .overrideConfiguration(o -> o.addExecutionInterceptor(new ExecutionInterceptor() {
                    @Override
                    public void afterExecution(Context.AfterExecution context, ExecutionAttributes attributes) {
                        if (context.response() instanceof GenerateDataKeyResponse made) {
                            plaintexts.add(made.plaintext().asByteArrayUnsafe());
                        } else if (context.response() instanceof DecryptResponse opened) {
                            plaintexts.add(opened.plaintext().asByteArrayUnsafe());
                        }
                    }
                }))
                .build();

        @AfterEach
        void closeClient() {
            watched.close();
        }

        @Test
        void plaintexts_ofAnswers_areWipedWithTheKeys() {
            KmsKeyring keys = KmsKeyring.of(watched, key);
            try (EncryptionMaterials made = keys.generate(v3(CONTEXT), random);
                    DataKey opened = ((Unwrap.Opened) keys.unwrap(made.wrapped(), v3(CONTEXT))).dataKey()) {
                assertThat(opened.lengthBytes()).isEqualTo(32);
                assertThat(plaintexts).hasSize(2).doesNotContain(new byte[32]);
            }
            assertThat(plaintexts).containsExactly(new byte[32], new byte[32]);
        }

        @Test
        void plaintext_underAnUntrustedKey_isWipedAtOnce() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            failsWith(
                    Reason.DENIED,
                    () -> KmsKeyring.discovery(watched, "aws", List.of("000000000000"))
                            .unwrap(wrapped, v3(CONTEXT)));
            assertThat(plaintexts).containsExactly(new byte[32]);
        }
    }

    /** An endpoint that is something else may well answer 200. */
    @Nested
    class AnswersUnlikeKms {
        private final KmsClient other = new KmsClient() {
            @Override
            public String serviceName() {
                return "kms";
            }

            @Override
            public void close() {}

            @Override
            public GenerateDataKeyResponse generateDataKey(GenerateDataKeyRequest request) {
                return GenerateDataKeyResponse.builder()
                        .plaintext(SdkBytes.fromByteArray(new byte[32]))
                        .build();
            }

            @Override
            public EncryptResponse encrypt(EncryptRequest request) {
                return EncryptResponse.builder().build();
            }

            @Override
            public DecryptResponse decrypt(DecryptRequest request) {
                return DecryptResponse.builder().keyId(key).build();
            }
        };

        @Test
        void everyCall_isMisconfiguredNamingTheEndpoint() {
            WrappedDataKey wrapped = written(v3(CONTEXT));
            KmsKeyring keys = KmsKeyring.of(other, key);
            failsWith(Reason.MISCONFIGURED, () -> keys.generate(v3(CONTEXT), random));
            failsWith(Reason.MISCONFIGURED, () -> {
                try (DataKey fresh = DataKey.random(32, random)) {
                    keys.wrap(fresh, v3(CONTEXT));
                }
            });
            failsWith(Reason.MISCONFIGURED, () -> keys.unwrap(wrapped, v3(CONTEXT)));
            assertThatThrownBy(() -> KmsKeyring.discovery(other, "aws", List.of("111122223333"))
                            .unwrap(wrapped, v3(CONTEXT)))
                    .hasMessageContaining("endpoint");
        }
    }

    @Nested
    class Construction {
        @ParameterizedTest
        @NullSource
        @ValueSource(strings = {"", " "})
        @Tag("KMS-004")
        @Tag("KMS-005")
        @Tag("KMS-006")
        void key_blank_isRefused(String blank) {
            Throwable refusal = catchThrowable(() -> KmsKeyring.builder(blank));
            assertThat(refusal).isInstanceOf(KeyringException.class).hasMessageContaining("alias/NAME");
        }

        @ParameterizedTest
        @CsvSource({"true, 1", "false, 0"})
        @Tag("KMS-002")
        void client_isClosedOnce_ifItIsTheKeyrings(boolean owned, int times) {
            AtomicInteger closed = new AtomicInteger();
            KmsClient counting = new KmsClient() {
                @Override
                public String serviceName() {
                    return "kms";
                }

                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
            KmsKeyring keys = owned ? new KmsKeyring(key, counting, true, List.of()) : KmsKeyring.of(counting, key);
            keys.close();
            keys.close();
            assertThat(closed).hasValue(times);
            assertThat(keys).hasToString("aws-kms:" + key);
        }

        /** Needs no environment, as the ARN names the region; no call is made. */
        @Test
        @Tag("KMS-003")
        void client_missing_isMade() {
            KmsKeyring own = KmsKeyring.builder(key).build();
            own.close();
            assertThatThrownBy(() -> own.generate(v3(CONTEXT), random)).isInstanceOf(IllegalStateException.class);
        }
    }
}
