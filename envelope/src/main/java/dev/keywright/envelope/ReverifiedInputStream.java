/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Plaintext of a body that is read a second time: a segment is given only when it was found to be the verified one. */
final class ReverifiedInputStream extends SegmentedInputStream {
    private static final int TAG_BYTES = 16;

    private final VerifiedSegments segments;
    private final InputStream source;
    private final long from;
    private final long to;
    private final boolean whole;
    private final byte[] buffer;
    private int index;

    /** The whole, whose end is looked at too. */
    ReverifiedInputStream(VerifiedSegments segments, InputStream body) {
        this(segments, body, 0, segments.plaintextBytes(), true);
    }

    /** Part of it. */
    ReverifiedInputStream(VerifiedSegments segments, InputStream ciphertext, long offset, long length) {
        this(segments, ciphertext, offset, offset + length, false);
    }

    private ReverifiedInputStream(VerifiedSegments segments, InputStream source, long from, long to, boolean whole) {
        this.segments = segments;
        this.source = source;
        this.from = from;
        this.to = to;
        this.whole = whole;
        this.index = from == to ? 0 : segments.indexOf(from);
        this.buffer = new byte[(int) Math.min(segments.segmentBytes(), segments.plaintextBytes())];
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        if (from == to || index == segments.count() || segments.offsetOf(index) >= to) {
            requireEnd();
            return ByteBuffer.allocate(0);
        }
        int length = segments.lengthOf(index);
        if (source.readNBytes(buffer, 0, length) < length) {
            Arrays.fill(buffer, (byte) 0);
            throw segments.wrongLength();
        }
        segments.open(index, ByteBuffer.wrap(buffer, 0, length));
        long offset = segments.offsetOf(index++);
        int begin = (int) Math.max(0, from - offset);
        int end = (int) Math.min(length, to - offset);
        return ByteBuffer.wrap(buffer, begin, end - begin);
    }

    private void requireEnd() throws IOException {
        if (whole) {
            segments.requireSameTag(source.readNBytes(TAG_BYTES));
        }
        if (source.read() >= 0) {
            throw segments.wrongLength();
        }
    }

    @Override
    void release() throws IOException {
        Arrays.fill(buffer, (byte) 0);
        source.close();
    }
}
