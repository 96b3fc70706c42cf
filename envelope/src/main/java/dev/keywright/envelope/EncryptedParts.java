/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

/**
 * One object on its way out whose length need not be known beforehand: its envelope, and its body in runs of any order, on
 * any thread. Joined in the order of their offsets, with the tag at the end, the runs are one ordinary AES-GCM message.
 * Thread-safe; holds the content key and a digest for each run until it is closed.
 *
 * <p>A run may be encrypted again, for a retry. It must then be the same run, and is compared with what it was before any of
 * it is handed over: under one key and IV, no position ever encrypts two plaintexts.
 */
public final class EncryptedParts implements AutoCloseable {
    /** How {@link #openPart} cuts a part into runs, from its start: a retry that cuts alike can be compared. */
    public static final int RUN_BYTES = SegmentedInputStream.SEGMENT_BYTES;

    private final ObjectName name;
    private final Envelope envelope;
    private final ContentCipher cipher;
    private final ContentKey key;
    private final SentRuns sent; // guarded by itself

    /** Owns key and digests. */
    EncryptedParts(
            ObjectName name,
            Envelope envelope,
            ContentCipher cipher,
            ContentKey key,
            List<ContentCipher.SegmentDigest> before) {
        this.name = name;
        this.envelope = envelope;
        this.cipher = cipher;
        this.key = key;
        this.sent = new SentRuns(name);
        before.forEach(sent::admit);
    }

    /** Where the object goes. */
    public ObjectName name() {
        return name;
    }

    /** All that must be stored to open the object. */
    public Envelope envelope() {
        return envelope;
    }

    /** The envelope as user metadata. */
    public Map<String, String> metadata() {
        return envelope.toMetadata();
    }

    /**
     * Encrypts what remains in a buffer, in place, and moves its position to its limit. A run that was encrypted before must
     * come again from the same offset, as long and with the same plaintext.
     *
     * @param offsetBytes the plaintext offset of the run's first byte, a multiple of 16
     * @throws IntegrityException if the run differs from what was encrypted at its place before, or is cut otherwise; the
     *     buffer is then zeros
     * @throws IllegalArgumentException if the offset is no multiple of 16, or the run passes the suite's longest plaintext
     *     (MPU-007)
     * @throws IllegalStateException if the run is new and the tag was taken, or after {@link #close}
     */
    public void encrypt(long offsetBytes, ByteBuffer bytes) {
        long max = envelope.suite().maxPlaintextBytes();
        int length = bytes.remaining();
        if (offsetBytes < 0 || offsetBytes > max - length) {
            throw new IllegalArgumentException("encrypting " + name + ": bytes " + offsetBytes + " to "
                    + (offsetBytes + length) + " pass the " + max + " that " + envelope.suite() + " takes");
        }
        if (length == 0) {
            return;
        }
        ByteBuffer out = bytes.duplicate();
        boolean admitted = false;
        try (Segment segment = cipher.segment(key, Direction.ENCRYPT, offsetBytes)) {
            segment.update(bytes.duplicate(), out.duplicate());
            ContentCipher.SegmentDigest digest = segment.finish();
            synchronized (sent) {
                sent.admit(digest);
            }
            admitted = true;
        } finally {
            if (!admitted && !bytes.isReadOnly()) {
                out.put(new byte[length]);
            }
        }
        bytes.position(bytes.limit());
    }

    /**
     * The tag over all runs, which ends the body. From now on only runs that were encrypted before may come again: two tags
     * of one key, over different content, would let anyone forge.
     *
     * @throws IllegalStateException if the runs do not adjoin from 0, or after {@link #close}
     */
    public Bytes tag() {
        synchronized (sent) {
            return cipher.tag(key, sent.end());
        }
    }

    /** How many bytes were encrypted without a gap, from the start. */
    public long adjoiningBytes() {
        synchronized (sent) {
            return sent.adjoiningBytes();
        }
    }

    /**
     * A part's ciphertext, made as it is read. For one thread; the caller closes it. Reading throws {@link
     * IntegrityException} if the part differs from an earlier reading, {@link IOException} if it is not as long as was said.
     *
     * @param offsetBytes where the part begins in the object's plaintext, a multiple of 16
     * @param tagged whether the tag follows; all bytes before the part must then have been encrypted
     * @throws IOException if the plaintext can't be opened, or not again
     * @throws IllegalStateException after {@link #close}
     */
    public InputStream openPart(long offsetBytes, PlaintextSource plaintext, boolean tagged) throws IOException {
        return new EncryptingInputStream(this, offsetBytes, plaintext.open(), plaintext.lengthBytes(), tagged);
    }

    /**
     * What {@link ObjectEncryptor#resumeParts} needs to know of all runs encrypted so far: sealed under the content key, so that
     * it may be stored. Store it before any of a new run's ciphertext leaves the process, or a resumed process could encrypt
     * other plaintext in its place.
     *
     * @param associatedData authenticated with it
     * @throws IllegalStateException after {@link #close}
     */
    public Bytes sealRuns(Bytes associatedData) {
        synchronized (sent) {
            return cipher.seal(key, associatedData, sent.all());
        }
    }

    /** Whether a run of this place and length was encrypted before. */
    public boolean hasRun(long offsetBytes, long lengthBytes) {
        synchronized (sent) {
            return sent.has(offsetBytes, lengthBytes);
        }
    }

    /** Wipes the content key and the digests. Idempotent. A part still being read fails. */
    @Override
    public void close() {
        key.close();
        synchronized (sent) {
            sent.close();
        }
    }
}
