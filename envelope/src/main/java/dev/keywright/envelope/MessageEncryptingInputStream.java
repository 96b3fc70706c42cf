/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.MessageCipher.Message;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Ciphertext and tag as a strict cipher gives them. A run of plaintext is encrypted only after {@link
 * EncryptedMessage#admit}.
 */
final class MessageEncryptingInputStream extends SegmentedInputStream {
    private final EncryptedMessage object;
    private final MessageCipher cipher;
    private final ContentKey key;
    private final InputStream plaintext;
    private final long plaintextBytes;
    private final byte[] buffer;
    private @Nullable Message message; // begun with the first read
    private long done;
    private int index;
    private boolean ended;

    MessageEncryptingInputStream(
            EncryptedMessage object, MessageCipher cipher, ContentKey key, InputStream plaintext, long plaintextBytes) {
        this.object = object;
        this.cipher = cipher;
        this.key = key;
        this.plaintext = plaintext;
        this.plaintextBytes = plaintextBytes;
        this.buffer = new byte[(int) Math.min(plaintextBytes, SEGMENT_BYTES)];
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        if (message == null) {
            message = cipher.encrypt(key);
        }
        while (!ended) {
            byte[] given = done == plaintextBytes ? end(message) : message.update(nextRun());
            if (given.length > 0) { // a provider may hold a run back
                return ByteBuffer.wrap(given);
            }
        }
        return ByteBuffer.allocate(0);
    }

    private ByteBuffer nextRun() throws IOException {
        int length = (int) Math.min(buffer.length, plaintextBytes - done);
        int read = plaintext.readNBytes(buffer, 0, length);
        if (read < length) {
            throw new EOFException("encrypting " + object.name() + ": the plaintext ended after " + (done + read)
                    + " of " + plaintextBytes + " bytes");
        }
        ByteBuffer run = ByteBuffer.wrap(buffer, 0, length);
        object.admit(index, done, run);
        index++;
        done += length;
        return run;
    }

    private byte[] end(Message whole) throws IOException {
        if (plaintext.read() >= 0) {
            throw new IOException("encrypting " + object.name() + ": the plaintext is longer than the " + plaintextBytes
                    + " bytes that were said");
        }
        ended = true;
        return whole.finish(ByteBuffer.allocate(0));
    }

    @Override
    void release() throws IOException {
        Arrays.fill(buffer, (byte) 0);
        try (plaintext) {
            if (message != null) {
                message.close();
            }
        }
    }
}
