/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Ciphertext of an object or a part, and the tag if wanted, made a run at a time by {@link EncryptedParts#encrypt}. */
final class EncryptingInputStream extends SegmentedInputStream {
    private final EncryptedParts object;
    private final long offset;
    private final InputStream plaintext;
    private final long plaintextBytes;
    private final byte[] buffer;
    private boolean tagWanted;
    private boolean ended;
    private long done;

    EncryptingInputStream(
            EncryptedParts object, long offset, InputStream plaintext, long plaintextBytes, boolean tagged) {
        this.object = object;
        this.offset = offset;
        this.plaintext = plaintext;
        this.plaintextBytes = plaintextBytes;
        this.tagWanted = tagged;
        this.buffer = new byte[(int) Math.min(plaintextBytes, SEGMENT_BYTES)];
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        if (ended) {
            boolean tag = tagWanted;
            tagWanted = false;
            return tag ? ByteBuffer.wrap(object.tag().toByteArray()) : ByteBuffer.allocate(0);
        }
        int length = (int) Math.min(buffer.length, plaintextBytes - done);
        int read = plaintext.readNBytes(buffer, 0, length);
        if (read < length) {
            throw new EOFException("encrypting " + object.name() + ": the plaintext ended after " + (done + read)
                    + " of " + plaintextBytes + " bytes");
        }
        ended = done + length == plaintextBytes;
        if (ended) {
            requireEnd(); // before the last bytes leave: their reader may ask for no more
        }
        object.encrypt(offset + done, ByteBuffer.wrap(buffer, 0, length));
        done += length;
        return length > 0 ? ByteBuffer.wrap(buffer, 0, length) : nextSegment();
    }

    private void requireEnd() throws IOException {
        if (plaintext.read() >= 0) {
            throw new IOException("encrypting " + object.name() + ": the plaintext is longer than the " + plaintextBytes
                    + " bytes that were said");
        }
    }

    @Override
    void release() throws IOException {
        Arrays.fill(buffer, (byte) 0);
        plaintext.close();
    }
}
