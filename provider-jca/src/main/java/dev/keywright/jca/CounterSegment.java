/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.jca.HashingWay.Way;
import dev.keywright.spi.ContentCipher.Direction;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Encrypts or decrypts by the provider's AES-CTR, and hashes the ciphertext in the way that {@link HashingWay} says for each
 * part, or not at all where no digest is wanted.
 */
final class CounterSegment extends GcmSegment {
    private static final long NOWHERE = -1;

    private final boolean encrypts;
    private final boolean hashes;
    private final HashingWay hashing;
    private final PartialHash hash;
    private final CiphertextHash gmac;
    private final Reencryption reencryption;
    private final SplitBlock split;
    private @Nullable Cipher ctr;
    private long ctrPosition = NOWHERE;
    private Way way = Way.GMAC; // of the open part
    private int partBytes; // in the open part
    private long partNanos; // spent on it

    CounterSegment(GcmKey key, Direction direction, long offset, long maxPlaintextBytes, HashingWay hashing) {
        super(key, direction, offset, maxPlaintextBytes);
        this.encrypts = direction == Direction.ENCRYPT;
        this.hashes = direction != Direction.DECRYPT_UNAUTHENTICATED;
        this.hashing = hashing;
        this.hash = new PartialHash(key.hashKey());
        this.gmac = new CiphertextHash(key, hash);
        this.reencryption = new Reencryption(key, hash);
        this.split = new SplitBlock(key);
    }

    @Override
    void process(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        if (!hashes) {
            crypt(position, in, inOffset, out, outOffset, length);
            return;
        }
        for (int done = 0; done < length; ) {
            if (partBytes == 0) {
                way = hashing.next();
            }
            int piece = Math.min(length - done, ComputedIvParts.PART_BYTES - partBytes);
            ofOnePart(position + done, in, inOffset + done, out, outOffset + done, piece);
            done += piece;
        }
    }

    private void ofOnePart(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        long begun = hashing.isSettled() ? 0 : System.nanoTime();
        boolean hashesInput = encrypts == (way == Way.REENCRYPTION);
        if (hashesInput) { // before the output takes its place
            hash(position, in, inOffset, length);
        }
        crypt(position, in, inOffset, out, outOffset, length);
        if (!hashesInput) {
            hash(position, out, outOffset, length);
        }
        partBytes += length;
        if (partBytes == ComputedIvParts.PART_BYTES) {
            endPart();
        }
        if (begun != 0) {
            partNanos += System.nanoTime() - begun;
            if (partBytes == 0) {
                hashing.took(way, partNanos);
                partNanos = 0;
            }
        }
    }

    /** Ciphertext for GMAC, plaintext for re-encryption. */
    private void hash(long position, byte[] bytes, int offset, int length) throws GeneralSecurityException {
        if (way == Way.GMAC) {
            gmac.update(bytes, offset, length);
        } else {
            reencryption.update(position, bytes, offset, length);
        }
    }

    private void endPart() throws GeneralSecurityException {
        gmac.flush();
        reencryption.flush();
        partBytes = 0;
    }

    private void crypt(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        int head = SplitBlock.head(position, length);
        split.crypt(position, in, inOffset, out, outOffset, head);
        int tail = (length - head) % AesCiphers.BLOCK_BYTES;
        int whole = length - head - tail;
        if (whole > 0) {
            wholeBlocks(position + head, in, inOffset + head, out, outOffset + head, whole);
        }
        if (tail > 0) {
            int begin = head + whole;
            split.crypt(position + begin, in, inOffset + begin, out, outOffset + begin, tail);
        }
    }

    private void wholeBlocks(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        Cipher stream = ctr;
        if (stream == null) {
            stream = key.ciphers().ctr();
            ctr = stream;
        }
        if (ctrPosition != position) {
            stream.init(
                    Cipher.ENCRYPT_MODE,
                    key.aes(),
                    new IvParameterSpec(key.counterBlock(position / AesCiphers.BLOCK_BYTES)));
        }
        int given = 0;
        int done = 0;
        while (done < length) {
            int piece = Math.min(PieceSize.CTR.next(), length - done);
            given += stream.update(in, inOffset + done, piece, out, outOffset + given);
            done += piece;
        }
        ctrPosition = position + length;
        if (given != length) { // the provider holds something back: have it out, and begin anew
            given += stream.doFinal(out, outOffset + given);
            ctrPosition = NOWHERE;
        }
        if (given != length) {
            throw new GeneralSecurityException(length + " bytes into AES-CTR, " + given + " out");
        }
    }

    @Override
    long[] hash(long end) throws GeneralSecurityException {
        endPart();
        return hash.copy();
    }

    @Override
    void forget() {
        split.close();
        gmac.close();
        reencryption.close();
        hash.close();
        AesCiphers.forget(ctr);
    }
}
