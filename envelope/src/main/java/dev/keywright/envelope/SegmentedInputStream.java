/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * A stream that is made a segment at a time. After a failure it stays failed: every later read fails too, so that no
 * reader takes a broken-off stream for a whole one.
 */
abstract class SegmentedInputStream extends InputStream {
    /** Large enough that per-segment work vanishes, small enough for a small heap. A multiple of 16. */
    static final int SEGMENT_BYTES = 1 << 20;

    private ByteBuffer current = ByteBuffer.allocate(0);
    private boolean ended;
    private boolean closed;
    private boolean failed;

    /** The next run of bytes, valid until the next call; empty at the end. */
    abstract ByteBuffer nextSegment() throws IOException;

    /** Wipes and closes; called once. */
    abstract void release() throws IOException;

    @Override
    public int read() throws IOException {
        return advance() ? current.get() & 0xff : -1;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        java.util.Objects.checkFromIndexSize(offset, length, into.length);
        if (length == 0) {
            return 0;
        }
        if (!advance()) {
            return -1;
        }
        int count = Math.min(length, current.remaining());
        current.get(into, offset, count);
        return count;
    }

    @Override
    public int available() {
        return closed ? 0 : current.remaining();
    }

    private boolean advance() throws IOException {
        if (closed) {
            throw new IOException("stream is closed");
        }
        while (!current.hasRemaining() && !ended) {
            if (failed) {
                throw new IOException("an earlier read of this stream failed");
            }
            failed = true;
            ByteBuffer next = nextSegment();
            failed = false;
            ended = !next.hasRemaining();
            current = next;
        }
        return current.hasRemaining();
    }

    @Override
    public void close() throws IOException {
        if (!closed) {
            closed = true;
            current = ByteBuffer.allocate(0);
            release();
        }
    }
}
