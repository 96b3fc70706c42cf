/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Verifies a whole body as it comes, and decrypts none of it: give it the stored bytes, tag included, in pieces of any
 * length, then {@link #end}. Keeps the digest of each segment, by which the same bytes are known again when they are read a
 * second time, and nothing else.
 *
 * <p>Owns the content key, which it wipes with its digests at {@link #close} and at every failure, unless {@link #end} has
 * passed them on. For one thread at a time.
 */
public final class BodyVerification implements AutoCloseable {
    /** Segments are made so long that there are no more than these. */
    public static final int MAX_SEGMENTS = 1 << 14;

    private final String subject;
    private final ContentCipher cipher;
    private final ContentKey key;
    private final HeldBackEnd end;
    private final int segmentBytes;
    private final List<SegmentDigest> digests = new ArrayList<>();
    private @Nullable Segment segment;
    private int inSegment;
    private long hashed;
    private boolean closed;

    /** Owns {@code key}. */
    BodyVerification(
            String subject,
            AlgorithmSuite suite,
            ContentCipher cipher,
            ContentKey key,
            long bodyBytes,
            int smallestSegmentBytes) {
        this.subject = subject;
        this.cipher = cipher;
        this.key = key;
        this.end = new HeldBackEnd(suite, bodyBytes);
        this.segmentBytes = segmentBytes(bodyBytes < 0 ? suite.maxPlaintextBytes() : bodyBytes, smallestSegmentBytes);
    }

    private static int segmentBytes(long bodyBytes, int smallest) {
        int bytes = smallest;
        while (bodyBytes / bytes >= MAX_SEGMENTS) {
            bytes = Math.multiplyExact(bytes, 2);
        }
        return bytes;
    }

    /** What is read, for errors. */
    String subject() {
        return subject;
    }

    /** The length of each segment but the last, in bytes. */
    public int segmentBytes() {
        return segmentBytes;
    }

    /**
     * Takes stored bytes, those after the ones before.
     *
     * @param body consumed, not altered
     * @throws IntegrityException if the body is longer than was announced, or than any can be
     * @throws IllegalStateException after {@link #end} or {@link #close}, or after a failure
     */
    public void update(ByteBuffer body) {
        requireOpen();
        boolean done = false;
        try {
            end.pass(body, this::hash);
            done = true;
        } catch (KeywrightException e) {
            throw e.about(subject);
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private void hash(ByteBuffer ciphertext) {
        while (ciphertext.hasRemaining()) {
            Segment current = segment;
            if (current == null) {
                current = cipher.segment(key, Direction.AUTHENTICATE, hashed);
                segment = current;
            }
            int piece = Math.min(ciphertext.remaining(), segmentBytes - inSegment);
            current.update(ciphertext.duplicate().limit(ciphertext.position() + piece), ByteBuffer.allocate(0));
            ciphertext.position(ciphertext.position() + piece);
            inSegment += piece;
            hashed += piece;
            if (inSegment == segmentBytes) {
                endSegment(current);
            }
        }
    }

    private void endSegment(Segment current) {
        try (current) {
            digests.add(current.finish());
        }
        segment = null;
        inSegment = 0;
    }

    /**
     * Compares the tag, and passes key and digests on.
     *
     * @return what opens the same bytes when they are read again; the caller closes it
     * @throws IntegrityException if the body is not what was encrypted
     * @throws IllegalStateException if called before, after {@link #close}, or after a failure
     */
    public VerifiedSegments end() {
        requireOpen();
        boolean done = false;
        try {
            if (segment != null) {
                endSegment(segment);
            }
            Bytes tag = end.end();
            Tags.requireSame(cipher.tag(key, digests), tag);
            done = true;
            closed = true;
            return new VerifiedSegments(subject, cipher, key, List.copyOf(digests), segmentBytes, hashed, tag);
        } catch (KeywrightException e) {
            throw e.about(subject);
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(subject + ": the verification has ended, failed or was closed");
        }
    }

    /** Wipes key and digests, unless {@link #end} has passed them on. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (segment != null) {
                segment.close();
            }
        } finally {
            digests.forEach(SegmentDigest::close);
            key.close();
        }
    }
}
