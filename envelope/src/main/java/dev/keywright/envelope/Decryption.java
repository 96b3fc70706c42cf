/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.LegacyContentCipher;
import dev.keywright.spi.PolicyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One stored object whose key is at hand and whose body is still to be read. Gives one plaintext stream; that stream owns
 * the content key from then on, and wipes it when it is closed. For one thread.
 */
public final class Decryption implements AutoCloseable {
    /** A body whose length is not known beforehand. */
    public static final long UNKNOWN_LENGTH = -1;

    private final String subject;
    private final Envelope envelope;
    private final CipherInUse cipher;
    private final @Nullable LegacyContentCipher legacyCipher;
    private final boolean keyRejected;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;
    private @Nullable ContentKey key; // null once handed to a stream, or closed

    Decryption(
            String subject,
            Envelope envelope,
            CipherInUse cipher,
            @Nullable LegacyContentCipher legacyCipher,
            ContentKey key,
            boolean keyRejected,
            int bufferBytes,
            @Nullable Path spoolDirectory) {
        this.subject = subject;
        this.envelope = envelope;
        this.cipher = cipher;
        this.legacyCipher = legacyCipher;
        this.key = key;
        this.keyRejected = keyRejected;
        this.bufferBytes = bufferBytes;
        this.spoolDirectory = spoolDirectory;
    }

    /** What the object's metadata says. */
    public Envelope envelope() {
        return envelope;
    }

    /**
     * Reads the whole body, verifies its tag, and only then gives the plaintext. Holds up to the configured buffer in
     * memory; more goes to a temporary file that holds ciphertext only, and whose every segment is verified again as it is
     * released.
     *
     * <p>A body of the legacy CBC suite has no tag, and nothing of it is ever verified. It is read whole too, and decrypted to
     * its end once, so that no plaintext comes of a body that does not decrypt, and all its failures are one.
     *
     * <p>A {@link dev.keywright.spi.MessageCipher} has the whole body in memory, and no temporary file.
     *
     * @param body closed when it has been read, also if that fails
     * @param bodyBytes the body's length, or {@link #UNKNOWN_LENGTH}
     * @return the plaintext; the caller closes it, which wipes the key and drops the temporary file
     * @throws IntegrityException if the body is not what was encrypted; no plaintext was released
     * @throws PolicyException if a strict cipher would need more memory for it than is configured
     * @throws IOException if the body can't be read or the temporary file not written
     */
    public InputStream verified(InputStream body, long bodyBytes) throws IOException {
        ContentKey taken = takeKey();
        boolean handedOver = false;
        try (body) {
            InputStream plaintext = read(taken, body, bodyBytes);
            handedOver = true;
            return plaintext;
        } catch (KeywrightException e) {
            throw e.about(subject);
        } finally {
            if (!handedOver) {
                taken.close();
            }
        }
    }

    private InputStream read(ContentKey taken, InputStream body, long bodyBytes) throws IOException {
        if (legacyCipher != null) {
            return new CbcBody(subject, envelope, legacyCipher, taken, keyRejected, bufferBytes, spoolDirectory)
                    .read(body, bodyBytes);
        }
        if (cipher.isStrict()) {
            return new MessageBody(cipher.strict(), taken, bufferBytes).read(body, bodyBytes);
        }
        return new VerifiedBody(
                        subject, envelope.suite(), cipher.forSegments("this body"), taken, bufferBytes, spoolDirectory)
                .read(new StoredBody(body, bodyBytes, envelope.suite()), bodyBytes);
    }

    /**
     * The plaintext as it arrives, <em>before it is verified</em>: anything may have been altered until the stream's end was
     * read without an error. A reader that stops early has unauthenticated data.
     *
     * @param body closed with the returned stream
     * @param bodyBytes the body's length, or {@link #UNKNOWN_LENGTH}
     * @return the plaintext, whose last read throws {@link IntegrityException} if the body does not verify; the caller
     *     closes it, which wipes the key
     */
    public InputStream unverified(InputStream body, long bodyBytes) {
        if (legacyCipher == null && cipher.isStrict()) {
            return new MessageDecryptingInputStream(subject, cipher.strict(), takeKey(), body, bodyBytes, bufferBytes);
        }
        StoredBody stored = new StoredBody(body, bodyBytes, envelope.suite());
        return legacyCipher != null
                ? new CbcInputStream(subject, legacyCipher, takeKey(), keyRejected, body, stored)
                : new UnverifiedInputStream(subject, cipher.forSegments("this body"), takeKey(), body, stored);
    }

    private ContentKey takeKey() {
        ContentKey taken = key;
        if (taken == null) {
            throw new IllegalStateException(
                    "a decryption gives one stream, and it was given or the decryption is closed");
        }
        key = null;
        return taken;
    }

    /** Wipes the content key, unless a stream owns it. Idempotent. */
    @Override
    public void close() {
        if (key != null) {
            key.close();
            key = null;
        }
    }
}
