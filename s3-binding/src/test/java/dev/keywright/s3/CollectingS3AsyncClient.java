/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/**
 * The client below the peer, which takes the peer's ciphertext whole before it sends it. S3EC 4.0.1 may emit the tag of an
 * empty object before it was asked for anything; the SDK's HTTP client then waits 30 s for a body, about once in a hundred
 * puts.
 */
final class CollectingS3AsyncClient extends DelegatingS3AsyncClient {
    CollectingS3AsyncClient(S3AsyncClient client) {
        super(client);
    }

    @Override
    public CompletableFuture<PutObjectResponse> putObject(PutObjectRequest request, AsyncRequestBody body) {
        CompletableFuture<byte[]> ciphertext = new CompletableFuture<>();
        body.subscribe(new Subscriber<>() {
            private final ByteArrayOutputStream all = new ByteArrayOutputStream();

            @Override
            public void onSubscribe(Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer bytes) {
                byte[] next = new byte[bytes.remaining()];
                bytes.get(next);
                all.writeBytes(next);
            }

            @Override
            public void onError(Throwable failure) {
                ciphertext.completeExceptionally(failure);
            }

            @Override
            public void onComplete() {
                ciphertext.complete(all.toByteArray());
            }
        });
        return ciphertext.thenCompose(bytes -> super.putObject(request, AsyncRequestBody.fromBytes(bytes)));
    }
}
