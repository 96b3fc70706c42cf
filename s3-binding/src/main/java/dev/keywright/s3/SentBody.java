/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.utils.Logger;

/**
 * An encrypted body as the SDK reads it, from its start for every attempt. Remembers why it failed, as the SDK wraps what
 * a body throws. For one thread at a time; closing it closes the attempt that is under way.
 */
final class SentBody implements ContentStreamProvider, AutoCloseable {
    private static final Logger LOG = Logger.loggerFor(SentBody.class);

    /** Opens the ciphertext from its start. */
    @FunctionalInterface
    interface Ciphertext {
        InputStream open() throws IOException;
    }

    private final ObjectName name;
    private final Ciphertext ciphertext;
    private @Nullable InputStream attempt;
    private @Nullable KeywrightException failure;

    SentBody(ObjectName name, Ciphertext ciphertext) {
        this.name = name;
        this.ciphertext = ciphertext;
    }

    @Override
    public InputStream newStream() {
        close();
        try {
            InputStream body = new RememberingInputStream(ciphertext.open());
            attempt = body;
            return body;
        } catch (IOException e) {
            throw new UncheckedIOException("writing " + name + ": can't open the plaintext", e);
        }
    }

    /** Why the body refused to go on; null if it didn't. */
    @Nullable
    KeywrightException failure() {
        return failure;
    }

    @Override
    public void close() {
        InputStream last = attempt;
        attempt = null;
        if (last != null) {
            try {
                last.close();
            } catch (IOException e) {
                // The plaintext was read as far as was needed: a put that S3 answered does not fail for this.
                LOG.debug(() -> "closing the plaintext of " + name, e);
            }
        }
    }

    private final class RememberingInputStream extends FilterInputStream {
        RememberingInputStream(InputStream body) {
            super(body);
        }

        @Override
        public int read() throws IOException {
            try {
                return super.read();
            } catch (KeywrightException e) {
                failure = e;
                throw e;
            }
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            try {
                return super.read(into, offset, length);
            } catch (KeywrightException e) {
                failure = e;
                throw e;
            }
        }
    }
}
