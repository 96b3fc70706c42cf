/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Plaintext of a range, which nothing verifies. */
final class RangeInputStream extends SegmentedInputStream {
    private static final int PIECE_BYTES = 1 << 16;

    private final RangeDecryption decryption;
    private final InputStream source;
    private final byte[] buffer = new byte[PIECE_BYTES];
    private ByteBuffer given = ByteBuffer.allocate(0);
    private boolean ended;

    /** Closes both. */
    RangeInputStream(RangeDecryption decryption, InputStream source) {
        this.decryption = decryption;
        this.source = source;
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        wipeGiven();
        while (!ended) {
            int got = source.read(buffer, 0, buffer.length);
            if (got < 0) {
                ended = true;
                decryption.end();
            } else {
                ByteBuffer plaintext = decryption.update(ByteBuffer.wrap(buffer, 0, got));
                if (plaintext.hasRemaining()) {
                    given = plaintext;
                    return plaintext;
                }
            }
        }
        return ByteBuffer.allocate(0);
    }

    /** Plaintext in memory of its own; the buffer's is overwritten, and wiped at the end. */
    private void wipeGiven() {
        if (given.array() != buffer) {
            Arrays.fill(given.array(), (byte) 0);
        }
        given = ByteBuffer.allocate(0);
    }

    @Override
    void release() throws IOException {
        wipeGiven();
        Arrays.fill(buffer, (byte) 0);
        try (source) {
            decryption.close();
        }
    }
}
