/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.LegacyContentCipher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Plaintext of the unauthenticated CBC suite. Whatever is wrong, a length, the padding, or a data key that did not unwrap, is
 * found at the body's end and is one and the same error (SEC-023, SEC-024), so that nobody learns from it which it was.
 */
final class CbcInputStream extends SegmentedInputStream {
    private final String subject;
    private final LegacyContentCipher cipher;
    private final ContentKey key;
    private final boolean keyRejected;
    private final InputStream source;
    private final StoredBody body;
    private Bytes previous = Bytes.empty();
    private final byte[] lastBlock = new byte[LegacyContentCipher.BLOCK_BYTES];
    private boolean unpadded;

    /** @param keyRejected whether the data key did not unwrap and {@code key} is made of a random one in its place */
    CbcInputStream(
            String subject,
            LegacyContentCipher cipher,
            ContentKey key,
            boolean keyRejected,
            InputStream source,
            StoredBody body) {
        this.subject = subject;
        this.cipher = cipher;
        this.key = key;
        this.keyRejected = keyRejected;
        this.source = source;
        this.body = body;
    }

    @Override
    ByteBuffer nextSegment() throws IOException {
        try {
            return decryptedSegment();
        } catch (KeywrightException e) {
            throw e.about(subject);
        }
    }

    /** As {@link #nextSegment}, with errors that don't name the object. */
    ByteBuffer decryptedSegment() throws IOException {
        if (unpadded) {
            return ByteBuffer.allocate(0);
        }
        ByteBuffer ciphertext;
        try {
            ciphertext = body.next();
        } catch (IntegrityException e) {
            throw failure();
        }
        if (!ciphertext.hasRemaining()) {
            return lastBlock();
        }
        if (ciphertext.remaining() % LegacyContentCipher.BLOCK_BYTES != 0) {
            throw failure();
        }
        byte[] last = new byte[LegacyContentCipher.BLOCK_BYTES];
        ciphertext.get(ciphertext.limit() - last.length, last);
        cipher.decrypt(key, previous, ciphertext.duplicate(), ciphertext.duplicate());
        previous = Bytes.copyOf(last);
        return ciphertext;
    }

    private ByteBuffer lastBlock() {
        unpadded = true;
        byte[] ciphertext = body.end().toByteArray();
        cipher.decrypt(key, previous, ByteBuffer.wrap(ciphertext), ByteBuffer.wrap(lastBlock));
        int plaintextBytes = CbcPadding.plaintextBytes(lastBlock);
        if (keyRejected || plaintextBytes < 0) {
            throw failure();
        }
        return ByteBuffer.wrap(lastBlock, 0, plaintextBytes);
    }

    /** Without a cause, which could tell. */
    private static IntegrityException failure() {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "the content does not decrypt: the body or its wrapped key were altered or truncated, or the "
                        + "master key is another (nothing in this object is authenticated)");
    }

    /** Forgets the plaintext last given. */
    void wipe() {
        Arrays.fill(lastBlock, (byte) 0);
        body.wipe();
    }

    @Override
    void release() throws IOException {
        wipe();
        key.close();
        source.close();
    }
}
