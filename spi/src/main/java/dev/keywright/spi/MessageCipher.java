/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.nio.ByteBuffer;
import java.util.Set;

/**
 * Content as whole AES-GCM messages, each in one stream from its start, whose tags the module below makes and checks itself:
 * for users who may compute nothing of GCM outside of a validated module. It costs what a {@link ContentCipher} is there to
 * give: no ranges, no parts, no order but the first byte first, and most modules keep a message until they have verified it.
 *
 * <p>The core then refuses what needs segments, and holds a whole body in memory before it releases any of it. Never makes
 * a nonce, never does I/O. Thread-safe; a {@link Message} is for one thread at a time.
 */
public interface MessageCipher {
    /** The suites this cipher works with. */
    Set<AlgorithmSuite> suites();

    /** The longest plaintext of one message in bytes, which may be less than the suite's own limit. */
    long maxPlaintextBytes();

    /**
     * Begins to encrypt the one message of this key. Plaintext goes in; ciphertext comes out, and after its last byte the
     * 16-byte tag. A second message of the same key must be the same plaintext: that is the caller's to see to.
     *
     * @throws IllegalArgumentException for a suite not in {@link #suites()}
     * @throws IllegalStateException if {@code key} is closed
     */
    Message encrypt(ContentKey key);

    /**
     * Begins to decrypt a message. Ciphertext and tag go in; plaintext comes out. What comes before {@link Message#finish}
     * has returned is not verified; most modules give nothing before.
     *
     * @throws IllegalArgumentException for a suite not in {@link #suites()}
     * @throws IllegalStateException if {@code key} is closed
     */
    Message decrypt(ContentKey key);

    /** One message. One thread at a time. What it gives is the caller's to wipe. */
    interface Message extends AutoCloseable {
        /**
         * Consumes all of {@code in} and gives what the module gives for it, if only nothing.
         *
         * @throws IllegalArgumentException if the message would pass {@link MessageCipher#maxPlaintextBytes}
         * @throws IllegalStateException after {@link #finish} or {@link #close}, or if the module fails
         */
        byte[] update(ByteBuffer in);

        /**
         * Consumes all of {@code in}, ends the message, and gives what is left of it: the last ciphertext and the tag, or,
         * the tag being right, the last plaintext.
         *
         * @throws IntegrityException if a message that is decrypted is not what was encrypted; nothing is given
         * @throws IllegalArgumentException if the message would pass {@link MessageCipher#maxPlaintextBytes}
         * @throws IllegalStateException after {@link #finish} or {@link #close}, or if the module fails
         */
        byte[] finish(ByteBuffer in);

        /** Drops key schedule and buffers, also midway. Idempotent. */
        @Override
        void close();
    }
}
