/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.math.BigInteger;
import java.util.Arrays;

/** GCM's field and GHASH bit by bit, as NIST SP 800-38D, sections 6.3 and 6.4, writes them: a reference to test against. */
final class SlowGhash {
    private static final BigInteger R = BigInteger.valueOf(0xe1).shiftLeft(120);

    private SlowGhash() {}

    /** The product of two blocks; the leftmost bit is the coefficient of x^0. */
    static BigInteger multiply(BigInteger x, BigInteger y) {
        BigInteger z = BigInteger.ZERO;
        BigInteger v = y;
        for (int i = 0; i < 128; i++) {
            if (x.testBit(127 - i)) {
                z = z.xor(v);
            }
            v = v.testBit(0) ? v.shiftRight(1).xor(R) : v.shiftRight(1);
        }
        return z;
    }

    static BigInteger power(BigInteger h, long exponent) {
        BigInteger result = BigInteger.ONE.shiftLeft(127);
        BigInteger square = h;
        for (long rest = exponent; rest != 0; rest >>>= 1) {
            if ((rest & 1) != 0) {
                result = multiply(result, square);
            }
            square = multiply(square, square);
        }
        return result;
    }

    /** Goes on from {@code y} over {@code bytes}, padded with zeros to whole blocks. */
    static BigInteger ghash(BigInteger h, BigInteger y, byte[] bytes) {
        BigInteger hash = y;
        for (int at = 0; at < bytes.length; at += 16) {
            byte[] block = Arrays.copyOf(Arrays.copyOfRange(bytes, at, Math.min(at + 16, bytes.length)), 16);
            hash = multiply(hash.xor(new BigInteger(1, block)), h);
        }
        return hash;
    }

    static byte[] block(BigInteger value) {
        byte[] magnitude = value.toByteArray();
        byte[] block = new byte[16];
        int length = Math.min(16, magnitude.length);
        System.arraycopy(magnitude, magnitude.length - length, block, 16 - length, length);
        return block;
    }
}
