/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.MessageCipher.Message;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Plaintext as a strict cipher gives it, of which all but the last may be unverified; the end is reached only if the tag
 * verifies. What the module holds back counts against the buffer.
 */
final class MessageDecryptingInputStream extends SegmentedInputStream {
    private final String subject;
    private final MessageCipher cipher;
    private final ContentKey key;
    private final InputStream body;
    private final long bodyBytes;
    private final int bufferBytes;
    private final byte[] buffer = new byte[SEGMENT_BYTES];
    private @Nullable Message message; // begun with the first read
    private byte[] given = new byte[0];
    private long read;
    private long released;
    private boolean ended;

    MessageDecryptingInputStream(
            String subject, MessageCipher cipher, ContentKey key, InputStream body, long bodyBytes, int bufferBytes) {
        this.subject = subject;
        this.cipher = cipher;
        this.key = key;
        this.body = body;
        this.bodyBytes = bodyBytes;
        this.bufferBytes = bufferBytes;
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        try {
            Arrays.fill(given, (byte) 0);
            given = new byte[0];
            if (message == null) {
                message = cipher.decrypt(key);
            }
            while (!ended && given.length == 0) {
                given = next(message);
                released += given.length;
            }
            return ByteBuffer.wrap(given);
        } catch (KeywrightException e) {
            throw e.about(subject);
        }
    }

    private byte[] next(Message whole) throws IOException {
        int got = body.readNBytes(buffer, 0, buffer.length);
        read += got;
        if (bodyBytes >= 0 && read > bodyBytes) {
            throw MessageBody.otherLength("goes on after " + bodyBytes, bodyBytes);
        }
        if (read - released > bufferBytes) {
            throw MessageBody.tooLong("of which " + (read - released) + " bytes are held back", cipher, bufferBytes);
        }
        if (got == buffer.length) {
            return whole.update(ByteBuffer.wrap(buffer));
        }
        if (read < bodyBytes) {
            throw MessageBody.otherLength("ends after " + read, bodyBytes);
        }
        ended = true;
        return whole.finish(ByteBuffer.wrap(buffer, 0, got));
    }

    @Override
    void release() throws IOException {
        Arrays.fill(given, (byte) 0);
        Arrays.fill(buffer, (byte) 0);
        try (body;
                key) {
            if (message != null) {
                message.close();
            }
        }
    }
}
