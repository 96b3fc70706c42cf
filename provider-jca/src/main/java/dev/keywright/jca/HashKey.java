/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

/**
 * GCM's hash key H, the encrypted zero block, and its powers. With H anyone forges, so it is wiped at {@link #close()}.
 * One thread at a time.
 */
final class HashKey implements AutoCloseable {
    private final long[] h = new long[2];
    private final long[] inverse = new long[2];
    private final long[] power = new long[2];
    private boolean inverted; // whether inverse is computed yet: it costs as much as a small object
    private long powerOf = -1;

    /** @throws IllegalArgumentException if H is zero (a chance of 2^-128), which would authenticate nothing */
    HashKey(byte[] encryptedZeroBlock, int offset) {
        GaloisField.load(encryptedZeroBlock, offset, h);
        if ((h[0] | h[1]) == 0) {
            throw new IllegalArgumentException("the GCM hash key of this content key is zero: take another key");
        }
    }

    /** {@code element *= H}. */
    void multiply(long[] element) {
        GaloisField.multiply(element, h, element);
    }

    /** {@code element *= H^exponent}; the exponent is a count of blocks, and public. */
    void multiplyByPower(long[] element, long exponent) {
        if (exponent != powerOf) {
            raise(exponent);
            powerOf = exponent;
        }
        GaloisField.multiply(element, power, element);
    }

    private void raise(long exponent) {
        power[0] = 1;
        power[1] = 0;
        for (int bit = 63 - Long.numberOfLeadingZeros(exponent); bit >= 0; bit--) {
            GaloisField.square(power, power);
            if ((exponent >>> bit & 1) != 0) {
                GaloisField.multiply(power, h, power);
            }
        }
    }

    /** {@code element /= H}. */
    void divide(long[] element) {
        if (!inverted) {
            GaloisField.invert(h, inverse);
            inverted = true;
        }
        GaloisField.multiply(element, inverse, element);
    }

    @Override
    public void close() {
        GaloisField.wipe(h);
        GaloisField.wipe(inverse);
        GaloisField.wipe(power);
        powerOf = -1;
    }
}
