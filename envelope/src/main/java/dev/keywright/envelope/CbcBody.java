/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.LegacyContentCipher;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Holds a whole body of the unauthenticated CBC suite, as ciphertext, and decrypts it once to its end before any of it is
 * released: so nothing comes of a body that does not decrypt, and nothing tells a bad key from a bad body by when it fails.
 */
final class CbcBody {
    private final String subject;
    private final Envelope envelope;
    private final LegacyContentCipher cipher;
    private final ContentKey key;
    private final boolean keyRejected;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;

    CbcBody(
            String subject,
            Envelope envelope,
            LegacyContentCipher cipher,
            ContentKey key,
            boolean keyRejected,
            int bufferBytes,
            @Nullable Path spoolDirectory) {
        this.subject = subject;
        this.envelope = envelope;
        this.cipher = cipher;
        this.key = key;
        this.keyRejected = keyRejected;
        this.bufferBytes = bufferBytes;
        this.spoolDirectory = spoolDirectory;
    }

    /** The plaintext; the returned stream owns the key. */
    InputStream read(InputStream body, long bodyBytes) throws IOException {
        if (bodyBytes >= 0 && bodyBytes <= bufferBytes) {
            ByteArrayOutputStream held = new ByteArrayOutputStream((int) bodyBytes);
            decryptOnce(body, bodyBytes, held);
            return plaintext(new ByteArrayInputStream(held.toByteArray()), bodyBytes, OutputStream.nullOutputStream());
        }
        Spool spool = Spool.create(spoolDirectory);
        boolean held = false;
        try {
            decryptOnce(body, bodyBytes, spool.writer());
            held = true;
        } finally {
            if (!held) {
                spool.close();
            }
        }
        return plaintext(spool.reader(), bodyBytes, OutputStream.nullOutputStream());
    }

    /** The stream is left open: neither key nor body are its own yet. */
    @SuppressWarnings("resource")
    private void decryptOnce(InputStream body, long bodyBytes, OutputStream held) throws IOException {
        CbcInputStream trial = plaintext(body, bodyBytes, held);
        try {
            for (ByteBuffer next = trial.decryptedSegment(); next.hasRemaining(); ) {
                next = trial.decryptedSegment();
            }
        } finally {
            trial.wipe();
        }
    }

    private CbcInputStream plaintext(InputStream body, long bodyBytes, OutputStream held) {
        return new CbcInputStream(
                subject, cipher, key, keyRejected, body, new StoredBody(body, bodyBytes, envelope.suite(), held));
    }
}
