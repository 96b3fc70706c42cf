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
            decryptOnce(new HoldingInputStream(body, held), bodyBytes);
            return plaintext(new ByteArrayInputStream(held.toByteArray()), bodyBytes);
        }
        Spool spool = Spool.create(spoolDirectory);
        boolean held = false;
        try {
            decryptOnce(new HoldingInputStream(body, spool.writer()), bodyBytes);
            held = true;
        } finally {
            if (!held) {
                spool.close();
            }
        }
        return plaintext(spool.reader(), bodyBytes);
    }

    /** The stream is left open: neither key nor body are its own yet. */
    @SuppressWarnings("resource")
    private void decryptOnce(InputStream body, long bodyBytes) throws IOException {
        CbcInputStream trial = plaintext(body, bodyBytes);
        try {
            for (ByteBuffer next = trial.decryptedSegment(); next.hasRemaining(); ) {
                next = trial.decryptedSegment();
            }
        } finally {
            trial.wipe();
        }
    }

    private CbcInputStream plaintext(InputStream body, long bodyBytes) {
        return new CbcInputStream(
                subject, cipher, key, keyRejected, body, new StoredBody(body, bodyBytes, envelope.suite()));
    }

    /** Keeps a copy of what is read. */
    private static final class HoldingInputStream extends InputStream {
        private final InputStream source;
        private final OutputStream copy;

        HoldingInputStream(InputStream source, OutputStream copy) {
            this.source = source;
            this.copy = copy;
        }

        @Override
        public int read() throws IOException {
            int one = source.read();
            if (one >= 0) {
                copy.write(one);
            }
            return one;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            int got = source.read(into, offset, length);
            if (got > 0) {
                copy.write(into, offset, got);
            }
            return got;
        }
    }
}
