/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** Plaintext of a verified body whose ciphertext was held in memory; each segment is wiped once it was read. */
final class HeldInputStream extends SegmentedInputStream {
    private final VerifiedSegments segments;
    private final List<byte[]> held;
    private int index;

    /** @param held the body, a segment in each array; the last ones may hold some of the tag too */
    HeldInputStream(VerifiedSegments segments, List<byte[]> held) {
        this.segments = segments;
        this.held = List.copyOf(held);
    }

    @Override
    ByteBuffer nextSegment() {
        if (index > 0) {
            Arrays.fill(held.get(index - 1), (byte) 0);
        }
        if (index == segments.count()) {
            segments.close();
            return ByteBuffer.allocate(0);
        }
        ByteBuffer segment = ByteBuffer.wrap(held.get(index), 0, segments.lengthOf(index));
        segments.openHeld(index++, segment);
        return segment;
    }

    @Override
    void release() {
        held.forEach(bytes -> Arrays.fill(bytes, (byte) 0));
        segments.close();
    }
}
