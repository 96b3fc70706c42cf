/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** The ciphertext of a part that is held back until its upload's end, as it comes; cancelling it cancels its publisher. */
final class HeldCiphertext extends CompletableFuture<Bytes> implements Subscriber<ByteBuffer> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private volatile @Nullable Subscription subscription;

    @Override
    public void onSubscribe(Subscription given) {
        if (subscription != null || isDone()) {
            given.cancel();
            return;
        }
        subscription = given;
        given.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer next) {
        byte[] piece = new byte[next.remaining()];
        next.get(piece);
        bytes.writeBytes(piece);
    }

    @Override
    public void onError(Throwable failure) {
        completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        complete(Bytes.copyOf(bytes.toByteArray()));
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(mayInterrupt);
        Subscription current = subscription;
        if (cancelled && current != null) {
            current.cancel();
        }
        return cancelled;
    }
}
