/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Takes the first bytes of a body into memory, at most so many, and leaves the rest unread. */
final class FirstBytes implements AsyncResponseTransformer<GetObjectResponse, byte[]> {
    private final int most;
    private volatile CompletableFuture<byte[]> attempt = new CompletableFuture<>();
    private volatile long announcedBytes = Decryption.UNKNOWN_LENGTH;

    FirstBytes(int most) {
        this.most = most;
    }

    @Override
    public CompletableFuture<byte[]> prepare() {
        attempt = new CompletableFuture<>();
        return attempt;
    }

    @Override
    public void onResponse(GetObjectResponse response) {
        announcedBytes = FoundEnvelope.bodyBytes(response);
    }

    @Override
    public void onStream(SdkPublisher<ByteBuffer> body) {
        body.subscribe(new Collector(attempt));
    }

    @Override
    public void exceptionOccurred(Throwable failure) {
        attempt.completeExceptionally(failure);
    }

    private final class Collector implements Subscriber<ByteBuffer> {
        private final CompletableFuture<byte[]> collected;
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private @Nullable Subscription subscription;

        Collector(CompletableFuture<byte[]> collected) {
            this.collected = collected;
        }

        @Override
        public void onSubscribe(Subscription given) {
            if (subscription != null) {
                given.cancel();
                return;
            }
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(ByteBuffer next) {
            byte[] piece = new byte[Math.min(next.remaining(), most - bytes.size())];
            next.get(piece);
            bytes.writeBytes(piece);
            if (bytes.size() < most) {
                subscription().request(1);
            } else {
                // First, as the SDK takes a cancelled body for a failure.
                collected.complete(bytes.toByteArray());
                subscription().cancel();
            }
        }

        @Override
        public void onError(Throwable failure) {
            collected.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            if (bytes.size() < announcedBytes) {
                collected.completeExceptionally(
                        RetryableException.create("the connection ended after " + bytes.size() + " bytes of the body"));
            }
            collected.complete(bytes.toByteArray());
        }

        private Subscription subscription() {
            if (subscription == null) {
                throw new IllegalStateException("signalled before onSubscribe");
            }
            return subscription;
        }
    }
}
