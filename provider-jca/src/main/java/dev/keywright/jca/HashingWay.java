/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import org.jspecify.annotations.Nullable;

/**
 * Which of two ways to the hash of ciphertext is the faster one beside AES-CTR, on this provider, JDK and machine. Found out
 * on the content that there is anyway: after the first megabytes, parts go by both ways in turn, and the best time of
 * each decides, for good. Digests are the same by either way. Thread-safe.
 */
final class HashingWay {
    /** The ways. */
    enum Way {
        /** The ciphertext goes in as the additional data of GMAC calls: {@link CiphertextHash}. */
        GMAC,
        /** The plaintext is encrypted again: {@link Reencryption}. */
        REENCRYPTION
    }

    /** Parts that go by GMAC before the other way is tried: what PieceSize feeds a cold one. */
    static final int UNTRIED_PARTS = 32;
    /** Parts that each way is then used for before its times count, and at least until the JIT has compiled it. */
    static final int UNTIMED_PARTS = 16;
    /** Times that each way then has to show. */
    static final int TIMED_PARTS = 16;

    private final PieceSize reencryptionFeed;
    private int begun; // guarded by this
    private int reencrypted; // guarded by this
    private final Times ofGmac = new Times(); // guarded by this
    private final Times ofReencryption = new Times(); // guarded by this
    private volatile @Nullable Way settled;

    private HashingWay(@Nullable Way settled, PieceSize reencryptionFeed) {
        this.settled = settled;
        this.reencryptionFeed = reencryptionFeed;
    }

    /** Settled for good. */
    static HashingWay always(Way way) {
        return new HashingWay(way, PieceSize.GCM);
    }

    /** To be found out, with a provider that does both. */
    static HashingWay measured() {
        return measured(PieceSize.GCM);
    }

    static HashingWay measured(PieceSize reencryptionFeed) {
        return new HashingWay(null, reencryptionFeed);
    }

    boolean isSettled() {
        return settled != null;
    }

    /** The way for the next part. */
    Way next() {
        Way known = settled;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            begun++;
            if (begun <= UNTRIED_PARTS) {
                return Way.GMAC;
            }
            if (!reencryptionFeed.isWarm() || reencrypted < UNTIMED_PARTS || begun % 2 == 0) {
                reencrypted++;
                return Way.REENCRYPTION;
            }
            return Way.GMAC;
        }
    }

    /** Tells how long a whole part took. */
    synchronized void took(Way way, long nanos) {
        if (settled != null || reencrypted <= UNTIMED_PARTS || !reencryptionFeed.isWarm()) {
            return;
        }
        Times times = way == Way.GMAC ? ofGmac : ofReencryption;
        times.count++;
        times.best = Math.min(times.best, nanos);
        if (ofGmac.count >= TIMED_PARTS && ofReencryption.count >= TIMED_PARTS) {
            settled = ofGmac.best <= ofReencryption.best ? Way.GMAC : Way.REENCRYPTION;
        }
    }

    private static final class Times {
        int count;
        long best = Long.MAX_VALUE;
    }
}
