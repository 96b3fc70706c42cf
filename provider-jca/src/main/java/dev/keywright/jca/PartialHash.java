/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.Bytes;
import java.util.Arrays;

/**
 * GHASH of a run of ciphertext blocks as if nothing stood before it, times H, without lengths: the form in which runs
 * append by one multiplication and no division. A secret; wiped at {@link #close()}.
 */
final class PartialHash implements AutoCloseable {
    private final HashKey hashKey;
    private final long[] state = new long[2];
    private final long[] term = new long[2];

    PartialHash(HashKey hashKey) {
        this.hashKey = hashKey;
    }

    /** Appends a run of {@code bytes} bytes with this hash. */
    void append(long[] hash, long bytes) {
        hashKey.multiplyByPower(state, blocks(bytes));
        GaloisField.add(state, hash);
    }

    /**
     * Appends the run whose hash a GCM call gave: its tag without mask is (hash + lengths) * H.
     *
     * @param unmaskedTag wiped
     * @param aadBytes the run's length if it went in as additional data, else 0
     * @param textBytes the run's length if it was encrypted, else 0
     */
    void appendCall(long[] unmaskedTag, long aadBytes, long textBytes) {
        GaloisField.lengths(aadBytes, textBytes, term);
        hashKey.multiply(term);
        GaloisField.add(unmaskedTag, term);
        append(unmaskedTag, aadBytes + textBytes);
        GaloisField.wipe(unmaskedTag);
    }

    /** Puts a message's additional data before all that is appended. */
    void appendAad(byte[] aad) {
        byte[] block = new byte[GaloisField.BYTES];
        for (int done = 0; done < aad.length; done += block.length) {
            Arrays.fill(block, (byte) 0);
            System.arraycopy(aad, done, block, 0, Math.min(block.length, aad.length - done));
            GaloisField.load(block, 0, term);
            hashKey.multiplyByPower(term, 2);
            append(term, block.length);
        }
    }

    /** The tag of a message that is additional data and {@code textBytes} of ciphertext, both appended. */
    Bytes tag(GcmKey key, long textBytes) {
        GaloisField.lengths(key.aad().length, textBytes, term);
        hashKey.multiply(term);
        GaloisField.add(term, state);
        key.addTagMask(term);
        byte[] tag = new byte[GaloisField.BYTES];
        GaloisField.store(term, tag, 0);
        return Bytes.copyOf(tag);
    }

    /** A copy of the hash, which the receiver wipes. */
    long[] copy() {
        return state.clone();
    }

    static long blocks(long bytes) {
        return (bytes + AesCiphers.BLOCK_BYTES - 1) / AesCiphers.BLOCK_BYTES;
    }

    @Override
    public void close() {
        GaloisField.wipe(state);
        GaloisField.wipe(term);
    }
}
