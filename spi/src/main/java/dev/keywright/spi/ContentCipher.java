/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * Raw cipher work on an object's content, a segment at a time, in any order and on any threads: whole objects, ranges and
 * parallel parts are one call. A cipher that must see whole messages from their start is a {@link MessageCipher}.
 * Never compares tags, never makes a nonce, never does I/O. Thread-safe; a {@link Segment} is for one thread at a time.
 */
public interface ContentCipher {
    /** The suites this cipher works with. */
    Set<AlgorithmSuite> suites();

    /** What a segment does with the bytes it is given. */
    enum Direction {
        /** Takes plaintext, gives ciphertext; the digest is of the ciphertext. */
        ENCRYPT,
        /** Takes ciphertext, gives plaintext; the digest is of the ciphertext. The plaintext is not verified yet. */
        DECRYPT,
        /**
         * Takes ciphertext, gives plaintext and keeps no digest: for what can't be verified, as a range of a whole object, or
         * was verified already. {@link Segment#finish} is refused.
         */
        DECRYPT_UNAUTHENTICATED,
        /** Takes ciphertext, gives nothing but the digest. */
        AUTHENTICATE
    }

    /**
     * Begins a segment.
     *
     * @param offsetBytes plaintext offset of its first byte, a multiple of 16, below 2^36 - 32 (NIST SP 800-38D, section
     *     5.2.1.1)
     * @throws IllegalArgumentException for another offset, or a suite not in {@link #suites()}
     */
    Segment segment(ContentKey key, Direction direction, long offsetBytes);

    /**
     * The tag over adjoining segments that start at 0; every length but the last is a multiple of 16.
     *
     * @param inOrder digests that this cipher made under this key; empty for empty content
     * @throws IllegalArgumentException if the segments do not adjoin, or are another cipher's
     */
    Bytes tag(ContentKey key, List<? extends SegmentDigest> inOrder);

    /**
     * Digests in a form that may be stored, for an upload that outlives its process: encrypted and authenticated under a key
     * that only the content key gives, each with its place and length, under a fresh random nonce.
     *
     * @param associatedData authenticated with them, and wanted again by {@link #unseal}
     * @param digests that this cipher made under this key
     * @throws IllegalArgumentException if one is another cipher's, or of another key
     */
    Bytes seal(ContentKey key, Bytes associatedData, List<? extends SegmentDigest> digests);

    /**
     * The digests that {@link #seal} was given.
     *
     * @return closed by the caller
     * @throws IntegrityException if anything was altered, or key or associated data are not those of the sealing
     */
    List<SegmentDigest> unseal(ContentKey key, Bytes associatedData, Bytes sealed);

    /** One run of bytes. One thread at a time. Working memory is bounded and does not grow with the input. */
    interface Segment extends AutoCloseable {
        /**
         * Consumes all of {@code in}. Writes exactly as many bytes to {@code out}, or none for {@link
         * Direction#AUTHENTICATE}. The buffers may be direct, read-only (in), and may overlap if they are the same region.
         *
         * @throws IllegalArgumentException if {@code out} has too little room, or the content would pass the suite's
         *     longest plaintext
         * @throws IllegalStateException after {@link #finish} or {@link #close}
         */
        void update(ByteBuffer in, ByteBuffer out);

        /**
         * Ends the segment and gives the digest of its ciphertext, which the caller closes.
         *
         * @throws IllegalStateException if it was ended or closed before, or keeps no digest: {@link
         *     Direction#DECRYPT_UNAUTHENTICATED}
         */
        SegmentDigest finish();

        /** Drops key schedule and buffers, also midway. Idempotent. */
        @Override
        void close();
    }

    /**
     * What is kept of a segment towards the tag. A secret: with the ciphertext it would give the hash key away, and with
     * that anyone forges. So it has no encoded form but the sealed one, is wiped at {@link #close()}, and its {@code toString}
     * is redacted.
     */
    interface SegmentDigest extends AutoCloseable {
        /** Plaintext offset of the segment's first byte. */
        long offsetBytes();

        /** The segment's length. */
        long lengthBytes();

        /** Whether the other is of the same bytes at the same place under the same key; compared in constant time. */
        boolean sameAs(SegmentDigest other);

        /** Wipes the digest. Idempotent. */
        @Override
        void close();
    }
}
