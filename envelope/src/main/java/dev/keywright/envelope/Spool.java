/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A temporary file of ciphertext, readable by its owner only, deleted when it is closed; on systems that can, its name is
 * gone as soon as it is open, so that a crash leaves nothing. For one thread at a time.
 */
public final class Spool implements AutoCloseable {
    private static final int PIECE_BYTES = 1 << 16;

    private final FileChannel channel;

    private Spool(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * A new one.
     *
     * @param directory where; null for the platform's folder for temporary files
     * @throws IOException if none can be made there
     */
    public static Spool create(@Nullable Path directory) throws IOException {
        // createTempFile gives the file to its owner only.
        Path file = directory == null
                ? Files.createTempFile("keywright-", ".ciphertext")
                : Files.createTempFile(directory, "keywright-", ".ciphertext");
        try {
            return new Spool(FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(file);
            throw e;
        }
    }

    /** Appends what remains in a buffer. */
    public void append(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            ByteBuffer piece = piece(bytes);
            while (piece.hasRemaining()) {
                channel.write(piece);
            }
        }
    }

    /** The next bytes, taken off; few enough, as the JDK keeps memory outside of the heap for each thread that passes more. */
    private static ByteBuffer piece(ByteBuffer bytes) {
        ByteBuffer piece = bytes.slice(bytes.position(), Math.min(PIECE_BYTES, bytes.remaining()));
        bytes.position(bytes.position() + piece.remaining());
        return piece;
    }

    /**
     * Fills {@code into} from this offset.
     *
     * @throws EOFException if that many were not appended
     */
    public void read(long offset, ByteBuffer into) throws IOException {
        long at = offset;
        while (into.hasRemaining()) {
            ByteBuffer piece = piece(into);
            while (piece.hasRemaining()) {
                int got = channel.read(piece, at);
                if (got < 0) {
                    throw new EOFException("the temporary file ends before byte " + (at + piece.remaining()));
                }
                at += got;
            }
        }
    }

    /** Appends what is written; closing it does nothing. */
    OutputStream writer() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one});
            }

            @Override
            public void write(byte[] bytes, int offset, int length) throws IOException {
                append(ByteBuffer.wrap(bytes, offset, length));
            }
        };
    }

    /** All that was appended, from the start; closing it closes the spool. */
    InputStream reader() throws IOException {
        return Channels.newInputStream(channel.position(0));
    }

    /** Deletes it. Idempotent. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
