/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GaloisFieldTest {
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @Test
    void multiply_randomElements_equalsBitByBit() {
        for (int i = 0; i < 300; i++) {
            check(randomBlock(), randomBlock());
        }
    }

    @Test
    void multiply_extremes_equalsBitByBit() {
        BigInteger ones = BigInteger.ONE.shiftLeft(128).subtract(BigInteger.ONE);
        List<BigInteger> extremes = List.of(
                BigInteger.ZERO,
                BigInteger.ONE,
                BigInteger.ONE.shiftLeft(127),
                BigInteger.ONE.shiftLeft(64),
                BigInteger.ONE.shiftLeft(63),
                ones,
                new BigInteger("88888888888888888888888888888888", 16),
                new BigInteger("11111111111111111111111111111111", 16));
        for (BigInteger x : extremes) {
            for (BigInteger y : extremes) {
                check(x, y);
            }
        }
    }

    private void check(BigInteger x, BigInteger y) {
        long[] product = element(x);
        GaloisField.multiply(product, element(y), product);
        assertThat(bytes(product))
                .as("%x * %x, seed %d", x, y, seed)
                .isEqualTo(SlowGhash.block(SlowGhash.multiply(x, y)));
        long[] square = element(x);
        GaloisField.square(square, square);
        assertThat(bytes(square))
                .as("%x squared, seed %d", x, seed)
                .isEqualTo(SlowGhash.block(SlowGhash.multiply(x, x)));
    }

    @Test
    void invert_timesItself_isOne() {
        byte[] one = HexFormat.of().parseHex("80000000000000000000000000000000");
        for (int i = 0; i < 50; i++) {
            long[] x = element(randomBlock());
            long[] inverse = x.clone();
            GaloisField.invert(inverse, inverse);
            GaloisField.multiply(inverse, x, inverse);
            assertThat(bytes(inverse)).as("seed %d", seed).isEqualTo(one);
        }
    }

    @Test
    void hashKey_powers_equalRepeatedMultiplication() {
        BigInteger h = randomBlock();
        HashKey key = new HashKey(SlowGhash.block(h), 0);
        for (long exponent : new long[] {0, 1, 2, 3, 32, 1023, 1024, (1L << 32) - 2}) {
            BigInteger x = randomBlock();
            long[] element = element(x);
            key.multiplyByPower(element, exponent);
            assertThat(bytes(element))
                    .as("H^%d, seed %d", exponent, seed)
                    .isEqualTo(SlowGhash.block(SlowGhash.multiply(x, SlowGhash.power(h, exponent))));
        }
    }

    @Test
    void hashKey_ofZero_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new HashKey(new byte[16], 0))
                .withMessageContaining("zero");
    }

    @Test
    void hashKey_closed_holdsNothing() {
        HashKey key = new HashKey(SlowGhash.block(randomBlock()), 0);
        key.close();
        long[] x = element(BigInteger.ONE);
        key.multiply(x);
        assertThat(x).containsOnly(0);
    }

    private BigInteger randomBlock() {
        return new BigInteger(128, random);
    }

    private static long[] element(BigInteger block) {
        long[] element = new long[2];
        GaloisField.load(SlowGhash.block(block), 0, element);
        return element;
    }

    private static byte[] bytes(long[] element) {
        byte[] bytes = new byte[16];
        GaloisField.store(element, bytes, 0);
        return bytes;
    }
}
