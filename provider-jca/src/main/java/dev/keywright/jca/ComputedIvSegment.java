/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.Direction;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts by the provider's AES-GCM itself, at the speed of a whole message: a part of the content is encrypted as a
 * message of its own, under the 16-byte IV from which GCM arrives at the part's counter blocks. GCM makes its first counter
 * block J of such an IV as ((IV * H) + L) * H, where L is the block of the IV's length; solved for IV, J given.
 *
 * <p>Each counter block is used once, as in the whole message. A part's own tag, without its mask, is the part's hash.
 */
final class ComputedIvSegment extends GcmSegment {
    /** A part's length; some providers count a message's bytes in an {@code int}. */
    private static final int PART_BYTES = 256 * 1024;

    private final PartialHash hash;
    private final SplitBlock split;
    private final long[] inverse;
    private final byte[] splitPlaintext = new byte[AesCiphers.BLOCK_BYTES];
    private final byte[] dropped = new byte[2 * AesCiphers.BLOCK_BYTES];
    private final byte[] mask = new byte[AesCiphers.BLOCK_BYTES];
    private final long[] unmasked = new long[2];
    private int splitBytes; // of the split block, given to the caller and not yet to the provider
    private @Nullable Cipher gcm;
    private int taken; // bytes in the open part
    private boolean partOpen;

    ComputedIvSegment(GcmKey key, long offset, long maxPlaintextBytes) {
        super(key, Direction.ENCRYPT, offset, maxPlaintextBytes);
        this.hash = new PartialHash(key.hashKey());
        this.split = new SplitBlock(key);
        this.inverse = key.hashKey().inverse();
    }

    @Override
    void process(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        int head = SplitBlock.head(position, length);
        splitBlock(position, in, inOffset, out, outOffset, head);
        int tail = (length - head) % AesCiphers.BLOCK_BYTES;
        int whole = length - head - tail;
        for (int done = 0; done < whole; ) {
            int piece = Math.min(Math.min(PieceSize.GCM.next(), PART_BYTES - taken), whole - done);
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
        Cipher part = part(position);
        int given = part.update(in, inOffset, length, out, outOffset);
        if (given != length) {
            throw new GeneralSecurityException(length + " bytes into AES-GCM, " + given + " out");
        }
        taken += length;
        if (taken == PART_BYTES) {
            endPart(part, 0);
        }
    }

    private Cipher part(long position) throws GeneralSecurityException {
        Cipher cipher = gcm;
        if (cipher == null) {
            cipher = key.ciphers().gcm();
            gcm = cipher;
        }
        if (!partOpen) {
            byte[] first = key.counterBlock(position / AesCiphers.BLOCK_BYTES - 1);
            key.encryptBlock(first, mask);
            cipher.init(Cipher.ENCRYPT_MODE, key.aes(), new GCMParameterSpec(AesCiphers.TAG_BITS, ivFor(first)));
            partOpen = true;
        }
        return cipher;
    }

    /** The IV from which GCM makes this first counter block. */
    private byte[] ivFor(byte[] firstCounterBlock) {
        long[] element = new long[2];
        long[] lengths = new long[2];
        GaloisField.load(firstCounterBlock, 0, element);
        GaloisField.multiply(element, inverse, element);
        GaloisField.lengths(0, firstCounterBlock.length, lengths);
        GaloisField.add(element, lengths);
        GaloisField.multiply(element, inverse, element);
        byte[] iv = new byte[GaloisField.BYTES];
        GaloisField.store(element, iv, 0);
        GaloisField.wipe(element);
        return iv;
    }

    /** @param last bytes of the split block that end the content */
    private void endPart(Cipher part, int last) throws GeneralSecurityException {
        if (part.doFinal(splitPlaintext, 0, last, dropped, 0) != last + GaloisField.BYTES) {
            throw new GeneralSecurityException("AES-GCM ended with something else than its tag");
        }
        GaloisField.load(dropped, last, unmasked);
        GaloisField.add(unmasked, mask, 0);
        hash.appendCall(unmasked, 0, taken + last);
        Arrays.fill(dropped, (byte) 0);
        taken = 0;
        partOpen = false;
    }

    @Override
    long[] hash(long end) throws GeneralSecurityException {
        if (partOpen || splitBytes > 0) {
            endPart(part(end - splitBytes), splitBytes);
            splitBytes = 0;
        }
        return hash.copy();
    }

    @Override
    void forget() {
        split.close();
        hash.close();
        GaloisField.wipe(inverse);
        GaloisField.wipe(unmasked);
        for (byte[] buffer : new byte[][] {splitPlaintext, dropped, mask}) {
            Arrays.fill(buffer, (byte) 0);
        }
        AesCiphers.forget(gcm);
    }
}
