/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of an asynchronous operation: the future that the caller holds, and whatever request is under way for it. If the
 * caller cancels, or fails the future, the request is cancelled, and none is begun after it. Thread-safe.
 */
@SuppressWarnings("FutureReturnValueIgnored") // Listeners: what they hang on is reported by the result.
final class AsyncCall<T> {
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private @Nullable CompletableFuture<?> underWay; // guarded by this

    private AsyncCall() {
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                cancelRequest();
            }
        });
    }

    /** Work that makes the result. */
    interface Work<T> {
        /** May await requests by the call. */
        CompletableFuture<T> begin(AsyncCall<T> call);
    }

    /** Begins; what the work throws, or its future fails with, the result fails with. */
    static <T> CompletableFuture<T> of(Work<T> work) {
        AsyncCall<T> call = new AsyncCall<>();
        whole(() -> work.begin(call)).whenComplete((value, failure) -> {
            if (failure == null) {
                call.result.complete(value);
            } else {
                call.result.completeExceptionally(cause(failure));
            }
        });
        return call.result;
    }

    /** Begins a request that ends with the call; not if the call is over. What it throws, its future fails with. */
    <U> CompletableFuture<U> await(Supplier<CompletableFuture<U>> request) {
        if (result.isDone()) {
            return over();
        }
        CompletableFuture<U> begun = whole(request);
        synchronized (this) {
            underWay = begun;
        }
        if (result.isDone()) {
            begun.cancel(true);
        }
        return begun;
    }

    /**
     * Begins a request that goes on when the call is given up, as what it leaves at S3 can be undone only once it is answered;
     * not if the call is over.
     */
    <U> CompletableFuture<U> awaitAnswer(Supplier<CompletableFuture<U>> request) {
        return result.isDone() ? over() : whole(request);
    }

    private static <U> CompletableFuture<U> over() {
        return CompletableFuture.failedFuture(new CancellationException("the call is over"));
    }

    /** Runs when the call fails, or its caller gives it up; at once if that is so. */
    void whenFailed(Consumer<Throwable> release) {
        result.whenComplete((value, failure) -> {
            if (failure != null) {
                release.accept(failure);
            }
        });
    }

    private void cancelRequest() {
        CompletableFuture<?> begun;
        synchronized (this) {
            begun = underWay;
        }
        if (begun != null) {
            begun.cancel(true);
        }
    }

    /** What the work throws before there is a future, its future fails with. */
    static <T> CompletableFuture<T> whole(Supplier<CompletableFuture<T>> work) {
        try {
            return work.get();
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    /** What a stage failed with, without the wrapping that later stages see. */
    static Throwable cause(Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause;
    }

    /** The same, to throw in a later stage. */
    static RuntimeException unchecked(Throwable failure) {
        Throwable cause = cause(failure);
        return cause instanceof RuntimeException unchecked ? unchecked : new CompletionException(cause);
    }
}
