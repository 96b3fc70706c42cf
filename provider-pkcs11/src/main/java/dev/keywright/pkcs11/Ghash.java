/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.ByteBuffer;

/**
 * GHASH (NIST SP 800-38D, section 6.4) of a few blocks, where the token has no AES-GCM. No branch and no address depends on a
 * secret; it is slow for that, and made for data keys.
 */
final class Ghash implements AutoCloseable {
    private static final int BLOCK_BYTES = 16;
    private static final long REDUCTION = 0xE1L << 56;

    private long keyHigh;
    private long keyLow;
    private long high;
    private long low;

    /** @param key the cipher's output for the block of zeros; not kept */
    Ghash(byte[] key) {
        ByteBuffer words = ByteBuffer.wrap(key);
        keyHigh = words.getLong();
        keyLow = words.getLong();
    }

    /** Whole blocks, the last filled up with zeros. */
    void update(byte[] data) {
        for (int at = 0; at < data.length; at += BLOCK_BYTES) {
            long first = 0;
            long second = 0;
            for (int i = 0; i < BLOCK_BYTES; i++) {
                long value = at + i < data.length ? data[at + i] & 0xffL : 0;
                if (i < Long.BYTES) {
                    first = (first << Byte.SIZE) | value;
                } else {
                    second = (second << Byte.SIZE) | value;
                }
            }
            block(first, second);
        }
    }

    /** The last block: how long data and ciphertext were. */
    void lengths(int aadBytes, int ciphertextBytes) {
        block((long) aadBytes * Byte.SIZE, (long) ciphertextBytes * Byte.SIZE);
    }

    private void block(long first, long second) {
        long xHigh = high ^ first;
        long xLow = low ^ second;
        long vHigh = keyHigh;
        long vLow = keyLow;
        long zHigh = 0;
        long zLow = 0;
        for (int i = 0; i < 128; i++) {
            long word = i < Long.SIZE ? xHigh : xLow; // by the place, which is no secret
            long bit = -((word >>> (Long.SIZE - 1 - i % Long.SIZE)) & 1);
            zHigh ^= vHigh & bit;
            zLow ^= vLow & bit;
            long carry = -(vLow & 1);
            vLow = (vLow >>> 1) | (vHigh << (Long.SIZE - 1));
            vHigh = (vHigh >>> 1) ^ (REDUCTION & carry);
        }
        high = zHigh;
        low = zLow;
    }

    byte[] value() {
        return ByteBuffer.allocate(BLOCK_BYTES).putLong(high).putLong(low).array();
    }

    /** Forgets the key. */
    @Override
    public void close() {
        keyHigh = 0;
        keyLow = 0;
        high = 0;
        low = 0;
    }
}
