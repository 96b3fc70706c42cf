/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentCipher;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Fuzzes the content engine against the JDK's one-shot AES-GCM, in both directions. The input says which engine, suite and
 * length, whether and where a bit is flipped, from which seed key, IV, plaintext, order and pieces are made, and then, a byte
 * each, how many blocks the segments have, or some times as many.
 */
public final class GcmFuzz {
    private static final int HEADER_BYTES = 16;
    private static final List<Optional<ContentCipher>> ENGINES =
            List.copyOf(Engines.all().values());

    private GcmFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < HEADER_BYTES) {
            return;
        }
        ByteBuffer in = ByteBuffer.wrap(input);
        Optional<ContentCipher> engine = ENGINES.get((in.get() & 0xff) % ENGINES.size());
        int flags = in.get();
        long seed = in.getLong();
        int length = length(flags >> 1 & 7, in.getShort() & 0xffff);
        int bit = in.getInt() & Integer.MAX_VALUE;
        int[] blocks = new int[Math.max(1, in.remaining())];
        blocks[0] = length; // for one segment, if no more is said
        for (int i = 0; in.hasRemaining(); i++) {
            blocks[i] = (in.get() & 0xff) * (1 + length / 5000); // of long content, no thousands
        }
        if (engine.isEmpty()) {
            return;
        }
        AlgorithmSuite suite = (flags & 1) == 0
                ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
        try (CutMessage message = CutMessage.of(suite, seed, length, blocks, 1)) {
            message.check(engine.get(), (flags & 16) == 0 ? -1 : bit);
        }
    }

    /** Short, up to some small pieces, around a large piece, around a part of a computed IV. */
    private static int length(int kind, int given) {
        return switch (kind) {
            case 0, 1, 2 -> given % 300;
            case 3, 4, 5 -> given % 5000;
            case 6 -> PieceSize.FULL - 64 + given % 128;
            default -> ComputedIvParts.PART_BYTES - 64 + given % 128;
        };
    }
}
