/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Arithmetic in the field of GCM, GF(2^128) modulo x^128 + x^7 + x^2 + x + 1 (NIST SP 800-38D, section 6.3).
 *
 * <p>An element is a {@code long[2]}: bit i of the first word is the coefficient of x^i, bit i of the second that of
 * x^(64+i). Elements are secrets, so no branch and no index depends on one, and whoever makes an array wipes it.
 */
final class GaloisField {
    /** Length of an element as bytes. */
    static final int BYTES = 16;

    private static final VarHandle BIG_ENDIAN =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    /** Every fourth bit, from bit 0; shifted, the other three quarters. */
    private static final long QUARTER = 0x1111111111111111L;

    private GaloisField() {}

    /** The element in 16 bytes: the first bit of the first byte is the coefficient of x^0. */
    static void load(byte[] bytes, int offset, long[] into) {
        into[0] = Long.reverse((long) BIG_ENDIAN.get(bytes, offset));
        into[1] = Long.reverse((long) BIG_ENDIAN.get(bytes, offset + 8));
    }

    /** The 16 bytes of an element. */
    static void store(long[] element, byte[] bytes, int offset) {
        BIG_ENDIAN.set(bytes, offset, Long.reverse(element[0]));
        BIG_ENDIAN.set(bytes, offset + 8, Long.reverse(element[1]));
    }

    /** Adds 16 bytes to an element. */
    static void add(long[] into, byte[] bytes, int offset) {
        into[0] ^= Long.reverse((long) BIG_ENDIAN.get(bytes, offset));
        into[1] ^= Long.reverse((long) BIG_ENDIAN.get(bytes, offset + 8));
    }

    /** Adds an element. */
    static void add(long[] into, long[] element) {
        into[0] ^= element[0];
        into[1] ^= element[1];
    }

    /** The block of two lengths in bits that ends what GHASH takes. */
    static void lengths(long aadBytes, long textBytes, long[] into) {
        into[0] = Long.reverse(8 * aadBytes);
        into[1] = Long.reverse(8 * textBytes);
    }

    /** {@code into = x * y}; any of the three may be the same array. */
    static void multiply(long[] x, long[] y, long[] into) {
        long low = lowProduct(x[0], y[0]);
        long lowCarry = highProduct(x[0], y[0]);
        long high = lowProduct(x[1], y[1]);
        long highCarry = highProduct(x[1], y[1]);
        // Karatsuba: the two mixed products from one of sums.
        long sumX = x[0] ^ x[1];
        long sumY = y[0] ^ y[1];
        long mixed = lowProduct(sumX, sumY) ^ low ^ high;
        long mixedCarry = highProduct(sumX, sumY) ^ lowCarry ^ highCarry;
        reduce(low, lowCarry ^ mixed, high ^ mixedCarry, highCarry, into);
    }

    /** {@code into = x * x}; both may be the same array. */
    static void square(long[] x, long[] into) {
        reduce(spread(x[0]), spread(x[0] >>> 32), spread(x[1]), spread(x[1] >>> 32), into);
    }

    /** {@code into = 1 / x}, and 0 for 0; both may be the same array. */
    static void invert(long[] x, long[] into) {
        // Fermat: x^(2^128 - 2) = (x^(2^127 - 1))^2. Raised to 2^n - 1, for n = 1, 3, 7, ... 127.
        long[] raised = x.clone();
        long[] shifted = new long[2];
        for (int n = 1; n < 127; n = 2 * n + 1) {
            shifted[0] = raised[0];
            shifted[1] = raised[1];
            for (int i = 0; i < n; i++) {
                square(shifted, shifted);
            }
            multiply(shifted, raised, raised);
            square(raised, raised);
            multiply(raised, x, raised);
        }
        square(raised, into);
        wipe(raised);
        wipe(shifted);
    }

    /** Overwrites elements. */
    static void wipe(long[] elements) {
        Arrays.fill(elements, 0);
    }

    /** 256 bits, lowest coefficients first, to 128: x^128 = x^7 + x^2 + x + 1. */
    private static void reduce(long z0, long z1, long z2, long z3, long[] into) {
        long y2 = z2 ^ (z3 >>> 63) ^ (z3 >>> 62) ^ (z3 >>> 57);
        long y1 = z1 ^ z3 ^ (z3 << 1) ^ (z3 << 2) ^ (z3 << 7);
        into[0] = z0 ^ y2 ^ (y2 << 1) ^ (y2 << 2) ^ (y2 << 7);
        into[1] = y1 ^ (y2 >>> 63) ^ (y2 >>> 62) ^ (y2 >>> 57);
    }

    /**
     * The low 64 bits of a carry-less product. The operands are taken by quarters whose bits stand four apart: in an integer
     * product, at most 16 ones meet in a place, so a carry spoils only the three bits between, and the last carry falls off.
     */
    private static long lowProduct(long x, long y) {
        long product = 0;
        for (int place = 0; place < 4; place++) {
            long sum = 0;
            for (int i = 0; i < 4; i++) {
                long quarterX = x & (QUARTER << i);
                long quarterY = y & (QUARTER << ((place - i) & 3));
                sum ^= quarterX * quarterY;
            }
            product |= sum & (QUARTER << place);
        }
        return product;
    }

    /** The high 64 bits (the topmost is 0): those of the product of the mirrored operands, mirrored back. */
    private static long highProduct(long x, long y) {
        return Long.reverse(lowProduct(Long.reverse(x), Long.reverse(y))) >>> 1;
    }

    /** Puts a zero before each of the low 32 bits. */
    private static long spread(long bits) {
        long x = bits & 0x00000000ffffffffL;
        x = (x | (x << 16)) & 0x0000ffff0000ffffL;
        x = (x | (x << 8)) & 0x00ff00ff00ff00ffL;
        x = (x | (x << 4)) & 0x0f0f0f0f0f0f0f0fL;
        x = (x | (x << 2)) & 0x3333333333333333L;
        return (x | (x << 1)) & 0x5555555555555555L;
    }
}
