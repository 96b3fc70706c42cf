/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.PlaintextRange;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.LegacyContentCipher;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeSet;

/**
 * Reads an object by ranges that adjoin, each from its own part of the body and with the key unwrapped anew. They are cut
 * where the case's own ranges begin and end, and within the second block.
 */
final class RangeByRange implements EnvelopeReading.Release {
    private static final int BLOCK_BYTES = LegacyContentCipher.BLOCK_BYTES;

    /** Nothing tells that a range was altered; what is wrong with the rest of the envelope does show. */
    @Override
    public Optional<String> absentFor(VectorCase vector) {
        return vector.expect().layers().contains(Layer.INTEGRITY)
                ? Optional.of("the content may be altered, which a range does not show")
                : Optional.empty();
    }

    @Override
    public void release(EnvelopeReading.Opener opener, VectorCase vector, OutputStream plaintext) throws IOException {
        long from = 0;
        long length = 1; // until the first decryption tells it
        while (from < length) {
            try (Decryption decryption = opener.begin(0)) {
                length = plaintextBytes(decryption, vector);
                Long to = cuts(vector, length).higher(from);
                if (to != null) {
                    read(decryption, vector, new PlaintextRange(from, to - from), plaintext);
                    from = to;
                }
            }
        }
    }

    private static void read(Decryption decryption, VectorCase vector, PlaintextRange range, OutputStream plaintext)
            throws IOException {
        long begin = range.bodyOffset(decryption.envelope().suite());
        try (InputStream body = vector.openBody()) {
            body.skipNBytes(begin);
            try (InputStream opened = decryption.unverifiedRange(body, begin, range)) {
                opened.transferTo(plaintext);
            }
        }
    }

    private static long plaintextBytes(Decryption decryption, VectorCase vector) throws IOException {
        Envelope envelope = decryption.envelope();
        long bodyBytes = vector.bodyBytes();
        OptionalLong arithmetic = envelope.plaintextBytes(bodyBytes);
        if (arithmetic.isPresent()) {
            return arithmetic.getAsLong();
        }
        try (InputStream body = vector.openBody()) {
            body.skipNBytes(Math.max(0, bodyBytes - 2L * BLOCK_BYTES));
            return decryption.legacyPlaintextBytes(bodyBytes, Bytes.copyOf(body.readAllBytes()));
        }
    }

    /** Where ranges end, the plaintext's end the last; none of an empty one. */
    private static NavigableSet<Long> cuts(VectorCase vector, long length) {
        NavigableSet<Long> cuts = new TreeSet<>();
        cuts.add(BLOCK_BYTES + 1L);
        for (RangeCheck range : vector.ranges()) {
            cuts.add(range.first(length));
            cuts.add(range.end(length));
        }
        cuts.add(length);
        cuts.removeIf(cut -> cut <= 0 || cut > length);
        return cuts;
    }
}
