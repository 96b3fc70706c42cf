/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Holds a whole body of the unauthenticated CBC suite, as ciphertext, until it was seen that it decrypts. */
final class CbcBody {
    private static final int PIECE_BYTES = 1 << 16;

    private final String subject;
    private final TrialDecryption trial;
    private final VerifiedBody.Hold hold;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;

    CbcBody(
            String subject,
            TrialDecryption trial,
            VerifiedBody.Hold hold,
            int bufferBytes,
            @Nullable Path spoolDirectory) {
        this.subject = subject;
        this.hold = hold;
        this.trial = trial;
        this.bufferBytes = bufferBytes;
        this.spoolDirectory = spoolDirectory;
    }

    /** The plaintext; the returned stream owns the key. */
    InputStream read(InputStream body, long bodyBytes) throws IOException {
        if (hold == VerifiedBody.Hold.MEMORY && (bodyBytes < 0 || bodyBytes > bufferBytes)) {
            throw VerifiedBody.beyondBuffer(bufferBytes).about(subject);
        }
        if (hold != VerifiedBody.Hold.SPOOL && bodyBytes >= 0 && bodyBytes <= bufferBytes) {
            ByteArrayOutputStream held = new ByteArrayOutputStream((int) bodyBytes);
            decryptOnce(body, held);
            return UnverifiedInputStream.of(trial.end(), new ByteArrayInputStream(held.toByteArray()));
        }
        Spool spool = Spool.create(spoolDirectory);
        boolean handedOver = false;
        try {
            decryptOnce(body, spool.writer());
            InputStream ciphertext = spool.reader(); // before the key is passed on
            InputStream plaintext = UnverifiedInputStream.of(trial.end(), ciphertext);
            handedOver = true;
            return plaintext;
        } finally {
            if (!handedOver) {
                spool.close();
            }
        }
    }

    private void decryptOnce(InputStream body, OutputStream held) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int got = body.read(piece); got >= 0; got = body.read(piece)) {
            trial.update(ByteBuffer.wrap(piece, 0, got));
            held.write(piece, 0, got);
        }
    }
}
