/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.jca.HashingWay.Way;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Finds out what a provider's AES-GCM makes of 16-byte IVs, by encrypting the same bytes in each way. Some providers take
 * 12-byte IVs only, and some hold ciphertext back.
 */
final class ComputedIvProbe {
    /** Not at the start of a message; in several calls, the shortest first; an end within a block. */
    private static final long OFFSET = 1 << 20;

    private static final int[] RUNS = {16, 48, 1008, 5};

    private final boolean hashes;
    private final boolean encrypts;

    private ComputedIvProbe(boolean hashes, boolean encrypts) {
        this.hashes = hashes;
        this.encrypts = encrypts;
    }

    /**
     * Probes the ciphers.
     *
     * @throws IllegalArgumentException if the provider can't encrypt without such IVs either
     */
    static ComputedIvProbe of(AesCiphers ciphers) {
        Sealed wanted;
        try {
            wanted = encrypted(ciphers, false, Way.GMAC);
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException(
                    "the AES of " + ciphers
                            + " does not encrypt content: a provider that works in the process is wanted",
                    e);
        }
        try (wanted) {
            return new ComputedIvProbe(
                    gives(wanted, ciphers, false, Way.REENCRYPTION), gives(wanted, ciphers, true, Way.GMAC));
        }
    }

    /** Whether the hash that it gives for such an IV is right. */
    boolean hashes() {
        return hashes;
    }

    /** Whether it also gives all ciphertext, right, with the call that takes the plaintext. */
    boolean encrypts() {
        return encrypts;
    }

    private static boolean gives(Sealed wanted, AesCiphers ciphers, boolean byIv, Way way) {
        try (Sealed found = encrypted(ciphers, byIv, way)) {
            return wanted.digest.sameAs(found.digest) && Arrays.equals(wanted.ciphertext, found.ciphertext);
        } catch (IllegalStateException refused) {
            return false;
        }
    }

    private static Sealed encrypted(AesCiphers ciphers, boolean byIv, Way way) {
        byte[] fixed = new byte[32];
        Arrays.fill(fixed, (byte) 0x4b);
        GcmKey key = GcmKey.of(fixed, Arrays.copyOf(fixed, AesCiphers.NONCE_BYTES), new byte[0], ciphers);
        byte[] ciphertext = new byte[Arrays.stream(RUNS).sum()];
        ByteBuffer out = ByteBuffer.wrap(ciphertext);
        try (Segment segment =
                GcmSegment.of(key, Direction.ENCRYPT, OFFSET, Long.MAX_VALUE, byIv, HashingWay.always(way))) {
            for (int run : RUNS) {
                segment.update(ByteBuffer.allocate(run), out);
            }
            return new Sealed(ciphertext, segment.finish());
        }
    }

    private static final class Sealed implements AutoCloseable {
        private final byte[] ciphertext;
        private final SegmentDigest digest;

        Sealed(byte[] ciphertext, SegmentDigest digest) {
            this.ciphertext = ciphertext;
            this.digest = digest;
        }

        @Override
        public void close() {
            digest.close();
        }
    }
}
