/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.GeneralSecurityException;
import java.util.Arrays;

/** The keystream of a block that the caller's cuts have split, so that each byte comes out with its own call. */
final class SplitBlock implements AutoCloseable {
    private final GcmKey key;
    private final byte[] keystream = new byte[AesCiphers.BLOCK_BYTES];

    SplitBlock(GcmKey key) {
        this.key = key;
    }

    /** How many bytes of a run at {@code position} belong to a block begun before it. */
    static int head(long position, int length) {
        int within = (int) (position % AesCiphers.BLOCK_BYTES);
        return within == 0 ? 0 : Math.min(AesCiphers.BLOCK_BYTES - within, length);
    }

    /** Encrypts or decrypts bytes of one block; those of one block come in order. */
    void crypt(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        int within = (int) (position % AesCiphers.BLOCK_BYTES);
        if (within == 0) {
            key.encryptBlock(key.counterBlock(position / AesCiphers.BLOCK_BYTES), keystream);
        }
        for (int i = 0; i < length; i++) {
            out[outOffset + i] = (byte) (in[inOffset + i] ^ keystream[within + i]);
        }
    }

    @Override
    public void close() {
        Arrays.fill(keystream, (byte) 0);
    }
}
