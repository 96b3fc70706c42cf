/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.SdkPublisher;

/**
 * Publishes the plaintext of a verified object to one subscriber, decrypting as it asks, on an executor. Key and held body go
 * when it ends, is cancelled, or is given up.
 */
final class VerifiedPlaintext implements SdkPublisher<ByteBuffer> {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final PlaintextPieces pieces;
    private final Consumer<Throwable> whenFailed;
    private final SerialWork work;
    private final AtomicBoolean subscribed = new AtomicBoolean();
    private final AtomicLong demand = new AtomicLong();
    private final AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
    private volatile @Nullable Subscriber<? super ByteBuffer> below;
    private volatile boolean cancelled;

    // Below: only touched inside step().
    private ByteBuffer ready = NOTHING;
    private boolean over;

    /** @param whenFailed what it ends with if it does not end well, once its subscriber was told; not if that cancelled it */
    VerifiedPlaintext(PlaintextPieces pieces, Executor executor, Consumer<Throwable> whenFailed) {
        this.pieces = pieces;
        this.whenFailed = whenFailed;
        this.work = new SerialWork(executor, this::step);
    }

    @Override
    public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
        Objects.requireNonNull(subscriber);
        if (!subscribed.compareAndSet(false, true)) {
            OneSubscriber.refuse(subscriber);
            return;
        }
        subscriber.onSubscribe(new Subscription() {
            @Override
            public void request(long n) {
                if (n <= 0) {
                    fail(new IllegalArgumentException(
                            "asked for " + n + " buffers; Reactive Streams 3.9 wants at least 1"));
                    return;
                }
                demand.accumulateAndGet(n, (had, more) -> had > Long.MAX_VALUE - more ? Long.MAX_VALUE : had + more);
                work.wake();
            }

            @Override
            public void cancel() {
                cancelled = true;
                work.wake();
            }
        });
        below = subscriber;
        work.wake();
    }

    /** Ends it: whoever has subscribed, or does yet, is told why. */
    void fail(Throwable failure) {
        failed.compareAndSet(null, failure);
        work.wake();
    }

    private boolean step(@Nullable Throwable refusal) {
        if (over) {
            tellLate();
            return false;
        }
        Subscriber<? super ByteBuffer> to = below;
        if (cancelled) {
            below = null;
            release();
            return false;
        }
        boolean ended;
        try {
            if (refusal != null) {
                throw new RejectedExecutionException(
                        "the executor takes no more work; the plaintext ends early", refusal);
            }
            Throwable failure = failed.get();
            if (failure != null) {
                throw failure;
            }
            if (to == null) {
                return false;
            }
            if (ready.hasRemaining()) {
                return handOn(to);
            }
            ended = !pieces.hasNext();
            if (!ended) {
                if (demand.get() == 0) {
                    return false;
                }
                ready = pieces.next();
            }
        } catch (Throwable e) { // a subscriber's own too, which else would wait for ever
            release();
            failed.compareAndSet(null, e);
            tellLate();
            if (!cancelled) {
                whenFailed.accept(Objects.requireNonNull(failed.get()));
            }
            return false;
        }
        if (ended) {
            release();
            below = null;
            to.onComplete();
        }
        return !ended;
    }

    /** Tells the failure, once. */
    private void tellLate() {
        Subscriber<? super ByteBuffer> to = below;
        Throwable failure = failed.get();
        if (to != null && failure != null && !cancelled) {
            below = null;
            to.onError(failure);
        }
    }

    private boolean handOn(Subscriber<? super ByteBuffer> to) {
        if (demand.get() == 0) {
            return false;
        }
        demand.updateAndGet(left -> left == Long.MAX_VALUE ? left : left - 1);
        int length = Math.min(ready.remaining(), BytePump.SLICE_BYTES);
        ByteBuffer slice = ready.slice(ready.position(), length);
        ready.position(ready.position() + length);
        to.onNext(slice);
        return true;
    }

    private void release() {
        over = true;
        ready = NOTHING;
        try {
            pieces.close();
        } catch (IOException e) {
            failed.compareAndSet(null, e);
        }
    }
}
