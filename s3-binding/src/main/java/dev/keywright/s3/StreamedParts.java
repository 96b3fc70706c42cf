/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Parts out of one stream, read from its start to its end, by one thread at a time. Of a stream whose length is not known,
 * the first part is read beforehand, to see whether there is a second.
 */
final class StreamedParts implements PartSource, AutoCloseable {
    private static final int FIRST_BUFFER_BYTES = 64 << 10;

    private final ObjectName object;
    private final InputStream plaintext;
    private final OptionalLong totalBytes;
    private final int partBytes;
    private final int tagBytes;
    private final ReentrantLock reading = new ReentrantLock();
    // What follows is touched before there are threads, while reading, or after them.
    private byte @Nullable [] begun; // what was read and not given yet
    private int begunBytes;
    private int number;
    private long done;
    private boolean ended;

    /**
     * The caller closes the stream.
     *
     * @param totalBytes the stream's length, empty if it is not known
     */
    StreamedParts(ObjectName object, InputStream plaintext, OptionalLong totalBytes, int partBytes, int tagBytes) {
        this.object = object;
        this.plaintext = plaintext;
        this.totalBytes = totalBytes;
        this.partBytes = partBytes;
        this.tagBytes = tagBytes;
    }

    /** Reads up to one part beforehand. Whether the stream ended within it. */
    boolean fitsOnePart() throws IOException {
        byte[] buffer = new byte[Math.min(FIRST_BUFFER_BYTES, partBytes) + tagBytes];
        begun = buffer;
        while (true) {
            int room = buffer.length - tagBytes - begunBytes;
            int read = plaintext.readNBytes(buffer, begunBytes, room);
            begunBytes += read;
            if (read < room || begunBytes == partBytes) {
                return begunBytes < partBytes;
            }
            byte[] larger = Arrays.copyOf(buffer, (int) Math.min(2L * begunBytes, partBytes) + tagBytes);
            Arrays.fill(buffer, (byte) 0);
            buffer = larger;
            begun = buffer;
        }
    }

    /** The part that was read beforehand, which the caller wipes. */
    Plaintext beginning() {
        byte[] buffer = begun == null ? new byte[0] : begun;
        begun = null;
        return new Plaintext(1, 0, buffer, begunBytes, true);
    }

    @Override
    public @Nullable Plaintext next(byte @Nullable [] spare) throws IOException, InterruptedException {
        reading.lockInterruptibly();
        try {
            return read(spare);
        } finally {
            reading.unlock();
        }
    }

    private @Nullable Plaintext read(byte @Nullable [] spare) throws IOException {
        if (ended) {
            return null;
        }
        byte[] buffer;
        int length;
        if (begun != null) {
            buffer = begun;
            length = begunBytes;
        } else {
            buffer = spare != null ? spare : new byte[partBytes + tagBytes];
            begun = buffer;
            length = fill(buffer);
        }
        ended = totalBytes.isPresent() ? done + length == totalBytes.getAsLong() : length < partBytes;
        if (ended && totalBytes.isPresent() && plaintext.read() >= 0) {
            throw new IOException("writing " + object + ": the plaintext is longer than the " + totalBytes.getAsLong()
                    + " bytes that were said");
        }
        long offset = done;
        done += length;
        number++;
        begun = null;
        return new Plaintext(number, offset, buffer, length, ended);
    }

    private int fill(byte[] buffer) throws IOException {
        int wanted = (int) Math.min(partBytes, totalBytes.orElse(Long.MAX_VALUE) - done);
        int read = plaintext.readNBytes(buffer, 0, wanted);
        if (read < wanted && totalBytes.isPresent()) {
            throw new EOFException("writing " + object + ": the plaintext ended after " + (done + read) + " of "
                    + totalBytes.getAsLong() + " bytes");
        }
        return read;
    }

    /** Wipes what was read and not given. */
    @Override
    public void close() {
        if (begun != null) {
            Arrays.fill(begun, (byte) 0);
        }
    }
}
