/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Bytes on their way from a publisher to one subscriber, through a {@link Work} that cuts and changes them. As Reactive
 * Streams 1.0.4 has it: nothing is asked for above that is not asked for below, one buffer from above is held at a time, and
 * what the work makes of it is handed on in slices of at most {@link #SLICE_BYTES}, as the subscriber asks. Signals are
 * serial, on the thread of whoever brings bytes or asks for them.
 */
final class BytePump implements Subscriber<ByteBuffer>, Subscription {
    /** Small, as subscribers ask for a number of buffers, whatever their size. */
    static final int SLICE_BYTES = 1 << 16;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Work work;
    private final Subscriber<? super ByteBuffer> below;
    private final AtomicLong demand = new AtomicLong();
    private final AtomicInteger signals = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
    private final AtomicReference<@Nullable ByteBuffer> brought = new AtomicReference<>();
    private volatile @Nullable Subscription above;
    private volatile boolean endedAbove;
    private volatile boolean cancelled;

    // Below: only touched inside step().
    private ByteBuffer arrived = NOTHING;
    private ByteBuffer ready = NOTHING;
    private boolean asked;
    private boolean over;

    /** What becomes of the bytes. Called by one thread at a time. */
    interface Work {
        /**
         * Takes some or all of what arrived, which is read-only and not empty. Gives what is to be handed on, and is its own no
         * longer; maybe nothing.
         */
        ByteBuffer take(ByteBuffer arrived) throws Exception;

        /** Called after the last byte, until it gives nothing: what is still to be handed on. */
        ByteBuffer end() throws Exception;

        /** Wipes what is left, however it ended. Called once. */
        void release();

        /** The work broke off by its own error, or by one from above, of which the subscriber is told next. */
        void failed(Throwable failure);

        /** The subscriber was told. */
        default void toldFailed(Throwable failure) {}
    }

    private BytePump(Work work, Subscriber<? super ByteBuffer> below) {
        this.work = work;
        this.below = below;
    }

    /** Subscribes {@code below} to {@code above}, through {@code work}. */
    static void connect(Publisher<ByteBuffer> above, Work work, Subscriber<? super ByteBuffer> below) {
        BytePump pump = new BytePump(work, below);
        below.onSubscribe(pump);
        try { // also if it is cancelled by now: a body that nobody subscribes to keeps its connection
            above.subscribe(pump);
        } catch (RuntimeException e) {
            pump.fail(e);
            pump.run();
        }
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            fail(new IllegalArgumentException("asked for " + n + " buffers; Reactive Streams 3.9 wants at least 1"));
        } else {
            demand.accumulateAndGet(n, (had, more) -> had > Long.MAX_VALUE - more ? Long.MAX_VALUE : had + more);
        }
        run();
    }

    @Override
    public void cancel() {
        cancelled = true;
        run();
    }

    @Override
    public void onSubscribe(Subscription given) {
        Objects.requireNonNull(given);
        if (above != null) {
            given.cancel();
            return;
        }
        above = given;
        if (isEnding()) {
            given.cancel();
        }
        run();
    }

    @Override
    public void onNext(ByteBuffer bytes) {
        if (brought.getAndSet(bytes.asReadOnlyBuffer()) != null) {
            fail(new IllegalStateException("the publisher brought more buffers than it was asked for"));
        }
        run();
    }

    @Override
    public void onError(Throwable failure) {
        fail(Objects.requireNonNull(failure));
        endedAbove = true;
        run();
    }

    @Override
    public void onComplete() {
        endedAbove = true;
        run();
    }

    private boolean isEnding() {
        return cancelled || failed.get() != null;
    }

    private void fail(Throwable failure) {
        failed.compareAndSet(null, failure);
    }

    /** Steps until there is nothing to do; whoever comes meanwhile leaves the steps to who is in here. */
    private void run() {
        if (signals.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        while (seen != 0) {
            while (!over && step()) {
                // as long as there is something to do
            }
            seen = signals.addAndGet(-seen);
        }
    }

    private boolean step() {
        if (cancelled) {
            finish();
            return false;
        }
        boolean ended = false;
        try {
            Throwable failure = failed.get();
            if (failure != null) {
                throw failure;
            }
            if (ready.hasRemaining()) {
                return handOn();
            }
            takeBrought();
            if (arrived.hasRemaining()) {
                ready = work.take(arrived);
                return true;
            }
            if (!endedAbove || brought.get() != null) {
                return ask();
            }
            ready = work.end();
            ended = !ready.hasRemaining();
        } catch (Throwable e) { // a subscriber's own too, which else would wait for ever
            work.failed(e);
            finish();
            below.onError(e);
            work.toldFailed(e);
            return false;
        }
        if (ended) {
            finish();
            below.onComplete();
        }
        return !ended;
    }

    private void takeBrought() {
        ByteBuffer next = brought.getAndSet(null);
        if (next != null) {
            arrived = next;
            asked = false;
        }
    }

    private boolean handOn() {
        if (demand.get() == 0) {
            return false;
        }
        demand.updateAndGet(left -> left == Long.MAX_VALUE ? left : left - 1);
        int length = Math.min(ready.remaining(), SLICE_BYTES);
        ByteBuffer slice = ready.slice(ready.position(), length);
        ready.position(ready.position() + length);
        below.onNext(slice);
        return true;
    }

    /** Gives whether bytes are there already. */
    private boolean ask() {
        Subscription from = above;
        if (from != null && demand.get() > 0 && !asked) {
            asked = true;
            from.request(1);
        }
        return brought.get() != null;
    }

    private void finish() {
        over = true;
        arrived = NOTHING;
        ready = NOTHING;
        brought.set(null);
        work.release();
        Subscription from = above;
        if (from != null && !endedAbove) {
            from.cancel();
        }
    }
}
