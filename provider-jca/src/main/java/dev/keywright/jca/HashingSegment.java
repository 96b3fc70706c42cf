/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.Direction;
import java.security.GeneralSecurityException;

/** Takes ciphertext and gives nothing but its hash. */
final class HashingSegment extends GcmSegment {
    private final PartialHash hash;
    private final CiphertextHash gmac;

    HashingSegment(GcmKey key, long offset, long maxPlaintextBytes) {
        super(key, Direction.AUTHENTICATE, offset, maxPlaintextBytes);
        this.hash = new PartialHash(key.hashKey());
        this.gmac = new CiphertextHash(key, hash);
    }

    @Override
    void process(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        gmac.update(in, inOffset, length);
    }

    @Override
    long[] hash(long end) throws GeneralSecurityException {
        gmac.flush();
        return hash.copy();
    }

    @Override
    void forget() {
        gmac.close();
        hash.close();
    }
}
