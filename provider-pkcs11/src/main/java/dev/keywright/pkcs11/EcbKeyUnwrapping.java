/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/** Opens wrapped keys of RFC 3394 (section 2.2.2, its default initial value) by decrypting one block after the other. */
final class EcbKeyUnwrapping {
    private static final int HALF_BLOCK = 8;
    private static final int BLOCK_BYTES = 16;
    private static final int ROUNDS = 6;
    private static final byte[] INITIAL_VALUE = filled((byte) 0xA6);

    /** A data key has 32 bytes at most. */
    private static final int MAX_WRAPPED_BYTES = 40;

    private EcbKeyUnwrapping() {}

    /** Decrypts one block by the master key. */
    @FunctionalInterface
    interface BlockCipher {
        byte[] decrypted(byte[] block) throws CryptokiException;
    }

    private static byte[] filled(byte value) {
        byte[] bytes = new byte[HALF_BLOCK];
        Arrays.fill(bytes, value);
        return bytes;
    }

    /**
     * The key, which the caller wipes.
     *
     * @throws GeneralSecurityException if it does not open, whatever the cause
     */
    static byte[] opened(byte[] wrapped, BlockCipher cipher) throws CryptokiException, GeneralSecurityException {
        int halves = wrapped.length / HALF_BLOCK - 1;
        if (wrapped.length % HALF_BLOCK != 0 || halves < 2 || wrapped.length > MAX_WRAPPED_BYTES) {
            throw new GeneralSecurityException("no wrapped key has this length");
        }
        byte[] registers = wrapped.clone(); // first the one that the initial value shall come out of
        byte[] block = new byte[BLOCK_BYTES];
        try {
            for (int step = ROUNDS * halves; step > 0; step--) {
                int at = ((step - 1) % halves + 1) * HALF_BLOCK;
                System.arraycopy(registers, 0, block, 0, HALF_BLOCK);
                System.arraycopy(registers, at, block, HALF_BLOCK, HALF_BLOCK);
                block[HALF_BLOCK - 1] ^= (byte) step; // which is 24 at most
                byte[] opened = cipher.decrypted(block);
                try {
                    if (opened.length != BLOCK_BYTES) {
                        throw new GeneralSecurityException("the token gave no whole block");
                    }
                    ByteBuffer.wrap(opened).get(0, registers, 0, HALF_BLOCK).get(HALF_BLOCK, registers, at, HALF_BLOCK);
                } finally {
                    Arrays.fill(opened, (byte) 0);
                }
            }
            if (!MessageDigest.isEqual(Arrays.copyOf(registers, HALF_BLOCK), INITIAL_VALUE)) {
                throw new GeneralSecurityException("the initial value did not come out");
            }
            return Arrays.copyOfRange(registers, HALF_BLOCK, registers.length);
        } finally {
            Arrays.fill(registers, (byte) 0);
            Arrays.fill(block, (byte) 0);
        }
    }
}
