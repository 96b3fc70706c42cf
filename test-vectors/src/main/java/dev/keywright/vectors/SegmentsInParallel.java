/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.BodyVerification;
import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.TrialDecryption;
import dev.keywright.envelope.UnverifiedDecryption;
import dev.keywright.envelope.VerifiedSegments;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Reads a body twice: once to verify it whole, and once to decrypt a few of its segments at a time, each on whatever thread.
 * Content of the CBC suite has no segments, and is tried and decrypted.
 */
final class SegmentsInParallel implements EnvelopeReading.Release {
    /** So short that small objects have some. */
    private static final int SEGMENT_BYTES = 512;

    private static final int AT_A_TIME = 8;
    private static final int PIECE_BYTES = 1 << 16;

    @Override
    public void release(EnvelopeReading.Opener opener, VectorCase vector, OutputStream plaintext) throws IOException {
        try (Decryption decryption = opener.begin(0)) {
            if (decryption.envelope().suite().tagBytes() == 0) {
                tried(decryption, vector, plaintext);
                return;
            }
            try (BodyVerification verification = decryption.verification(vector.bodyBytes(), SEGMENT_BYTES)) {
                push(vector, verification::update);
                try (VerifiedSegments segments = verification.end()) {
                    open(segments, vector, plaintext);
                }
            }
        }
    }

    private static void open(VerifiedSegments segments, VectorCase vector, OutputStream plaintext) throws IOException {
        try (InputStream body = vector.openBody()) {
            for (int next = 0; next < segments.count(); next += AT_A_TIME) {
                int first = next;
                List<byte[]> taken = new ArrayList<>();
                for (int i = first; i < Math.min(first + AT_A_TIME, segments.count()); i++) {
                    taken.add(body.readNBytes(segments.lengthOf(i)));
                }
                IntStream.range(0, taken.size())
                        .parallel()
                        .forEach(i -> segments.open(first + i, ByteBuffer.wrap(taken.get(i))));
                for (byte[] each : taken) {
                    plaintext.write(each);
                }
            }
        }
    }

    private static void tried(Decryption decryption, VectorCase vector, OutputStream plaintext) throws IOException {
        try (TrialDecryption trial = decryption.trial(vector.bodyBytes())) {
            push(vector, trial::update);
            try (UnverifiedDecryption opened = trial.end()) {
                push(vector, piece -> write(opened.update(piece), plaintext));
                write(opened.end(), plaintext);
            }
        }
    }

    private static void write(ByteBuffer bytes, OutputStream plaintext) throws IOException {
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        plaintext.write(copy);
    }

    /** What takes a piece of a body. */
    private interface Taker {
        void take(ByteBuffer piece) throws IOException;
    }

    private static void push(VectorCase vector, Taker taker) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        try (InputStream body = vector.openBody()) {
            for (int got = body.read(piece); got >= 0; got = body.read(piece)) {
                taker.take(ByteBuffer.wrap(piece, 0, got));
            }
        }
    }
}
