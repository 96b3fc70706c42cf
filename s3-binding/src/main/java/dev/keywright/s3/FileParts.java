/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Parts of a file, each read at its place, by several threads at once. */
final class FileParts implements PartSource, AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final long totalBytes;
    private final int partBytes;
    private final int tagBytes;
    private final BooleanSupplier cancelled;
    private final AtomicInteger taken = new AtomicInteger();

    /** @param cancelled asked before each part */
    FileParts(Path file, long totalBytes, int partBytes, int tagBytes, BooleanSupplier cancelled) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.totalBytes = totalBytes;
        this.partBytes = partBytes;
        this.tagBytes = tagBytes;
        this.cancelled = cancelled;
    }

    /** How many parts a file has; an empty one has one. */
    static int count(long totalBytes, int partBytes) {
        return (int) Math.max(1, (totalBytes + partBytes - 1) / partBytes);
    }

    /** The plaintext length of a part. */
    static int lengthOf(int number, long totalBytes, int partBytes) {
        return (int) Math.min(partBytes, totalBytes - (number - 1L) * partBytes);
    }

    @Override
    public @Nullable Plaintext next(byte @Nullable [] spare) throws IOException {
        int number = taken.incrementAndGet();
        int last = count(totalBytes, partBytes);
        if (number > last) {
            return null;
        }
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("the upload of " + file + " was cancelled; it can go on later");
        }
        int length = lengthOf(number, totalBytes, partBytes);
        byte[] buffer = spare != null ? spare : new byte[length + tagBytes];
        long offset = (number - 1L) * partBytes;
        boolean whole = false;
        try {
            read(ByteBuffer.wrap(buffer, 0, length), offset);
            whole = true;
        } finally {
            if (!whole) {
                Arrays.fill(buffer, (byte) 0);
            }
        }
        return new Plaintext(number, offset, buffer, length, number == last);
    }

    private void read(ByteBuffer into, long offset) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into, offset + into.position()) < 0) {
                throw new EOFException(
                        file + " ended after " + (offset + into.position()) + " of " + totalBytes + " bytes");
            }
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
