/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets the work of this thread end in order when the process is told to stop, as by Ctrl-C: the thread is interrupted, and
 * the process waits until the work has ended, but not for ever.
 */
final class OrderlyStop {
    private static final long WAIT_SECONDS = 10;

    private OrderlyStop() {}

    /**
     * Does the work.
     *
     * @param afterwards what is done once the work has ended because of a stop
     */
    static <T> T during(Supplier<T> work, Runnable afterwards) {
        Thread working = Thread.currentThread();
        CountDownLatch ended = new CountDownLatch(1);
        Thread hook = new Thread(
                () -> {
                    working.interrupt();
                    try {
                        if (ended.await(WAIT_SECONDS, TimeUnit.SECONDS)) {
                            afterwards.run();
                        }
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt(); // nobody waits any more
                    }
                },
                "keywright-stop");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            return work.get();
        } finally {
            ended.countDown();
            forget(hook);
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
