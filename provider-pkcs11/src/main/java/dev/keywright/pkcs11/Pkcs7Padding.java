/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.security.GeneralSecurityException;
import java.util.Arrays;

/** The padding to whole blocks of 16 bytes (RFC 5652, section 6.3), where a token leaves it on. */
final class Pkcs7Padding {
    private static final int BLOCK_BYTES = 16;

    private Pkcs7Padding() {}

    /**
     * What was padded; {@code padded} is wiped. Looks at all the bytes of the last block whatever they are, and says one
     * thing of every fault.
     *
     * @throws GeneralSecurityException if the padding is not right
     */
    static byte[] removed(byte[] padded) throws GeneralSecurityException {
        try {
            int length = padded.length;
            if (length == 0 || length % BLOCK_BYTES != 0) {
                throw new GeneralSecurityException("no whole blocks");
            }
            int count = padded[length - 1] & 0xff;
            int wrong = isBelow(count, 1) | isBelow(BLOCK_BYTES, count);
            for (int i = 1; i <= BLOCK_BYTES; i++) {
                int isPadding = ~isBelow(count, i);
                wrong |= isPadding & ((padded[length - i] & 0xff) ^ count);
            }
            if (wrong != 0) {
                throw new GeneralSecurityException("the padding is not right");
            }
            return Arrays.copyOf(padded, length - count);
        } finally {
            Arrays.fill(padded, (byte) 0);
        }
    }

    /** All bits set if {@code a < b}, else none; both are small and not negative. */
    private static int isBelow(int a, int b) {
        return (a - b) >> 31;
    }
}
