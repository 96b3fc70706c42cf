/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One object of known length on its way out: its envelope, and its body, encrypted as it is read from its source, or run by
 * run as the caller brings it. Thread-safe. Close it when the transfer has ended or failed.
 *
 * <p>The body may be read again for a retry. A second reading under the same IV must not encrypt other bytes, so the
 * digest of every run that was ever encrypted is kept, and a run that differs is refused before any of it is handed over.
 * Under a strict cipher, which gives no digests, it is the SHA-256 of each run's plaintext.
 */
public final class EncryptedObject implements AutoCloseable {
    private final Envelope envelope;
    private final @Nullable EncryptedParts runs; // null under a strict cipher
    private final @Nullable EncryptedMessage message; // null but under a strict cipher
    private final PlaintextSource plaintext;

    EncryptedObject(EncryptedParts runs, PlaintextSource plaintext) {
        this.envelope = runs.envelope();
        this.runs = runs;
        this.message = null;
        this.plaintext = plaintext;
    }

    EncryptedObject(EncryptedMessage message, PlaintextSource plaintext) {
        this.envelope = message.envelope();
        this.runs = null;
        this.message = message;
        this.plaintext = plaintext;
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
        return message != null ? message.open(plaintext) : runs().openPart(0, plaintext, true);
    }

    /**
     * Encrypts a run of the plaintext in place, instead of {@link #openBody}: in any order, on any thread. Cut into runs of
     * {@link EncryptedParts#RUN_BYTES} from the start, and both ways can take turns.
     *
     * @see EncryptedParts#encrypt
     * @throws IllegalArgumentException if the run passes the object's length, or its offset is no multiple of 16
     * @throws IntegrityException if the run differs from what was encrypted at its place before, or is cut otherwise; the
     *     buffer is then zeros
     * @throws IllegalStateException after {@link #close}
     * @throws UnsupportedOperationException under a strict cipher
     */
    public void encrypt(long offsetBytes, ByteBuffer bytes) {
        EncryptedParts whole = runs();
        if (offsetBytes < 0 || offsetBytes > plaintext.lengthBytes() - bytes.remaining()) {
            throw new IllegalArgumentException("encrypting " + whole.name() + ": bytes " + offsetBytes + " to "
                    + (offsetBytes + bytes.remaining()) + " of " + plaintext.lengthBytes());
        }
        whole.encrypt(offsetBytes, bytes);
    }

    /**
     * The tag, which ends the body.
     *
     * @throws IllegalStateException if not all bytes were encrypted, or after {@link #close}
     * @throws UnsupportedOperationException under a strict cipher
     */
    public Bytes tag() {
        EncryptedParts whole = runs();
        long done = whole.adjoiningBytes();
        if (done < plaintext.lengthBytes()) {
            throw new IllegalStateException("encrypting " + whole.name() + ": bytes from " + done + " of "
                    + plaintext.lengthBytes() + " are missing; there is no tag yet");
        }
        return whole.tag();
    }

    /** Wipes the content key and the digests. Idempotent. A body still being read fails. */
    @Override
    public void close() {
        if (runs != null) {
            runs.close();
        }
        if (message != null) {
            message.close();
        }
    }

    private EncryptedParts runs() {
        if (runs == null) {
            throw new UnsupportedOperationException("a strict cipher encrypts whole bodies only: open the body");
        }
        return runs;
    }
}
