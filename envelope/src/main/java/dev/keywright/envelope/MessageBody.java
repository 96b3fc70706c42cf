/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.MessageCipher.Message;
import dev.keywright.spi.PolicyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Holds a whole body in memory, has a strict cipher verify and decrypt it, and only then gives plaintext. Nothing else would
 * do: the module shows no digest by which a second reading of the ciphertext could be known again.
 */
final class MessageBody {
    private final MessageCipher cipher;
    private final ContentKey key;
    private final int bufferBytes;

    MessageBody(MessageCipher cipher, ContentKey key, int bufferBytes) {
        this.cipher = cipher;
        this.key = key;
        this.bufferBytes = bufferBytes;
    }

    /** The plaintext, verified; the key is closed. */
    InputStream read(InputStream body, long bodyBytes) throws IOException {
        if (bodyBytes > bufferBytes) {
            throw tooLong("of " + bodyBytes + " bytes", cipher, bufferBytes);
        }
        byte[] whole = whole(body, bodyBytes);
        try (Message message = cipher.decrypt(key)) {
            byte[] plaintext = message.finish(ByteBuffer.wrap(whole));
            key.close();
            return new WipedSegmentsInputStream(plaintext.length == 0 ? List.of() : List.of(plaintext));
        }
    }

    private byte[] whole(InputStream body, long bodyBytes) throws IOException {
        if (bodyBytes < 0) {
            byte[] whole = body.readNBytes(bufferBytes);
            if (body.read() >= 0) {
                throw tooLong("longer than " + bufferBytes + " bytes", cipher, bufferBytes);
            }
            return whole;
        }
        byte[] whole = new byte[(int) bodyBytes];
        int read = body.readNBytes(whole, 0, whole.length);
        if (read < whole.length) {
            throw otherLength("ends after " + read, bodyBytes);
        }
        if (body.read() >= 0) {
            throw otherLength("goes on after " + read, bodyBytes);
        }
        return whole;
    }

    static IntegrityException otherLength(String what, long bodyBytes) {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "the body " + what + " bytes; " + bodyBytes + " were announced: truncated or extended");
    }

    static PolicyException tooLong(String length, MessageCipher cipher, int bufferBytes) {
        return new PolicyException("a body " + length + ": the strict cipher " + cipher
                + " holds what is not verified in memory, and bufferBytes allows it " + bufferBytes
                + "; allow more, or read it with a content cipher that is not strict");
    }
}
