/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.ApiName;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.GenerateDataKeyResponse;

/** The three calls that the keyrings make, marked as Keywright's in the user agent (KMS-020, KMS-030, KMS-040). */
final class KmsCalls implements AutoCloseable {
    private static final AwsRequestOverrideConfiguration MARK = AwsRequestOverrideConfiguration.builder()
            .addApiName(ApiName.builder().name("Keywright").version("kms").build())
            .build();

    private final String keyring;
    private final KmsClient client;
    private final boolean ownsClient;
    private final List<String> grantTokens;
    private volatile boolean closed;

    KmsCalls(String keyring, KmsClient client, boolean ownsClient, List<String> grantTokens) {
        this.keyring = keyring;
        this.client = client;
        this.ownsClient = ownsClient;
        this.grantTokens = List.copyOf(grantTokens);
    }

    GenerateDataKeyResponse generate(String keyId, KeyRequest request, Map<String, String> context) {
        return call(
                "kms:GenerateDataKey",
                () -> client.generateDataKey(r -> r.keyId(keyId)
                        .numberOfBytes(request.dataKeyBytes())
                        .encryptionContext(context)
                        .grantTokens(grantTokens)
                        .overrideConfiguration(MARK)),
                response -> response.plaintext() != null && response.ciphertextBlob() != null);
    }

    EncryptResponse encrypt(String keyId, DataKey key, Map<String, String> context) {
        return call(
                "kms:Encrypt",
                () -> key.use(raw -> client.encrypt(r -> r.keyId(keyId)
                        .plaintext(SdkBytes.fromByteArrayUnsafe(raw))
                        .encryptionContext(context)
                        .grantTokens(grantTokens)
                        .overrideConfiguration(MARK))),
                response -> response.ciphertextBlob() != null);
    }

    /** Opens a wrapped key; without {@code keyId}, under whatever key it names. */
    DecryptResponse decrypt(@Nullable String keyId, byte[] blob, Map<String, String> context) {
        return call(
                "kms:Decrypt",
                () -> client.decrypt(r -> r.keyId(keyId)
                        .ciphertextBlob(SdkBytes.fromByteArrayUnsafe(blob))
                        .encryptionContext(context)
                        .grantTokens(grantTokens)
                        .overrideConfiguration(MARK)),
                response -> response.plaintext() != null && response.keyId() != null);
    }

    private <R> R call(String action, Supplier<R> call, Predicate<R> isWhole) {
        R response;
        try {
            response = call.get();
        } catch (SdkException e) {
            throw KmsFailure.of(keyring, action, e);
        }
        if (!isWhole.test(response)) {
            throw KmsFailure.unlikeKms(keyring, action);
        }
        return response;
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException(keyring + " is closed");
        }
    }

    /** Closes the client if it was made for this. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            if (ownsClient) {
                client.close();
            }
        }
    }
}
