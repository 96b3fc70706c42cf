/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.EncryptedParts;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;

/**
 * Takes a body as it arrives, and checks and holds it on an executor, a run at a time; no more is asked for while a run is
 * under way. Gives the plaintext once the whole body has passed.
 */
final class CiphertextIntake implements Subscriber<ByteBuffer> {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final String subject;
    private final BodyCheck check;
    private final HeldBody held;
    private final long announcedBytes;
    private final SerialWork work;
    private final CompletableFuture<PlaintextPieces> checked = new CompletableFuture<>();
    private final AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
    private volatile @Nullable Subscription above;

    /** Filled by whoever brings bytes; once full it is the executor's, until that asks for more. */
    private final ByteBuffer run;

    private volatile boolean full;
    private volatile boolean ended;
    private ByteBuffer rest = NOTHING; // of what did not fit

    // Below: only touched inside step().
    private long arrived;
    private boolean over;

    /** @param announcedBytes the length in the response's header, or {@link Decryption#UNKNOWN_LENGTH} */
    CiphertextIntake(String subject, BodyCheck check, HeldBody held, long announcedBytes, Executor executor) {
        this.subject = subject;
        this.check = check;
        this.held = held;
        this.announcedBytes = announcedBytes;
        this.work = new SerialWork(executor, this::step);
        boolean isShort = announcedBytes >= 0 && announcedBytes < EncryptedParts.RUN_BYTES;
        this.run = ByteBuffer.allocate(isShort ? (int) announcedBytes + 1 : EncryptedParts.RUN_BYTES);
    }

    /** What may be released; completed on the executor. */
    CompletableFuture<PlaintextPieces> checked() {
        return checked;
    }

    /** Ends it, wherever it is, and wipes; nothing happens if it has ended. */
    void fail(Throwable failure) {
        failed.compareAndSet(null, failure);
        work.wake();
    }

    @Override
    public void onSubscribe(Subscription given) {
        Objects.requireNonNull(given);
        if (above != null) {
            given.cancel();
            return;
        }
        above = given; // before it is looked whether this has failed, as that is noted before this is cancelled
        if (failed.get() == null) {
            given.request(1);
        } else {
            given.cancel();
        }
    }

    @Override
    public void onNext(ByteBuffer bytes) {
        ByteBuffer next = bytes.asReadOnlyBuffer();
        if (full) {
            fail(new IllegalStateException(subject + ": the publisher brought more than it was asked for"));
            return;
        }
        fill(next);
        if (run.hasRemaining()) {
            askForMore();
        } else {
            rest = next;
            full = true;
            work.wake();
        }
    }

    @Override
    public void onError(Throwable failure) {
        failed.compareAndSet(null, Objects.requireNonNull(failure));
        ended = true;
        work.wake();
    }

    @Override
    public void onComplete() {
        ended = true;
        work.wake();
    }

    private void fill(ByteBuffer from) {
        int length = Math.min(from.remaining(), run.remaining());
        run.put(from.slice(from.position(), length));
        from.position(from.position() + length);
    }

    private void askForMore() {
        Subscription from = above;
        if (from != null && failed.get() == null) {
            from.request(1);
        }
    }

    private boolean step(@Nullable Throwable refusal) {
        if (over) {
            return false;
        }
        Throwable failure = failed.get();
        if (failure != null) {
            return giveUp(failure);
        }
        try {
            if (refusal != null) {
                throw new RejectedExecutionException(subject + ": the executor takes no more work", refusal);
            }
            if (full) {
                takeRun();
                fill(rest);
                if (run.hasRemaining()) {
                    full = false;
                    askForMore();
                }
                return true;
            }
            if (ended) {
                takeRun();
                release();
            }
            return false;
        } catch (IOException e) {
            return giveUp(SdkClientException.create(
                    subject + ": can't hold the object in a temporary file while it is verified", e));
        } catch (Throwable e) {
            return giveUp(e);
        }
    }

    private void takeRun() throws IOException {
        run.flip();
        arrived += run.remaining();
        check.update(run.duplicate());
        held.append(run);
        run.clear();
    }

    private void release() throws IOException {
        if (arrived < announcedBytes) {
            throw RetryableException.create(subject + ": the connection ended after " + arrived + " of "
                    + announcedBytes + " bytes of the body");
        }
        PlaintextPieces pieces = check.end(held, arrived);
        over = true;
        checked.complete(pieces);
    }

    private boolean giveUp(Throwable failure) {
        over = true;
        failed.compareAndSet(null, failure);
        check.close();
        try {
            held.close();
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        checked.completeExceptionally(failure);
        // Last, as the SDK takes a cancelled body for the failure.
        Subscription from = above;
        if (from != null && !ended) {
            from.cancel();
        }
        return false;
    }
}
