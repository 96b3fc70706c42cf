/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Spool;
import dev.keywright.spi.PolicyException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A stored body between being verified and being decrypted, as ciphertext: in memory as long as it fits the buffer, else in a
 * temporary file. Waits for the disk. For one thread at a time.
 */
final class HeldBody implements AutoCloseable {
    private final VerifiedRelease release;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;
    private final List<byte[]> held = new ArrayList<>();
    private long heldBytes;
    private @Nullable Spool spool;

    HeldBody(VerifiedRelease release, int bufferBytes, @Nullable Path spoolDirectory) {
        this.release = release;
        this.bufferBytes = bufferBytes;
        this.spoolDirectory = spoolDirectory;
    }

    /** Whether it has been in this process's memory all the time. */
    boolean inMemory() {
        return spool == null;
    }

    /**
     * Takes the next bytes; they are copied.
     *
     * @throws PolicyException if they don't fit the buffer, and may be nowhere else
     */
    void append(ByteBuffer bytes) throws IOException {
        boolean fits = heldBytes + bytes.remaining() <= bufferBytes;
        if (!fits && release == VerifiedRelease.BUFFER) {
            throw new PolicyException("the body is longer than the buffer of " + bufferBytes
                    + " bytes in which it was to be held; enlarge the buffer, or let it be spooled");
        }
        if (spool == null && (!fits || release == VerifiedRelease.SPOOL)) {
            spool = Spool.create(spoolDirectory);
            for (byte[] before : held) {
                spool.append(ByteBuffer.wrap(before));
            }
            held.clear();
        }
        if (spool != null) {
            spool.append(bytes);
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.get(copy);
        held.add(copy);
        heldBytes += copy.length;
    }

    /** Fills {@code into} from this offset. */
    void read(long offset, ByteBuffer into) throws IOException {
        if (spool != null) {
            spool.read(offset, into);
            return;
        }
        long at = offset;
        long begin = 0;
        for (byte[] piece : held) {
            long end = begin + piece.length;
            if (at < end && into.hasRemaining()) {
                int length = (int) Math.min(into.remaining(), end - at);
                into.put(piece, (int) (at - begin), length);
                at += length;
            }
            begin = end;
        }
    }

    @Override
    public void close() throws IOException {
        held.clear();
        if (spool != null) {
            spool.close();
        }
    }
}
