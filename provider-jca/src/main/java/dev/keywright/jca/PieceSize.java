/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes a provider's cipher is handed in one call.
 *
 * <p>The platform's AES is compiled after some thousand <em>calls</em>, not bytes; until then it is forty times slower and
 * looks its tables up by secret indexes. So the first megabytes that a process sends down a path go in small pieces.
 * Later pieces are of one size that stays in the processor's first caches: each new size class would have the JIT throw
 * its code away.
 *
 * <p>Measured with SunJCE in a fresh JVM, the first 64 MiB encrypted, on JDK 17 and 25 alike: 940 ms of the thread's CPU in
 * pieces of 16 KiB, 120 ms so (and 1000 ms to 240 ms of the whole process, most of it the JIT's own work). Feeding 256 bytes or
 * 1 KiB at first, or for 2, 4 or 16 MiB, is no better on either.
 */
final class PieceSize {
    /** A piece while the process is cold, in bytes. */
    static final int SMALL = 512;
    /** A piece afterwards, in bytes. */
    static final int FULL = 16 * 1024;

    private static final long COLD_BYTES = 8L << 20;

    /** Encryption by AES-GCM. */
    static final PieceSize GCM = new PieceSize();
    /** Encryption and decryption by AES-CTR. */
    static final PieceSize CTR = new PieceSize();
    /** Decryption by AES-CBC. */
    static final PieceSize CBC = new PieceSize();
    /** Hashing by GMAC. */
    static final PieceSize GMAC = new PieceSize();

    private final AtomicLong fed = new AtomicLong();

    /** Whether pieces are large by now. */
    boolean isWarm() {
        return fed.get() >= COLD_BYTES;
    }

    /** The most that the next call is handed. */
    int next() {
        if (isWarm()) {
            return FULL;
        }
        fed.addAndGet(SMALL);
        return SMALL;
    }
}
