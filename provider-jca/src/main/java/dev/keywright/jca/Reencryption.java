/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * Learns the hash of ciphertext from its plaintext: encrypts that again in {@link ComputedIvParts}, and drops what it gives.
 * Faster than GMAC where the provider hashes while it encrypts.
 */
final class Reencryption implements AutoCloseable {
    /** More than any provider that is used for this holds back. */
    private static final int SPARE_BYTES = 1024;

    private static final byte[] NOTHING = {};

    private final ComputedIvParts parts;
    private byte[] dropped = NOTHING;

    Reencryption(GcmKey key, PartialHash hash) {
        this.parts = new ComputedIvParts(key, hash);
    }

    /** Takes plaintext, in runs of any length, of one part. */
    void update(long position, byte[] plaintext, int offset, int length) throws GeneralSecurityException {
        int done = 0;
        while (done < length) {
            int piece = Math.min(PieceSize.GCM.next(), length - done);
            if (dropped.length < piece + SPARE_BYTES) {
                dropped = new byte[piece + SPARE_BYTES];
            }
            parts.update(position + done, plaintext, offset + done, piece, dropped, 0);
            done += piece;
        }
    }

    /** Ends the open part, if there is one. */
    void flush() throws GeneralSecurityException {
        parts.end(0, NOTHING, 0, dropped);
    }

    @Override
    public void close() {
        parts.close();
        Arrays.fill(dropped, (byte) 0);
    }
}
