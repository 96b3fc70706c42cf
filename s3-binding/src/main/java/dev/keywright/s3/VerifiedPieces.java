/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.VerifiedSegments;
import java.io.IOException;
import java.nio.ByteBuffer;

/** The segments of a body that was verified. One that went to disk and back is verified again. */
final class VerifiedPieces implements PlaintextPieces {
    private final VerifiedSegments segments;
    private final HeldBody held;
    private int index;

    VerifiedPieces(VerifiedSegments segments, HeldBody held) {
        this.segments = segments;
        this.held = held;
    }

    @Override
    public boolean hasNext() {
        return index < segments.count();
    }

    @Override
    public ByteBuffer next() throws IOException {
        ByteBuffer segment = ByteBuffer.allocate(segments.lengthOf(index));
        held.read(segments.offsetOf(index), segment);
        segment.flip();
        if (held.inMemory()) {
            segments.openHeld(index, segment);
        } else {
            segments.open(index, segment);
        }
        index++;
        return segment;
    }

    @Override
    public void close() throws IOException {
        try (held) {
            segments.close();
        }
    }
}
