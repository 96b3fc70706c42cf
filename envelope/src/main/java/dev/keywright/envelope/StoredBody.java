/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.LegacyContentCipher;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Splits a stored body into segments of ciphertext and its end: the tag, or the last block of a suite without one. */
final class StoredBody {
    private final InputStream body;
    private final OutputStream copy;
    private final long bodyBytes;
    private final int endBytes;
    private final long maxBodyBytes;
    private final byte[] buffer;
    /** The end of what was read, which may be the body's. */
    private byte[] heldBack = new byte[0];

    private long read;
    private @Nullable Bytes end;

    /** @param bodyBytes the length that was announced, or {@link Decryption#UNKNOWN_LENGTH} */
    StoredBody(InputStream body, long bodyBytes, AlgorithmSuite suite) {
        this(body, bodyBytes, suite, OutputStream.nullOutputStream());
    }

    /** @param copy takes every byte as it was read */
    StoredBody(InputStream body, long bodyBytes, AlgorithmSuite suite, OutputStream copy) {
        this.body = body;
        this.copy = copy;
        this.bodyBytes = bodyBytes;
        this.endBytes = suite.tagBytes() == 0 ? LegacyContentCipher.BLOCK_BYTES : suite.tagBytes();
        this.maxBodyBytes = suite.tagBytes() == 0 ? Long.MAX_VALUE : suite.maxPlaintextBytes() + suite.tagBytes();
        int most = SegmentedInputStream.SEGMENT_BYTES + endBytes;
        // One byte beyond an announced length, to see a body that is longer than it.
        this.buffer = new byte[bodyBytes < 0 || bodyBytes >= most ? most : (int) bodyBytes + 1];
    }

    /** The next segment of ciphertext, valid until the next call; empty once {@link #end} is known. */
    ByteBuffer next() throws IOException {
        if (end != null) {
            return ByteBuffer.allocate(0);
        }
        System.arraycopy(heldBack, 0, buffer, 0, heldBack.length);
        int got = body.readNBytes(buffer, heldBack.length, buffer.length - heldBack.length);
        copy.write(buffer, heldBack.length, got);
        read += got;
        int have = heldBack.length + got;
        boolean last = have < buffer.length;
        requireLength(last);
        int length = have - endBytes;
        if (last) {
            end = Bytes.copyOf(buffer, length, endBytes);
            return ByteBuffer.wrap(buffer, 0, length);
        }
        heldBack = Arrays.copyOfRange(buffer, length, have);
        return ByteBuffer.wrap(buffer, 0, length);
    }

    private void requireLength(boolean last) {
        boolean tooLong = read > maxBodyBytes || (bodyBytes >= 0 && read > bodyBytes);
        boolean tooShort = last && (read < endBytes || read < bodyBytes);
        if (tooLong || tooShort) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "the body " + (tooLong ? "goes on after" : "ends after") + " " + (tooLong ? bodyBytes : read)
                            + " bytes"
                            + (bodyBytes >= 0 ? "; " + bodyBytes + " were announced" : "") + ", and its end takes "
                            + endBytes + ": truncated or extended");
        }
    }

    /** Forgets the segment last given, in case it was decrypted in place. */
    void wipe() {
        Arrays.fill(buffer, (byte) 0);
    }

    /** Whether the last segment was given. */
    boolean ended() {
        return end != null;
    }

    /** The stored tag, or last block; known after the last segment. */
    Bytes end() {
        if (end == null) {
            throw new IllegalStateException("the body has not been read to its end");
        }
        return end;
    }
}
