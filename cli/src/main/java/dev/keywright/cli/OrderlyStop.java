/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Lets the work of this thread end in order when the process is told to stop, as by Ctrl-C: the thread is interrupted, and
 * the process waits until the work has ended, but not for ever.
 */
final class OrderlyStop {
    private OrderlyStop() {}

    /**
     * Does the work.
     *
     * @param patience how long a stop waits for its end; none for work that may break off anywhere
     * @param afterwards what a stop does then, and whether the work had ended
     */
    static <T> T during(Supplier<T> work, Duration patience, Consumer<Boolean> afterwards) {
        Thread working = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(() -> afterwards.accept(stop(working, ended, patience)), "keywright-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return work.get();
        } finally {
            ended.countDown();
            forget(hook);
        }
    }

    private static boolean stop(Thread working, CountDownLatch ended, Duration patience) {
        if (patience.isZero()) {
            return false;
        }
        working.interrupt();
        try {
            return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            return false;
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            return; // it is running
        }
    }
}
