/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.Direction;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/** Encrypts by the provider's AES-GCM itself, at the speed of a whole message, in {@link ComputedIvParts}. */
final class ComputedIvSegment extends GcmSegment {
    private final PartialHash hash;
    private final ComputedIvParts parts;
    private final SplitBlock split;
    private final byte[] splitPlaintext = new byte[AesCiphers.BLOCK_BYTES];
    private final byte[] dropped = new byte[2 * AesCiphers.BLOCK_BYTES];
    private int splitBytes; // of the split block, given to the caller and not yet to the provider

    ComputedIvSegment(GcmKey key, long offset, long maxPlaintextBytes) {
        super(key, Direction.ENCRYPT, offset, maxPlaintextBytes);
        this.hash = new PartialHash(key.hashKey());
        this.parts = new ComputedIvParts(key, hash);
        this.split = new SplitBlock(key);
    }

    @Override
    void process(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        int head = SplitBlock.head(position, length);
        splitBlock(position, in, inOffset, out, outOffset, head);
        int tail = (length - head) % AesCiphers.BLOCK_BYTES;
        int whole = length - head - tail;
        for (int done = 0; done < whole; ) {
            int piece = Math.min(Math.min(PieceSize.GCM.next(), parts.room()), whole - done);
            encrypt(position + head + done, in, inOffset + head + done, out, outOffset + head + done, piece);
            done += piece;
        }
        int begin = head + whole;
        splitBlock(position + begin, in, inOffset + begin, out, outOffset + begin, tail);
    }

    /** Gives the caller each byte now, and the provider the block once it is whole. */
    private void splitBlock(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        if (length == 0) {
            return;
        }
        System.arraycopy(in, inOffset, splitPlaintext, splitBytes, length);
        split.crypt(position, in, inOffset, out, outOffset, length);
        splitBytes += length;
        if (splitBytes == AesCiphers.BLOCK_BYTES) {
            encrypt(position + length - splitBytes, splitPlaintext, 0, dropped, 0, splitBytes);
            splitBytes = 0;
        }
    }

    /** Whole blocks, of one part. */
    private void encrypt(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        int given = parts.update(position, in, inOffset, length, out, outOffset);
        if (given != length) {
            throw new GeneralSecurityException(length + " bytes into AES-GCM, " + given + " out");
        }
        if (parts.room() == 0) {
            parts.end(position + length, splitPlaintext, 0, dropped);
        }
    }

    @Override
    long[] hash(long end) throws GeneralSecurityException {
        parts.end(end - splitBytes, splitPlaintext, splitBytes, dropped);
        splitBytes = 0;
        return hash.copy();
    }

    @Override
    void forget() {
        split.close();
        parts.close();
        hash.close();
        Arrays.fill(splitPlaintext, (byte) 0);
        Arrays.fill(dropped, (byte) 0);
    }
}
