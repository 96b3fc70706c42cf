/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.LegacyContentCipher;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Decrypts part of a body as it comes, <em>which nothing verifies</em>. Give it stored bytes in pieces of any length; what
 * stands before and after the range is dropped, so that no byte of the tag is taken for content.
 *
 * <p>Owns the content key, which it wipes at {@link #close} and at every failure. For one thread at a time.
 */
public final class RangeDecryption implements AutoCloseable {
    private final String subject;
    private final ContentKey key;
    private final PlaintextRange range;
    private final long begin; // of what is decrypted, in the body
    private final long end;
    private final @Nullable Segment segment; // of a suite with a tag
    private final @Nullable CbcBlocks blocks; // of one without
    private final HeldBackEnd partialBlock = HeldBackEnd.ofBlocks();
    private long taken; // the next byte's place in the body
    private long decrypted; // the next decrypted byte's place in the plaintext
    private boolean closed;

    /** Owns {@code key}. */
    RangeDecryption(
            String subject,
            AlgorithmSuite suite,
            CipherInUse cipher,
            @Nullable LegacyContentCipher legacyCipher,
            ContentKey key,
            long bodyOffset,
            PlaintextRange range) {
        this.subject = subject;
        this.key = key;
        this.range = range;
        this.begin = range.bodyOffset(suite);
        this.taken = bodyOffset;
        this.decrypted = range.offset() - range.offset() % LegacyContentCipher.BLOCK_BYTES;
        boolean made = false;
        try {
            if (bodyOffset > begin || bodyOffset < 0) {
                throw new IllegalArgumentException(
                        subject + ": body bytes from " + bodyOffset + " on, and the range needs those from " + begin);
            }
            if (legacyCipher == null) {
                this.segment = cipher.forSegments(subject + ": a range")
                        .segment(key, Direction.DECRYPT_UNAUTHENTICATED, begin);
                this.blocks = null;
                this.end = range.end();
            } else {
                this.segment = null;
                this.blocks = new CbcBlocks(legacyCipher, key, begin < decrypted);
                this.end = range.bodyEnd();
            }
            made = true;
        } finally {
            if (!made) {
                key.close();
            }
        }
    }

    /**
     * Takes stored bytes, those after the ones before, and gives what plaintext of the range they hold, maybe none.
     *
     * @param body consumed and overwritten
     * @return the plaintext, unverified: in {@code body}'s own memory, or other where that has too little room
     * @throws IllegalStateException after {@link #end} or {@link #close}, or after a failure
     */
    public ByteBuffer update(ByteBuffer body) {
        requireOpen();
        ByteBuffer needed = needed(body);
        boolean done = false;
        try {
            ByteBuffer content = decrypt(needed);
            long before = Math.max(0, Math.min(content.remaining(), range.offset() - decrypted));
            decrypted += content.remaining();
            long after = Math.max(0, Math.min(content.remaining() - before, decrypted - range.end()));
            ByteBuffer plaintext = content.duplicate()
                    .position((int) (content.position() + before))
                    .limit((int) (content.limit() - after));
            wipe(content, content.position(), plaintext.position());
            wipe(content, plaintext.limit(), content.limit());
            done = true;
            return plaintext;
        } catch (KeywrightException e) {
            throw e.about(subject);
        } finally {
            if (!done) {
                wipe(needed, needed.position(), needed.limit());
                close();
            }
        }
    }

    /** The part of these bytes that is to be decrypted; takes all of them. */
    private ByteBuffer needed(ByteBuffer body) {
        long before = Math.max(0, Math.min(body.remaining(), begin - taken));
        long after = Math.max(0, Math.min(body.remaining() - before, taken + body.remaining() - end));
        taken += body.remaining();
        ByteBuffer needed =
                body.duplicate().position((int) (body.position() + before)).limit((int) (body.limit() - after));
        body.position(body.limit());
        return needed;
    }

    private ByteBuffer decrypt(ByteBuffer ciphertext) {
        if (segment != null) {
            segment.update(ciphertext.duplicate(), ciphertext.duplicate());
            return ciphertext;
        }
        ByteBuffer whole = partialBlock.shift(ciphertext);
        if (blocks != null) {
            blocks.decrypt(whole);
        }
        return whole;
    }

    private static void wipe(ByteBuffer bytes, int from, int to) {
        bytes.duplicate().limit(to).position(from).put(new byte[to - from]);
    }

    /**
     * Ends the range.
     *
     * @throws IntegrityException if the body ended before the range did
     * @throws IllegalStateException if called before, after {@link #close}, or after a failure
     */
    public void end() {
        requireOpen();
        close();
        if (decrypted < range.end()) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    subject + ": the body ends after " + taken + " bytes, within the range asked for: truncated");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(subject + ": the decryption has ended, failed or was closed");
        }
    }

    /** Wipes the key. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            try {
                if (segment != null) {
                    segment.close();
                }
            } finally {
                key.close();
            }
        }
    }
}
