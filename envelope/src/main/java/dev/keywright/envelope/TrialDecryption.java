/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.LegacyContentCipher;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Decrypts a body of the unauthenticated CBC suite to its end and releases nothing of it, while the caller holds the
 * ciphertext: so nothing comes of a body that does not decrypt, and nothing tells a bad key from a bad body by when it
 * fails. Verifies nothing.
 *
 * <p>Owns the content key, which it wipes at {@link #close} and at every failure, unless {@link #end} has passed it on. For
 * one thread at a time.
 */
public final class TrialDecryption implements AutoCloseable {
    private final String subject;
    private final AlgorithmSuite suite;
    private final LegacyContentCipher cipher;
    private final ContentKey key;
    private final boolean keyRejected;
    private final long bodyBytes;
    private final UnverifiedDecryption trial;
    private byte[] scratch = new byte[0];
    private boolean passedOn;

    /** Owns {@code key}. */
    TrialDecryption(
            String subject,
            AlgorithmSuite suite,
            LegacyContentCipher cipher,
            ContentKey key,
            boolean keyRejected,
            long bodyBytes) {
        this.subject = subject;
        this.suite = suite;
        this.cipher = cipher;
        this.key = key;
        this.keyRejected = keyRejected;
        this.bodyBytes = bodyBytes;
        this.trial = decryption();
    }

    private UnverifiedDecryption decryption() {
        return new UnverifiedCbc(subject, suite, cipher, key, keyRejected, bodyBytes);
    }

    /**
     * Takes stored bytes, those after the ones before.
     *
     * @param body consumed, not altered
     * @throws IntegrityException if the body is longer than was announced
     * @throws IllegalStateException after {@link #end} or {@link #close}, or after a failure
     */
    public void update(ByteBuffer body) {
        requireOpen();
        if (scratch.length < body.remaining()) {
            scratch = new byte[body.remaining()];
        }
        ByteBuffer copy = ByteBuffer.wrap(scratch, 0, body.remaining());
        copy.put(body).flip();
        wipe(trial.update(copy));
        Arrays.fill(scratch, (byte) 0);
    }

    private static void wipe(ByteBuffer plaintext) {
        plaintext.put(new byte[plaintext.remaining()]);
    }

    /**
     * Ends the body, and passes the key on.
     *
     * @return what decrypts the same bytes once more; the caller closes it
     * @throws IntegrityException if it does not decrypt, whatever the reason
     * @throws IllegalStateException if called before, after {@link #close}, or after a failure
     */
    public UnverifiedDecryption end() {
        requireOpen();
        wipe(trial.end());
        passedOn = true;
        return decryption();
    }

    private void requireOpen() {
        if (passedOn) {
            throw new IllegalStateException(subject + ": the trial has ended");
        }
    }

    /** Wipes the key, unless {@link #end} has passed it on. Idempotent. */
    @Override
    public void close() {
        if (!passedOn) {
            trial.close();
        }
    }
}
