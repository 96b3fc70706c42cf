/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** As {@link ObjectReader}, over an asynchronous client. */
final class AsyncObjectReader {
    private final S3AsyncClient client;

    AsyncObjectReader(
            S3AsyncClient client,
            ObjectDecryptor decryptor,
            AsyncInstructionFiles instructionFiles,
            Executor executor) {
        this.client = client;
    }

    <T> CompletableFuture<T> get(
            AsyncCall<T> call, GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        throw new UnsupportedOperationException("the asynchronous client does not read yet; use EncryptingS3Client");
    }

    /** Needs no key; the length is arithmetic on what S3 says, and nothing of it is verified. */
    CompletableFuture<HeadObjectResponse> head(AsyncCall<?> call, HeadObjectRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        ReadRequests.requireWhole(object, request.range(), request.partNumber());
        return call.await(() -> client.headObject(request)).thenApply(stored -> ReadRequests.plaintext(object, stored));
    }
}
