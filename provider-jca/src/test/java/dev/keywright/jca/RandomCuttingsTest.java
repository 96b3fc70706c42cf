/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentCipher;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Thousands of messages, cut at random, in any order and on up to eight threads: each is the JDK's one-shot AES-GCM. */
class RandomCuttingsTest {
    private static final List<AlgorithmSuite> SUITES = List.of(
            AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);

    /** Around a block, a small piece, a large piece, and one and two parts. */
    private static final List<Integer> EDGES = List.of(0, 16, 32, 512, 16 * 1024, 256 * 1024, 512 * 1024);

    private final long seed = System.nanoTime();

    @TestFactory
    Stream<DynamicTest> everyEngine_randomCuttings_equalsTheJdk() {
        return Engines.all().entrySet().stream()
                .map(engine -> DynamicTest.dynamicTest(engine.getKey(), () -> check(engine.getValue())));
    }

    private void check(Optional<ContentCipher> cipher) {
        assumeTrue(cipher.isPresent(), "it does not load here, or does not work so");
        for (int length : new int[] {0, 1, 15, 16, 17}) {
            one(cipher.get(), seed + length, length, new int[] {1}, 1, -1);
        }
        Random random = new Random(seed);
        IntStream.range(0, 250).forEach(round -> {
            boolean edge = random.nextInt(20) == 0;
            int length = edge
                    ? Math.max(0, EDGES.get(random.nextInt(EDGES.size())) + random.nextInt(3) - 1)
                    : random.nextInt(4000);
            int[] blocks = IntStream.generate(() -> 1 + random.nextInt(1 + length / 24))
                    .limit(5)
                    .toArray();
            int threads = random.nextInt(8) == 0 ? 1 + random.nextInt(8) : 1;
            int flipped = random.nextBoolean() ? random.nextInt(1 << 20) : -1;
            one(cipher.get(), random.nextLong(), length, blocks, threads, flipped);
        });
    }

    private void one(ContentCipher cipher, long messageSeed, int length, int[] blocks, int threads, int flippedBit) {
        AlgorithmSuite suite = SUITES.get((int) (messageSeed & 1));
        try (CutMessage message = CutMessage.of(suite, messageSeed, length, blocks, threads)) {
            try {
                message.check(cipher, flippedBit);
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(
                        message + ", bit " + flippedBit + ", message seed " + messageSeed + ", seed " + seed, e);
            }
        }
    }
}
