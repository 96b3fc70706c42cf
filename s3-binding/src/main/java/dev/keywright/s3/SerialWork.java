/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Steps that may wait, taken on an executor one after the other, as long as there is something to do. Whoever changes
 * something calls {@link #wake}. Where the executor takes no more work, the steps are taken on the caller's thread, so that
 * keys are wiped all the same.
 */
final class SerialWork {
    private final Executor executor;
    private final Step step;
    private final AtomicInteger wakes = new AtomicInteger();

    /** One step. */
    interface Step {
        /**
         * Does something, if there is something to do.
         *
         * @param refusal why the executor takes no more work; null if it does
         * @return whether to go on at once
         */
        boolean take(@Nullable Throwable refusal);
    }

    SerialWork(Executor executor, Step step) {
        this.executor = executor;
        this.step = step;
    }

    void wake() {
        if (wakes.getAndIncrement() != 0) {
            return;
        }
        try {
            executor.execute(() -> run(null));
        } catch (RuntimeException | Error e) { // a thread that can't be made, too
            run(e);
        }
    }

    private void run(@Nullable Throwable refusal) {
        int seen = wakes.get();
        while (seen != 0) {
            while (step.take(refusal)) {
                // as long as there is something to do
            }
            seen = wakes.addAndGet(-seen);
        }
    }
}
