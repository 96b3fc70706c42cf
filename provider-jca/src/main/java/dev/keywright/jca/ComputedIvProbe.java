/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Finds out whether a provider's AES-GCM takes 16-byte IVs rightly, by encrypting the same bytes by both ways. Some
 * providers take 12-byte IVs only, and some hold ciphertext back.
 */
final class ComputedIvProbe {
    /** Not at the start of a message, several calls, an end within a block. */
    private static final long OFFSET = 1 << 20;

    private static final int LENGTH = 2 * PieceSize.SMALL + 5;

    private ComputedIvProbe() {}

    /**
     * Whether it does.
     *
     * @throws IllegalArgumentException if the provider can't encrypt by the other way either
     */
    static boolean passes(AesCiphers ciphers) {
        ByteBuffer byCounter = ByteBuffer.allocate(LENGTH);
        ByteBuffer byIv = ByteBuffer.allocate(LENGTH);
        try (SegmentDigest wanted = encrypt(ciphers, false, byCounter)) {
            return sameByIv(ciphers, byIv, wanted) && Arrays.equals(byCounter.array(), byIv.array());
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException(
                    "the AES of " + ciphers
                            + " does not encrypt content: a provider that works in the process is wanted",
                    e);
        }
    }

    private static boolean sameByIv(AesCiphers ciphers, ByteBuffer out, SegmentDigest wanted) {
        try (SegmentDigest found = encrypt(ciphers, true, out)) {
            return wanted.sameAs(found);
        } catch (IllegalStateException refused) {
            return false;
        }
    }

    private static SegmentDigest encrypt(AesCiphers ciphers, boolean byIv, ByteBuffer out) {
        byte[] fixed = new byte[32];
        Arrays.fill(fixed, (byte) 0x4b);
        GcmKey key = GcmKey.of(fixed, Arrays.copyOf(fixed, AesCiphers.NONCE_BYTES), new byte[0], ciphers);
        try (Segment segment = GcmSegment.of(
                key, Direction.ENCRYPT, OFFSET, Long.MAX_VALUE, byIv, HashingWay.always(HashingWay.Way.GMAC))) {
            segment.update(ByteBuffer.allocate(LENGTH), out);
            return segment.finish();
        }
    }
}
