/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.function.LongSupplier;

/**
 * How long to leave alone what has just been tried to mend: at first a little, each time in a row twice as long, up to a
 * bound. Thread-safe.
 */
final class BackOff {
    private static final long NANOS_PER_MILLI = 1_000_000;

    private final long first;
    private final long largest;
    private final LongSupplier nanoClock;
    private long interval; // the next one
    private long current;
    private long notBefore;
    private boolean begun;

    BackOff(long firstMillis, long largestMillis, LongSupplier nanoClock) {
        this.first = firstMillis * NANOS_PER_MILLI;
        this.largest = largestMillis * NANOS_PER_MILLI;
        this.nanoClock = nanoClock;
        this.interval = first;
    }

    /** Milliseconds until it may be tried again, rounded up; 0 if it may be now. */
    synchronized long millisLeft() {
        if (!begun) {
            return 0;
        }
        long left = notBefore - nanoClock.getAsLong();
        return left <= 0 ? 0 : (left + NANOS_PER_MILLI - 1) / NANOS_PER_MILLI;
    }

    /** Whether it has grown as long as it may. */
    synchronized boolean isLargest() {
        return current == largest;
    }

    /** It is tried now. */
    synchronized void tried() {
        begun = true;
        current = interval;
        notBefore = nanoClock.getAsLong() + current;
        interval = Math.min(2 * interval, largest);
    }

    /** The try has failed: however long it took, the wait begins now. */
    synchronized void failed() {
        if (!begun) {
            tried();
        }
        notBefore = nanoClock.getAsLong() + current;
    }

    /** What was mended has worked: the next loss is a new one, and not earlier than an interval after the last. */
    synchronized void worked() {
        interval = first;
    }
}
