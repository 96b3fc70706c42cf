/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.MessageCipher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/**
 * One object on its way out through a strict cipher, whole and from its start. Such a cipher gives no digests of ciphertext,
 * so what a retry must not change is told by the SHA-256 of each run of plaintext.
 */
final class EncryptedMessage implements AutoCloseable {
    private final ObjectName name;
    private final Envelope envelope;
    private final MessageCipher cipher;
    private final ContentKey key;
    private final SentPlaintext sent = new SentPlaintext();

    EncryptedMessage(ObjectName name, Envelope envelope, MessageCipher cipher, ContentKey key) {
        this.name = name;
        this.envelope = envelope;
        this.cipher = cipher;
        this.key = key;
    }

    ObjectName name() {
        return name;
    }

    Envelope envelope() {
        return envelope;
    }

    /** The body from its start, as it is made. */
    InputStream open(PlaintextSource plaintext) throws IOException {
        return new MessageEncryptingInputStream(this, cipher, key, plaintext.open(), plaintext.lengthBytes());
    }

    /** Takes a run of plaintext that is not encrypted yet; refuses one that differs from an earlier reading's. */
    void admit(int index, long offset, ByteBuffer run) {
        if (!sent.admits(index, run)) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "encrypting " + name + ": the plaintext changed between two attempts, near byte " + offset
                            + "; nothing of the change was sent. Repeat the whole operation, for a fresh key");
        }
    }

    @Override
    public void close() {
        key.close();
        sent.close();
    }
}
