/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import java.nio.ByteBuffer;

/**
 * Decrypts a whole body as it comes, <em>before it is verified</em>: anything in the plaintext may have been altered until
 * {@link #end} returned. Give it the stored bytes, tag included, in pieces of any length; the end is held back, so that no
 * byte of the tag is taken for content.
 *
 * <p>A body of the legacy CBC suite has no tag, and nothing of it is ever verified; whatever is wrong with it or its key is
 * one and the same error at the end.
 *
 * <p>Owns the content key, which it wipes at {@link #close} and at every failure. For one thread at a time.
 */
public abstract sealed class UnverifiedDecryption implements AutoCloseable permits UnverifiedGcm, UnverifiedCbc {
    private final String subject;
    private final ContentKey key;
    private final HeldBackEnd heldBack;
    private boolean ended;
    private boolean closed;

    /** Owns {@code key}. */
    UnverifiedDecryption(String subject, ContentKey key, HeldBackEnd heldBack) {
        this.subject = subject;
        this.key = key;
        this.heldBack = heldBack;
    }

    /** Decrypts a run of content in place. */
    abstract void decrypt(ByteBuffer content);

    /** What the held-back end gives; refuses it if it is wrong. */
    abstract ByteBuffer finish(Bytes storedEnd);

    /** Drops what else holds the key. */
    abstract void forget();

    /** The error for a body of a wrong length. */
    abstract IntegrityException wrongLength(IntegrityException e);

    /**
     * Takes stored bytes, those after the ones before, and gives what plaintext can be told by now, maybe none.
     *
     * @param body consumed and overwritten
     * @return the plaintext, unverified: in {@code body}'s own memory, or other where that has too little room
     * @throws IntegrityException if the body is longer than was announced, or than any can be
     * @throws IllegalStateException after {@link #end} or {@link #close}, or after a failure
     */
    public final ByteBuffer update(ByteBuffer body) {
        requireOpen();
        ByteBuffer content = body.duplicate();
        boolean done = false;
        try {
            content = shift(body);
            decrypt(content.duplicate());
            done = true;
            return content;
        } catch (KeywrightException e) {
            throw e.about(subject);
        } finally {
            if (!done) {
                close();
                content.put(new byte[content.remaining()]);
            }
        }
    }

    private ByteBuffer shift(ByteBuffer body) {
        try {
            return heldBack.shift(body);
        } catch (IntegrityException e) {
            throw wrongLength(e);
        }
    }

    /**
     * Ends the body.
     *
     * @return the last of the plaintext; always empty where a tag ended the body
     * @throws IntegrityException if the body is not what was encrypted: everything that was given so far is worthless
     * @throws IllegalStateException if called before, after {@link #close}, or after a failure
     */
    public final ByteBuffer end() {
        requireOpen();
        ended = true;
        boolean done = false;
        try {
            ByteBuffer last = finish(storedEnd());
            done = true;
            return last;
        } catch (KeywrightException e) {
            throw e.about(subject);
        } finally {
            if (!done) {
                close();
            }
        }
    }

    private Bytes storedEnd() {
        try {
            return heldBack.end();
        } catch (IntegrityException e) {
            throw wrongLength(e);
        }
    }

    private void requireOpen() {
        if (ended || closed) {
            throw new IllegalStateException(subject + ": the decryption has ended, failed or was closed");
        }
    }

    /** Wipes the key. Idempotent. */
    @Override
    public final void close() {
        if (!closed) {
            closed = true;
            try {
                forget();
            } finally {
                key.close();
            }
        }
    }
}
