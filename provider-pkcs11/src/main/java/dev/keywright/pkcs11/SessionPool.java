/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The right to use a session, given to so many threads at once and in the order of their coming, and the sessions that wait to
 * be used again. Which session a thread gets, the token sees to. Thread-safe.
 */
final class SessionPool {
    private final String token;
    private final long waitMillis;
    private final Semaphore rights;
    private final ConcurrentLinkedDeque<Long> idle = new ConcurrentLinkedDeque<>();
    private final int wholeSize;
    private final AtomicInteger size;
    private final AtomicInteger waiting = new AtomicInteger();

    /** @param size of at least 1 */
    SessionPool(String token, int size, long waitMillis) {
        this.token = token;
        this.waitMillis = waitMillis;
        this.wholeSize = size;
        this.size = new AtomicInteger(size);
        this.rights = new Semaphore(size, true);
    }

    /**
     * Waits for the right to use a session.
     *
     * @throws KeyringException with reason UNAVAILABLE if it is not had in time
     */
    void enter() {
        waiting.incrementAndGet();
        try {
            if (!rights.tryAcquire(waitMillis, TimeUnit.MILLISECONDS)) {
                throw new KeyringException(
                        Reason.UNAVAILABLE,
                        "no session with " + token + " came free in " + waitMillis + " ms: all " + size()
                                + " are in use, and " + waiting.get()
                                + " calls wait; use fewer threads, or raise maxSessions or sessionWaitMillis");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyringException(
                    Reason.UNAVAILABLE, "interrupted while waiting for a session with token " + token, e);
        } finally {
            waiting.decrementAndGet();
        }
    }

    void leave() {
        rights.release();
    }

    /** In place of {@link #leave}: the token has fewer sessions than were thought, and this right is none any more. */
    void shrink() {
        size.decrementAndGet();
    }

    /** Gives back what it shrank by, as the token may have more sessions now. */
    void restore() {
        int missing = wholeSize - size.getAndSet(wholeSize);
        rights.release(missing);
    }

    /** A session that waits, or 0, which is no session. */
    long takeIdle() {
        Long session = idle.poll();
        return session == null ? 0 : session;
    }

    /** Keeps a session for the next thread. */
    void keep(long session) {
        idle.push(session);
    }

    /** All sessions that wait, which do not any more. */
    List<Long> drain() {
        List<Long> drained = new ArrayList<>();
        for (Long session = idle.poll(); session != null; session = idle.poll()) {
            drained.add(session);
        }
        return drained;
    }

    int size() {
        return size.get();
    }

    int idle() {
        return idle.size();
    }

    int waiting() {
        return waiting.get();
    }
}
