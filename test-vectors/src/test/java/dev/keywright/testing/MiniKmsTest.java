/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.AlreadyExistsException;
import software.amazon.awssdk.services.kms.model.DataKeySpec;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;
import software.amazon.awssdk.services.kms.model.IncorrectKeyException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;
import software.amazon.awssdk.services.kms.model.NotFoundException;

class MiniKmsTest {
    private static final Map<String, String> CONTEXT = Map.of("a", "1", "caf\u00e9", "\u6f22 \"\\");

    private final MiniKms kms = MiniKms.start();
    private final String key = kms.createKey();
    private final KmsClient client = KmsClient.builder()
            .endpointOverride(kms.endpoint())
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
            .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
            .httpClient(UrlConnectionHttpClient.create())
            .build();

    @AfterEach
    void close() {
        client.close();
        kms.close();
    }

    private GenerateDataKeyResponse generate() {
        return client.generateDataKey(
                r -> r.keyId(key).keySpec(DataKeySpec.AES_256).encryptionContext(CONTEXT));
    }

    private SdkBytes decrypt(SdkBytes blob) {
        return client.decrypt(r -> r.keyId(key).ciphertextBlob(blob).encryptionContext(CONTEXT))
                .plaintext();
    }

    private static void failsWith(String type, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KmsException.class,
                        e -> assertThat(e.awsErrorDetails().errorCode()).isEqualTo(type));
    }

    @Nested
    class DataKeys {
        @Test
        void dataKey_generated_decrypts() {
            GenerateDataKeyResponse made = generate();
            assertThat(made.plaintext().asByteArray()).hasSize(32);
            assertThat(made.keyId()).isEqualTo(key);
            assertThat(decrypt(made.ciphertextBlob())).isEqualTo(made.plaintext());
            assertThat(generate().plaintext()).isNotEqualTo(made.plaintext());
        }

        @Test
        void dataKey_withoutPlaintext_decrypts() {
            SdkBytes blob = client.generateDataKeyWithoutPlaintext(
                            r -> r.keyId(key).numberOfBytes(24).encryptionContext(CONTEXT))
                    .ciphertextBlob();
            assertThat(decrypt(blob).asByteArray()).hasSize(24);
        }

        @Test
        void dataKey_ofNoValidLength_isRefused() {
            failsWith(
                    "ValidationException",
                    () -> client.generateDataKey(r -> r.keyId(key).numberOfBytes(1025)));
            failsWith("ValidationException", () -> client.generateDataKey(r -> r.keyId(key)));
            failsWith(
                    "ValidationException",
                    () -> client.generateDataKey(
                            r -> r.keyId(key).keySpec(DataKeySpec.AES_256).numberOfBytes(32)));
        }
    }

    @Nested
    class Ciphertexts {
        @Test
        void plaintext_encrypted_decryptsWithoutNamingTheKey() {
            SdkBytes blob = client.encrypt(r -> r.keyId(key).plaintext(SdkBytes.fromUtf8String("hello")))
                    .ciphertextBlob();
            assertThat(client.decrypt(r -> r.ciphertextBlob(blob)).plaintext().asUtf8String())
                    .isEqualTo("hello");
            assertThat(client.decrypt(r -> r.ciphertextBlob(blob)).keyId()).isEqualTo(key);
        }

        @Test
        void plaintext_ofNoValidLength_isRefused() {
            client.encrypt(r -> r.keyId(key).plaintext(SdkBytes.fromByteArray(new byte[4096])));
            failsWith(
                    "ValidationException",
                    () -> client.encrypt(r -> r.keyId(key).plaintext(SdkBytes.fromByteArray(new byte[4097]))));
        }

        @Test
        void context_different_isInvalidCiphertext() {
            SdkBytes blob = generate().ciphertextBlob();
            for (Map<String, String> context : List.of(
                    Map.<String, String>of(), Map.of("a", "1"), Map.of("a", "1", "caf\u00e9", "x"), Map.of("a1", ""))) {
                assertThatThrownBy(() -> client.decrypt(
                                r -> r.keyId(key).ciphertextBlob(blob).encryptionContext(context)))
                        .isInstanceOf(InvalidCiphertextException.class);
            }
        }

        @Test
        void blob_alteredAnywhere_isInvalidCiphertext() {
            byte[] blob = generate().ciphertextBlob().asByteArray();
            for (int at = 0; at < blob.length; at += 5) {
                byte[] altered = blob.clone();
                altered[at] ^= 1;
                assertThatThrownBy(() -> decrypt(SdkBytes.fromByteArray(altered)))
                        .as("byte %s", at)
                        .isInstanceOf(InvalidCiphertextException.class);
            }
            assertThatThrownBy(() -> decrypt(SdkBytes.fromByteArray(new byte[] {1, 0})))
                    .isInstanceOf(InvalidCiphertextException.class);
        }

        @Test
        void key_otherThanNamed_isIncorrect() {
            SdkBytes blob = generate().ciphertextBlob();
            String other = kms.createKey();
            assertThatThrownBy(() -> client.decrypt(
                            r -> r.keyId(other).ciphertextBlob(blob).encryptionContext(CONTEXT)))
                    .isInstanceOf(IncorrectKeyException.class);
        }

        @Test
        void blob_reEncrypted_opensUnderTheOtherKey() {
            GenerateDataKeyResponse made = generate();
            String other = kms.createKey();
            SdkBytes blob = client.reEncrypt(r -> r.sourceKeyId(key)
                            .sourceEncryptionContext(CONTEXT)
                            .ciphertextBlob(made.ciphertextBlob())
                            .destinationKeyId(other)
                            .destinationEncryptionContext(Map.of("b", "2")))
                    .ciphertextBlob();
            assertThat(client.decrypt(r -> r.keyId(other).ciphertextBlob(blob).encryptionContext(Map.of("b", "2")))
                            .plaintext())
                    .isEqualTo(made.plaintext());
        }
    }

    @Nested
    class Keys {
        @Test
        void key_byIdArnOrAlias_isTheSame() {
            kms.alias("alias/master", key);
            String id = key.substring(key.lastIndexOf('/') + 1);
            String aliasArn = key.replaceFirst("key/.*", "alias/master");
            for (String name : List.of(id, key, "alias/master", aliasArn)) {
                assertThat(client.describeKey(r -> r.keyId(name)).keyMetadata().arn())
                        .isEqualTo(key);
            }
            for (String name : List.of("none", "alias/none")) {
                assertThatThrownBy(() -> client.describeKey(r -> r.keyId(name))).isInstanceOf(NotFoundException.class);
            }
        }

        @Test
        void keyAndAlias_madeByTheClient_work() {
            String made = client.createKey().keyMetadata().arn();
            client.createAlias(r -> r.aliasName("alias/made").targetKeyId(made));
            assertThat(client.describeKey(r -> r.keyId("alias/made"))
                            .keyMetadata()
                            .arn())
                    .isEqualTo(made);
            assertThatThrownBy(() ->
                            client.createAlias(r -> r.aliasName("alias/made").targetKeyId(key)))
                    .isInstanceOf(AlreadyExistsException.class);
            assertThat(client.describeKey(r -> r.keyId("alias/made"))
                            .keyMetadata()
                            .arn())
                    .as("the alias after the refusal")
                    .isEqualTo(made);
        }

        @Test
        void key_unusable_failsAsItsStateSays() {
            SdkBytes blob = generate().ciphertextBlob();
            client.disableKey(r -> r.keyId(key));
            assertThatThrownBy(() -> decrypt(blob)).isInstanceOf(DisabledException.class);
            assertThatThrownBy(() -> generate()).isInstanceOf(DisabledException.class);
            client.enableKey(r -> r.keyId(key));
            decrypt(blob);
            kms.scheduleDeletion(key);
            assertThatThrownBy(() -> decrypt(blob)).isInstanceOf(KmsInvalidStateException.class);
        }
    }

    @Nested
    class Trouble {
        @Test
        void calls_deniedOrThrottled_failSo_untilItRecovers() {
            kms.deny();
            failsWith("AccessDeniedException", () -> generate());
            kms.throttle();
            failsWith("ThrottlingException", () -> generate());
            kms.fail(500, "KMSInternalException");
            assertThatThrownBy(() -> generate())
                    .isInstanceOfSatisfying(
                            KmsException.class, e -> assertThat(e.statusCode()).isEqualTo(500));
            kms.breakDown();
            assertThatThrownBy(() -> generate()).isInstanceOf(SdkClientException.class);
            kms.recover();
            generate();
        }

        @Test
        void call_held_timesOut() {
            CountDownLatch never = new CountDownLatch(1);
            kms.hang(never);
            assertThatThrownBy(() -> client.describeKey(r -> r.keyId(key)
                            .overrideConfiguration(o -> o.apiCallTimeout(java.time.Duration.ofMillis(300)))))
                    .isInstanceOf(ApiCallTimeoutException.class);
            never.countDown();
        }

        @ParameterizedTest
        @ValueSource(strings = {"TrentService.Nothing", "Other.Decrypt"})
        void operation_unknown_isSaidSo(String target) throws Exception {
            assertThat(send(target, "{}")).contains("UnknownOperationException");
            assertThat(send("TrentService.Decrypt", "{")).contains("SerializationException");
        }

        private String send(String target, String body) throws Exception {
            URI endpoint = kms.endpoint();
            return HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(endpoint)
                                    .header("X-Amz-Target", target)
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void calls_areLogged_withoutPlaintext() {
        GenerateDataKeyResponse made = client.generateDataKey(r ->
                r.keyId(key).keySpec(DataKeySpec.AES_256).grantTokens("token").encryptionContext(CONTEXT));
        client.decrypt(r -> r.ciphertextBlob(made.ciphertextBlob()).encryptionContext(CONTEXT));

        assertThat(kms.calls()).extracting(KmsCall::operation).containsExactly("GenerateDataKey", "Decrypt");
        KmsCall first = kms.calls().get(0);
        assertThat(first.keyId()).isEqualTo(key);
        assertThat(first.encryptionContext()).isEqualTo(CONTEXT);
        assertThat(first.grantTokens()).containsExactly("token");
        assertThat(first.userAgent()).startsWith("aws-sdk-java/");
        assertThat(kms.calls().get(1).keyId()).isEmpty();
        kms.clearCalls();
        assertThat(kms.calls()).isEmpty();
    }
}
