/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.UnverifiedDecryption;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A body of the legacy CBC suite that was decrypted to its end once, decrypted again. */
final class TriedPieces implements PlaintextPieces {
    private static final int PIECE_BYTES = 1 << 20;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final UnverifiedDecryption decryption;
    private final HeldBody held;
    private final long bodyBytes;
    private ByteBuffer ahead = NOTHING;
    private long read;
    private boolean ended;

    TriedPieces(UnverifiedDecryption decryption, HeldBody held, long bodyBytes) {
        this.decryption = decryption;
        this.held = held;
        this.bodyBytes = bodyBytes;
    }

    @Override
    public boolean hasNext() throws IOException {
        while (!ahead.hasRemaining() && !ended) {
            if (read == bodyBytes) {
                ended = true;
                ahead = decryption.end();
            } else {
                ByteBuffer piece = ByteBuffer.allocate((int) Math.min(PIECE_BYTES, bodyBytes - read));
                held.read(read, piece);
                read += piece.capacity();
                ahead = decryption.update(piece.flip());
            }
        }
        return ahead.hasRemaining();
    }

    @Override
    public ByteBuffer next() {
        ByteBuffer given = ahead;
        ahead = NOTHING;
        return given;
    }

    @Override
    public void close() throws IOException {
        try (held) {
            decryption.close();
        }
    }
}
