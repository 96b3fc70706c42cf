/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of a client that was given no executor. They end when they have nothing to do. */
final class KeyThreads {
    private static final int LEAST = 8;
    private static final int PER_PROCESSOR = 2;
    private static final int IDLE_SECONDS = 60;

    private KeyThreads() {}

    /** Keys may have to come over a network, so there are more threads than processors. */
    static ExecutorService start() {
        int threads = Math.max(LEAST, PER_PROCESSOR * Runtime.getRuntime().availableProcessors());
        AtomicInteger count = new AtomicInteger();
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "keywright-" + count.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }
}
