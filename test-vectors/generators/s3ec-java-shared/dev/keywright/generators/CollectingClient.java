/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

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
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Collects a body before it sends it. S3EC's encrypting bodies, handed to SDK 2.54.13's own HTTP clients, now and then wait
 * for ever, those of empty objects nearly always; what they encrypt is the same.
 */
final class CollectingClient extends DelegatingS3AsyncClient {
    CollectingClient(S3AsyncClient client) {
        super(client);
    }

    @Override
    public CompletableFuture<PutObjectResponse> putObject(PutObjectRequest request, AsyncRequestBody body) {
        return collected(body).thenCompose(bytes -> super.putObject(request, AsyncRequestBody.fromBytes(bytes)));
    }

    @Override
    public CompletableFuture<UploadPartResponse> uploadPart(UploadPartRequest request, AsyncRequestBody body) {
        return collected(body).thenCompose(bytes -> super.uploadPart(request, AsyncRequestBody.fromBytes(bytes)));
    }

    private static CompletableFuture<byte[]> collected(AsyncRequestBody body) {
        CompletableFuture<byte[]> collected = new CompletableFuture<>();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        body.subscribe(new Subscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer next) {
                byte[] more = new byte[next.remaining()];
                next.get(more);
                bytes.writeBytes(more);
            }

            @Override
            public void onError(Throwable cause) {
                collected.completeExceptionally(cause);
            }

            @Override
            public void onComplete() {
                collected.complete(bytes.toByteArray());
            }
        });
        return collected;
    }
}
