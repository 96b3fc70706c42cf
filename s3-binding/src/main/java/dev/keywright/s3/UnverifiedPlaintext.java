/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import software.amazon.awssdk.core.async.SdkPublisher;

/** Publishes plaintext to one subscriber as the body arrives, before it is verified; the end only if the tag verifies. */
final class UnverifiedPlaintext implements SdkPublisher<ByteBuffer> {
    private final Publisher<ByteBuffer> body;
    private final UnverifiedPieces decryption;
    private final Consumer<Throwable> whenFailed;
    private final Consumer<Throwable> whenTold;
    private final AtomicBoolean taken = new AtomicBoolean();

    /**
     * @param whenFailed what it breaks off with, before its subscriber is told
     * @param whenTold the same, after that
     */
    UnverifiedPlaintext(
            Publisher<ByteBuffer> body,
            UnverifiedPieces decryption,
            Consumer<Throwable> whenFailed,
            Consumer<Throwable> whenTold) {
        this.body = body;
        this.decryption = decryption;
        this.whenFailed = whenFailed;
        this.whenTold = whenTold;
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        Objects.requireNonNull(subscriber);
        if (taken.compareAndSet(false, true)) {
            BytePump.connect(body, new DecryptingWork(), subscriber);
        } else {
            OneSubscriber.refuse(subscriber);
        }
    }

    /** Wipes the key, if nobody has subscribed. */
    void drop() {
        if (taken.compareAndSet(false, true)) {
            decryption.close();
        }
    }

    private final class DecryptingWork implements BytePump.Work {
        private boolean ended;

        @Override
        public ByteBuffer take(ByteBuffer arrived) {
            byte[] piece = new byte[Math.min(arrived.remaining(), BytePump.SLICE_BYTES)];
            arrived.get(piece);
            return decryption.update(ByteBuffer.wrap(piece));
        }

        @Override
        public ByteBuffer end() {
            if (ended) {
                return ByteBuffer.allocate(0);
            }
            ended = true;
            return decryption.end();
        }

        @Override
        public void release() {
            decryption.close();
        }

        @Override
        public void failed(Throwable failure) {
            whenFailed.accept(failure);
        }

        @Override
        public void toldFailed(Throwable failure) {
            whenTold.accept(failure);
        }
    }
}
