/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Plaintext as soon as there is any, before it is verified, if it ever is. */
final class UnverifiedInputStream extends SegmentedInputStream {
    private static final int PIECE_BYTES = 1 << 16;

    private final UnaryOperator<ByteBuffer> update;
    private final Supplier<ByteBuffer> end;
    private final Runnable close;
    private final InputStream source;
    private final byte[] buffer = new byte[PIECE_BYTES];
    private ByteBuffer given = ByteBuffer.allocate(0);
    private boolean ended;

    private UnverifiedInputStream(
            UnaryOperator<ByteBuffer> update, Supplier<ByteBuffer> end, Runnable close, InputStream source) {
        this.update = update;
        this.end = end;
        this.close = close;
        this.source = source;
    }

    /** Of a whole body: the end is reached only if it is what was encrypted. Closes both. */
    static UnverifiedInputStream of(UnverifiedDecryption decryption, InputStream source) {
        return new UnverifiedInputStream(decryption::update, decryption::end, decryption::close, source);
    }

    /** Of a range, which nothing verifies. Closes both. */
    static UnverifiedInputStream of(RangeDecryption decryption, InputStream source) {
        return new UnverifiedInputStream(
                decryption::update,
                () -> {
                    decryption.end();
                    return ByteBuffer.allocate(0);
                },
                decryption::close,
                source);
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        wipeGiven();
        while (!ended) {
            int got = source.read(buffer, 0, buffer.length);
            ended = got < 0;
            ByteBuffer plaintext = ended ? end.get() : update.apply(ByteBuffer.wrap(buffer, 0, got));
            if (plaintext.hasRemaining()) {
                given = plaintext;
                return plaintext;
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
            close.run();
        }
    }
}
