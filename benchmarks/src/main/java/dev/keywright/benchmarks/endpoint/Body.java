/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.endpoint;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A stored body: direct buffers, each full, one after the other. Immutable.
 *
 * @param slabs never moved; only duplicates are
 */
record Body(List<ByteBuffer> slabs, long lengthBytes) {
    private static final int SLAB_BYTES = 8 << 20;

    static final Body EMPTY = new Body(List.of(), 0);

    /** A body that repeats {@code pattern}, and takes no more memory than one of it. */
    static Body repeating(ByteBuffer pattern, long lengthBytes) {
        List<ByteBuffer> slabs = new ArrayList<>();
        for (long left = lengthBytes; left > 0; left -= pattern.capacity()) {
            slabs.add(pattern.duplicate().clear().limit((int) Math.min(left, pattern.capacity())));
        }
        return new Body(slabs, lengthBytes);
    }

    static Body joined(Iterable<Body> parts) {
        List<ByteBuffer> slabs = new ArrayList<>();
        long length = 0;
        for (Body part : parts) {
            slabs.addAll(part.slabs);
            length += part.lengthBytes;
        }
        return new Body(slabs, length);
    }

    /** Reads a body of this length: what is left in {@code ahead} first, then from the channel. */
    static Body receive(ByteBuffer ahead, ReadableByteChannel from, long lengthBytes) throws IOException {
        List<ByteBuffer> slabs = new ArrayList<>();
        for (long left = lengthBytes; left > 0; ) {
            ByteBuffer slab = ByteBuffer.allocateDirect((int) Math.min(left, SLAB_BYTES));
            left -= slab.capacity();
            int buffered = Math.min(ahead.remaining(), slab.remaining());
            slab.put(ahead.slice(ahead.position(), buffered));
            ahead.position(ahead.position() + buffered);
            while (slab.hasRemaining()) {
                if (from.read(slab) < 0) {
                    throw new EOFException("the body ended early");
                }
            }
            slabs.add(slab.flip());
        }
        return new Body(slabs, lengthBytes);
    }

    /** Reads as many bytes and forgets them. */
    static void drop(ByteBuffer ahead, ReadableByteChannel from, long lengthBytes) throws IOException {
        for (long left = lengthBytes; left > 0; ) {
            if (!ahead.hasRemaining()) {
                ahead.clear();
                int count = from.read(ahead);
                ahead.flip();
                if (count < 0) {
                    throw new EOFException("the body ended early");
                }
            }
            int taken = (int) Math.min(left, ahead.remaining());
            ahead.position(ahead.position() + taken);
            left -= taken;
        }
    }

    void send(WritableByteChannel to, long first, long count) throws IOException {
        long skipped = first;
        long left = count;
        for (ByteBuffer slab : slabs) {
            if (left == 0) {
                return;
            }
            if (skipped >= slab.limit()) {
                skipped -= slab.limit();
                continue;
            }
            int from = (int) skipped;
            skipped = 0;
            ByteBuffer part = slab.slice(from, (int) Math.min(left, slab.limit() - from));
            left -= part.remaining();
            while (part.hasRemaining()) {
                to.write(part);
            }
        }
    }
}
