/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.IntegrityException;
import java.util.Arrays;

/** PKCS#7 padding (RFC 5652, section 6.3) of a last block, looked at without a branch that depends on it. */
final class CbcPadding {
    private CbcPadding() {}

    /**
     * How many bytes of the block are plaintext.
     *
     * @throws IntegrityException {@link #failure} if its padding is none, or the key was rejected; the block is then wiped
     */
    static int requirePlaintextBytes(byte[] block, boolean keyRejected) {
        int plaintextBytes = plaintextBytes(block);
        if (keyRejected || plaintextBytes < 0) {
            Arrays.fill(block, (byte) 0);
            throw failure();
        }
        return plaintextBytes;
    }

    /** The one error of unauthenticated content; without a cause, which could tell. */
    static IntegrityException failure() {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "the content does not decrypt: the body or its wrapped key were altered or truncated, or the "
                        + "master key is another (nothing in this object is authenticated)");
    }

    /** How many bytes of the block are plaintext; -1 if its padding is none. */
    static int plaintextBytes(byte[] block) {
        int last = block[block.length - 1] & 0xff;
        int plaintextBytes = block.length - last;
        int wrong = ((last - 1) | plaintextBytes) >>> (Integer.SIZE - 1);
        for (int i = 0; i < block.length; i++) {
            int isPadding = ~((i - plaintextBytes) >> (Integer.SIZE - 1));
            wrong |= isPadding & (block[i] ^ last) & 0xff;
        }
        int isRight = (wrong - 1) >> (Integer.SIZE - 1);
        return (isRight & plaintextBytes) | ~isRight;
    }
}
