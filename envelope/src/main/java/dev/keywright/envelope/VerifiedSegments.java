/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A body that was verified once, and is now read a second time, whole or in part: any segment is decrypted alone, and is
 * released only if its digest is the one that went into the tag. So the second reading may come from where nobody need
 * trust it: another request, a temporary file.
 *
 * <p>Holds the content key and one digest for each segment, some 100 bytes; never more than {@link
 * BodyVerification#MAX_SEGMENTS} digests where the body's length was known. Both are wiped at {@link #close}. Thread-safe:
 * segments may be opened at once. An altered segment passes with a probability of at most its blocks of 16 bytes over
 * 2^128, as with the tag itself.
 */
public final class VerifiedSegments implements AutoCloseable {
    private final String subject;
    private final ContentCipher cipher;
    private final ContentKey key;
    private final List<SegmentDigest> digests;
    private final int segmentBytes;
    private final long plaintextBytes;
    private final Bytes tag;
    private final ReadWriteLock life = new ReentrantReadWriteLock();
    private boolean closed; // guarded by life

    VerifiedSegments(
            String subject,
            ContentCipher cipher,
            ContentKey key,
            List<SegmentDigest> digests,
            int segmentBytes,
            long plaintextBytes,
            Bytes tag) {
        this.subject = subject;
        this.cipher = cipher;
        this.key = key;
        this.digests = digests;
        this.segmentBytes = segmentBytes;
        this.plaintextBytes = plaintextBytes;
        this.tag = tag;
    }

    /** The length of each segment but the last, in bytes. */
    public int segmentBytes() {
        return segmentBytes;
    }

    /** The plaintext's length, in bytes: verified. */
    public long plaintextBytes() {
        return plaintextBytes;
    }

    /** How many segments there are; none of an empty object. */
    public int count() {
        return digests.size();
    }

    /**
     * Which segment holds the byte at this offset.
     *
     * @throws IndexOutOfBoundsException if no byte is there
     */
    public int indexOf(long offsetBytes) {
        return (int) (Objects.checkIndex(offsetBytes, plaintextBytes) / segmentBytes);
    }

    /** Where a segment begins, in the plaintext and in the body alike. */
    public long offsetOf(int index) {
        return digests.get(index).offsetBytes();
    }

    /** How long a segment is, in bytes. */
    public int lengthOf(int index) {
        return (int) digests.get(index).lengthBytes();
    }

    /**
     * Decrypts one whole segment in place, and compares its digest before it returns.
     *
     * @param ciphertext the segment's bytes of the body, from position to limit, which stay as they are; then holds the
     *     plaintext, or zeros if this fails
     * @throws IntegrityException if they are not the bytes that were verified
     * @throws IllegalArgumentException if they are not {@link #lengthOf} as many
     * @throws IllegalStateException after {@link #close}
     */
    public void open(int index, ByteBuffer ciphertext) {
        decrypt(index, ciphertext, Direction.DECRYPT);
    }

    /**
     * As {@link #open} without looking at the bytes again: only for bytes that have been in this process's own memory since
     * they were given to {@link BodyVerification#update}.
     *
     * @throws IllegalArgumentException if they are not {@link #lengthOf} as many
     * @throws IllegalStateException after {@link #close}
     */
    public void openHeld(int index, ByteBuffer ciphertext) {
        decrypt(index, ciphertext, Direction.DECRYPT_UNAUTHENTICATED);
    }

    private void decrypt(int index, ByteBuffer bytes, Direction direction) {
        SegmentDigest verified = digests.get(index);
        if (bytes.remaining() != verified.lengthBytes()) {
            throw new IllegalArgumentException("segment " + index + " is " + verified.lengthBytes()
                    + " bytes long, and " + bytes.remaining() + " were given");
        }
        Lock reading = life.readLock();
        boolean released = false;
        reading.lock();
        try {
            requireOpen();
            try (Segment segment = cipher.segment(key, direction, verified.offsetBytes())) {
                segment.update(bytes.duplicate(), bytes.duplicate());
                if (direction == Direction.DECRYPT) {
                    requireSame(verified, segment);
                }
            }
            released = true;
        } catch (KeywrightException e) {
            throw e.about(subject);
        } finally {
            reading.unlock();
            if (!released) {
                bytes.duplicate().put(new byte[bytes.remaining()]);
            }
        }
    }

    private static void requireSame(SegmentDigest verified, Segment segment) {
        try (SegmentDigest again = segment.finish()) {
            if (!again.sameAs(verified)) {
                throw changed("bytes " + verified.offsetBytes() + " to "
                        + (verified.offsetBytes() + verified.lengthBytes() - 1) + " are");
            }
        }
    }

    /** What is said of a second reading that is not the first. */
    private static IntegrityException changed(String what) {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                what
                        + " not what was verified: the object, or the copy of it that is read, was altered since. None of it "
                        + "was released; read the object again");
    }

    /** The second reading's tag must be the first's as well. */
    void requireSameTag(byte[] again) {
        if (!MessageDigest.isEqual(tag.toByteArray(), again)) {
            throw changed("the body's end is").about(subject);
        }
    }

    /** The second reading ended early, or goes on. */
    IntegrityException wrongLength() {
        return changed("the length is").about(subject);
    }

    /**
     * The whole plaintext out of the body's second reading, each segment verified before any of it is given. The stream's
     * end is reached only if that body is the verified one to its last bit. Holds one segment.
     *
     * @param body stored bytes from the first on, tag included; closed with the stream
     * @return throws {@link IntegrityException} when it meets what was not verified; for one thread. The caller closes it,
     *     and this object after it
     */
    public InputStream read(InputStream body) {
        return new ReverifiedInputStream(this, body);
    }

    /**
     * Part of the plaintext out of part of the body, each segment verified before any of it is given. Holds one segment.
     *
     * @param ciphertext stored bytes from the start of the segment of the first wanted byte to the end of that of the last;
     *     closed with the stream
     * @param offsetBytes the first wanted byte
     * @param lengthBytes how many are wanted
     * @return as {@link #read(InputStream)}
     * @throws IndexOutOfBoundsException if the plaintext has no such part
     */
    public InputStream read(InputStream ciphertext, long offsetBytes, long lengthBytes) {
        Objects.checkFromIndexSize(offsetBytes, lengthBytes, plaintextBytes);
        return new ReverifiedInputStream(this, ciphertext, offsetBytes, lengthBytes);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(subject + ": closed, and the content key wiped");
        }
    }

    /** Wipes key and digests, once segments that are being opened are. Idempotent. */
    @Override
    public void close() {
        Lock ending = life.writeLock();
        ending.lock();
        try {
            if (!closed) {
                closed = true;
                digests.forEach(SegmentDigest::close);
                key.close();
            }
        } finally {
            ending.unlock();
        }
    }

    @Override
    public String toString() {
        return "VerifiedSegments[plaintextBytes=" + plaintextBytes + ", segmentBytes=" + segmentBytes + ", redacted]";
    }
}
