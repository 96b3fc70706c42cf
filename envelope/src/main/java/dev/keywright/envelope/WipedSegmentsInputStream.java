/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Verified plaintext in memory; each segment is wiped once it was read, the rest at close. */
final class WipedSegmentsInputStream extends SegmentedInputStream {
    private final List<byte[]> segments;
    private int index;

    WipedSegmentsInputStream(List<byte[]> segments) {
        this.segments = List.copyOf(segments);
    }

    @Override
    ByteBuffer nextSegment() {
        if (index > 0) {
            Arrays.fill(segments.get(index - 1), (byte) 0);
        }
        return index == segments.size() ? ByteBuffer.allocate(0) : ByteBuffer.wrap(segments.get(index++));
    }

    @Override
    void release() {
        segments.forEach(bytes -> Arrays.fill(bytes, (byte) 0));
    }
}
