/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentKey;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Ciphertext and tag, made a segment at a time; a segment is handed over only after {@link EncryptedObject#admit}. */
final class EncryptingInputStream extends SegmentedInputStream {
    private final EncryptedObject object;
    private final ContentCipher cipher;
    private final ContentKey key;
    private final InputStream plaintext;
    private final long plaintextBytes;
    private final byte[] buffer;
    private long done;
    private int index;
    private boolean tagGiven;

    EncryptingInputStream(
            EncryptedObject object, ContentCipher cipher, ContentKey key, InputStream plaintext, long plaintextBytes) {
        this.object = object;
        this.cipher = cipher;
        this.key = key;
        this.plaintext = plaintext;
        this.plaintextBytes = plaintextBytes;
        this.buffer = new byte[(int) Math.min(plaintextBytes, SEGMENT_BYTES)];
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        if (tagGiven) {
            return ByteBuffer.allocate(0);
        }
        if (done == plaintextBytes) {
            if (plaintext.read() >= 0) {
                throw new IOException("encrypting " + object.name() + ": the plaintext is longer than the "
                        + plaintextBytes + " bytes that were said");
            }
            tagGiven = true;
            return ByteBuffer.wrap(object.tag());
        }
        int length = (int) Math.min(buffer.length, plaintextBytes - done);
        int read = plaintext.readNBytes(buffer, 0, length);
        if (read < length) {
            throw new EOFException("encrypting " + object.name() + ": the plaintext ended after " + (done + read)
                    + " of " + plaintextBytes + " bytes");
        }
        try (Segment segment = cipher.segment(key, Direction.ENCRYPT, done)) {
            segment.update(ByteBuffer.wrap(buffer, 0, length), ByteBuffer.wrap(buffer, 0, length));
            object.admit(index, segment.finish());
        }
        index++;
        done += length;
        return ByteBuffer.wrap(buffer, 0, length);
    }

    @Override
    void release() throws IOException {
        Arrays.fill(buffer, (byte) 0);
        plaintext.close();
    }
}
