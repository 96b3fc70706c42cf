/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One object on its way out: its envelope, and its body, encrypted as it is read. Thread-safe. Close it when the transfer
 * has ended or failed.
 *
 * <p>The body may be read again for a retry. A second reading under the same IV must not encrypt other bytes, so the
 * digest of every segment that was ever encrypted is kept, and a segment that differs is refused before any of it is
 * handed over. Under a strict cipher, which gives no digests, it is the SHA-256 of each segment's plaintext.
 */
public final class EncryptedObject implements AutoCloseable {
    private final ObjectName name;
    private final Envelope envelope;
    private final PlaintextSource plaintext;
    private final CipherInUse cipher;
    private final ContentKey key;
    private final List<SegmentDigest> sent = new ArrayList<>(); // guarded by this
    private final SentPlaintext sentPlaintext = new SentPlaintext(); // of a strict cipher, which gives no digests

    EncryptedObject(ObjectName name, Envelope envelope, PlaintextSource plaintext, CipherInUse cipher, ContentKey key) {
        this.name = name;
        this.envelope = envelope;
        this.plaintext = plaintext;
        this.cipher = cipher;
        this.key = key;
    }

    /** All that must be stored to open the object. */
    public Envelope envelope() {
        return envelope;
    }

    /** The envelope as user metadata. */
    public Map<String, String> metadata() {
        return envelope.toMetadata();
    }

    /** The body's length, tag included, in bytes. */
    public long bodyBytes() {
        return envelope.bodyBytes(plaintext.lengthBytes());
    }

    /**
     * The body from its start: ciphertext, then tag. For one thread; the caller closes it.
     *
     * <p>Reading throws {@link IntegrityException} if the plaintext differs from that of an earlier reading, and {@link
     * IOException} if it is not as long as was said.
     *
     * @throws IOException if the plaintext can't be opened, or not again
     * @throws IllegalStateException after {@link #close}
     */
    public InputStream openBody() throws IOException {
        if (cipher.isStrict()) {
            return new MessageEncryptingInputStream(
                    this, cipher.strict(), key, plaintext.open(), plaintext.lengthBytes());
        }
        return new EncryptingInputStream(
                this, cipher.forSegments("this body"), key, plaintext.open(), plaintext.lengthBytes());
    }

    /** Takes the digest of the segment at {@code index}: keeps the first, refuses one that differs from it. */
    synchronized void admit(int index, SegmentDigest digest) {
        if (index == sent.size()) {
            sent.add(digest);
            return;
        }
        boolean same = sent.get(index).sameAs(digest);
        digest.close();
        if (!same) {
            throw changed(sent.get(index).offsetBytes());
        }
    }

    /** As {@link #admit}, of plaintext that is not encrypted yet. */
    void admitPlaintext(int index, long offset, ByteBuffer run) {
        if (!sentPlaintext.admits(index, run)) {
            throw changed(offset);
        }
    }

    private IntegrityException changed(long offset) {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "encrypting " + name + ": the plaintext changed between two attempts, near byte " + offset
                        + "; nothing of the change was sent. Repeat the whole operation, for a fresh key");
    }

    synchronized byte[] tag() {
        return cipher.forSegments("this tag").tag(key, List.copyOf(sent)).toByteArray();
    }

    ObjectName name() {
        return name;
    }

    /** Wipes the content key and the digests. Idempotent. A body still being read fails. */
    @Override
    public synchronized void close() {
        key.close();
        sent.forEach(SegmentDigest::close);
        sentPlaintext.close();
    }
}
