/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.LegacyContentCipher;
import dev.keywright.spi.PolicyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One stored object whose key is at hand and whose body is still to be read. Gives one plaintext stream, or one object that
 * a body is pushed into; that owns the content key from then on, and wipes it when it is closed. For one thread.
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
        return verified(body, bodyBytes, VerifiedBody.Hold.MEMORY_OR_SPOOL);
    }

    /**
     * As {@link #verified}, never by a temporary file.
     *
     * @throws PolicyException if the body is longer than the configured buffer
     */
    public InputStream verifiedInMemory(InputStream body, long bodyBytes) throws IOException {
        return verified(body, bodyBytes, VerifiedBody.Hold.MEMORY);
    }

    /** As {@link #verified}, always by a temporary file. */
    public InputStream verifiedBySpool(InputStream body, long bodyBytes) throws IOException {
        return verified(body, bodyBytes, VerifiedBody.Hold.SPOOL);
    }

    private InputStream verified(InputStream body, long bodyBytes, VerifiedBody.Hold hold) throws IOException {
        try (body) {
            if (legacyCipher != null) {
                try (TrialDecryption trial = trial(bodyBytes)) {
                    return new CbcBody(subject, trial, hold, bufferBytes, spoolDirectory).read(body, bodyBytes);
                }
            }
            if (cipher.isStrict()) {
                return message(hold, body, bodyBytes);
            }
            try (BodyVerification verification = verification(bodyBytes)) {
                return new VerifiedBody(verification, hold, bufferBytes, spoolDirectory).read(body, bodyBytes);
            }
        }
    }

    private InputStream message(VerifiedBody.Hold hold, InputStream body, long bodyBytes) throws IOException {
        if (hold == VerifiedBody.Hold.SPOOL) {
            cipher.forSegments(subject + ": a temporary file");
        }
        try (ContentKey taken = takeKey()) {
            return new MessageBody(cipher.strict(), taken, bufferBytes).read(body, bodyBytes);
        } catch (KeywrightException e) {
            throw e.about(subject);
        }
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
        return UnverifiedInputStream.of(unverified(bodyBytes), body);
    }

    /**
     * Part of the plaintext, <em>which nothing verifies</em>: the tag is of the whole. What is known is that the envelope
     * opened, and, where its suite commits to the key, that it is this key's.
     *
     * @param body stored bytes, from {@code bodyOffset} on at least to the range's {@link PlaintextRange#bodyEnd}; closed with
     *     the returned stream
     * @param bodyOffset where in the body they begin, at the range's {@link PlaintextRange#bodyOffset} or before it
     * @param range which part; it must be one that the plaintext has
     * @return the plaintext of that range; ends only if all of it came. The caller closes it, which wipes the key
     */
    public InputStream unverifiedRange(InputStream body, long bodyOffset, PlaintextRange range) {
        return UnverifiedInputStream.of(unverifiedRange(bodyOffset, range), body);
    }

    /**
     * Verifies a body that is pushed. {@link #verified} is made of this.
     *
     * @param bodyBytes the body's length, or {@link #UNKNOWN_LENGTH}
     * @throws IllegalStateException if nothing verifies the body, being of the legacy CBC suite: see {@link #trial}
     */
    public BodyVerification verification(long bodyBytes) {
        return verification(bodyBytes, SegmentedInputStream.SEGMENT_BYTES);
    }

    /**
     * As {@link #verification(long)}, in segments of this length, or of twice that and so on for a body that would have more
     * than {@link BodyVerification#MAX_SEGMENTS}: the shorter, the less is read for a small part of the plaintext.
     *
     * @throws IllegalArgumentException unless {@code smallestSegmentBytes} is a positive multiple of 16
     */
    public BodyVerification verification(long bodyBytes, int smallestSegmentBytes) {
        if (smallestSegmentBytes <= 0 || smallestSegmentBytes % LegacyContentCipher.BLOCK_BYTES != 0) {
            throw new IllegalArgumentException(
                    "segments of " + smallestSegmentBytes + " bytes: a positive multiple of 16 is wanted");
        }
        if (legacyCipher != null) {
            throw new IllegalStateException(subject + ": nothing verifies unauthenticated content");
        }
        ContentCipher segments = cipher.forSegments(subject + ": this way of verifying");
        return new BodyVerification(subject, envelope.suite(), segments, takeKey(), bodyBytes, smallestSegmentBytes);
    }

    /**
     * Tries a body of the legacy CBC suite that is pushed and held by the caller.
     *
     * @param bodyBytes the body's length, or {@link #UNKNOWN_LENGTH}
     * @throws IllegalStateException if the body is of another suite: see {@link #verification}
     */
    public TrialDecryption trial(long bodyBytes) {
        LegacyContentCipher legacy = requireLegacy();
        return new TrialDecryption(subject, envelope.suite(), legacy, takeKey(), keyRejected, bodyBytes);
    }

    /**
     * Decrypts a body that is pushed, <em>before it is verified</em>.
     *
     * @param bodyBytes the body's length, or {@link #UNKNOWN_LENGTH}
     */
    public UnverifiedDecryption unverified(long bodyBytes) {
        return legacyCipher != null
                ? new UnverifiedCbc(subject, envelope.suite(), legacyCipher, takeKey(), keyRejected, bodyBytes)
                : new UnverifiedGcm(
                        subject,
                        envelope.suite(),
                        cipher.forSegments(subject + ": pushed content"),
                        takeKey(),
                        bodyBytes);
    }

    /** Decrypts part of a body that is pushed, as {@link #unverifiedRange(InputStream, long, PlaintextRange)} does. */
    public RangeDecryption unverifiedRange(long bodyOffset, PlaintextRange range) {
        return new RangeDecryption(subject, envelope.suite(), cipher, legacyCipher, takeKey(), bodyOffset, range);
    }

    /**
     * The plaintext's length in a body of the legacy CBC suite, which its padding tells. The key stays here.
     *
     * @param lastBlocks the body's last 32 bytes, or all of it if it is shorter
     * @throws IntegrityException the one error of this suite, if body or key are wrong
     * @throws IllegalStateException if the body is of another suite, whose length is arithmetic: {@link
     *     Envelope#plaintextBytes}
     */
    public long legacyPlaintextBytes(long bodyBytes, Bytes lastBlocks) {
        LegacyContentCipher legacy = requireLegacy();
        ContentKey borrowed = requireKey();
        int block = LegacyContentCipher.BLOCK_BYTES;
        try {
            if (bodyBytes < block || bodyBytes % block != 0 || lastBlocks.size() != Math.min(bodyBytes, 2L * block)) {
                throw CbcPadding.failure();
            }
            byte[] bytes = lastBlocks.toByteArray();
            new CbcBlocks(legacy, borrowed, bytes.length > block).decrypt(ByteBuffer.wrap(bytes));
            byte[] last = Arrays.copyOfRange(bytes, bytes.length - block, bytes.length);
            try {
                return bodyBytes - block + CbcPadding.requirePlaintextBytes(last, keyRejected);
            } finally {
                Arrays.fill(bytes, (byte) 0);
                Arrays.fill(last, (byte) 0);
            }
        } catch (KeywrightException e) {
            throw e.about(subject);
        }
    }

    private LegacyContentCipher requireLegacy() {
        if (legacyCipher == null) {
            throw new IllegalStateException(subject + ": not of the legacy CBC suite");
        }
        return legacyCipher;
    }

    private ContentKey requireKey() {
        if (key == null) {
            throw new IllegalStateException(
                    "a decryption gives one stream, and it was given or the decryption is closed");
        }
        return key;
    }

    private ContentKey takeKey() {
        ContentKey taken = requireKey();
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
