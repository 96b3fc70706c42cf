/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.BodyVerification;
import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.VerifiedSegments;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.PolicyException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Verifies a whole object and keeps its segments' digests, so that it can be read again. An object that nothing verifies is
 * handed on as {@link WholeTransformer} does.
 */
final class FirstReading<T> extends WholeTransformer<T> {
    private static final int PIECE_BYTES = 1 << 16;

    /**
     * What was found.
     *
     * @param response as of the plaintext
     * @param stored as it came
     * @param segments closed by whoever has this
     */
    record Found(GetObjectResponse response, GetObjectResponse stored, VerifiedSegments segments) {}

    private final int segmentBytes;
    private final boolean nothingElse;
    private @Nullable Found found;

    /**
     * @param segmentBytes of the shortest segments
     * @param nothingElse whether an object that nothing verifies is refused, and not handed on
     */
    FirstReading(
            ObjectDecryptor decryptor,
            ObjectName object,
            Map<String, String> encryptionContext,
            int segmentBytes,
            boolean nothingElse,
            ResponseTransformer<GetObjectResponse, T> plaintextTransformer) {
        super(decryptor, object, encryptionContext, VerifiedRelease.READ_TWICE, plaintextTransformer);
        this.segmentBytes = segmentBytes;
        this.nothingElse = nothingElse;
    }

    /** What was verified; null if it was handed on. */
    @Nullable
    Found found() {
        return found;
    }

    /** Wipes what was verified, if the caller won't read it. */
    void discard() {
        if (found != null) {
            found.segments().close();
            found = null;
        }
    }

    @Override
    T opened(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception {
        discard();
        if (envelope.suite().tagBytes() == 0) {
            if (nothingElse) {
                body.abort();
                throw new PolicyException("reading " + object() + ": nothing verifies content of " + envelope.suite()
                        + ", and it can't be opened for verified reading; use getObject");
            }
            return super.opened(stored, envelope, body);
        }
        StoredInputStream arriving = new StoredInputStream(body, FoundEnvelope.bodyBytes(stored));
        boolean whole = false;
        try (Decryption decryption = begin(envelope);
                BodyVerification verification =
                        decryption.verification(FoundEnvelope.bodyBytes(stored), segmentBytes)) {
            push(arriving, verification);
            VerifiedSegments segments = verification.end();
            found = new Found(PlaintextResponse.of(stored, envelope), stored, segments);
            whole = true;
        } catch (IOException e) {
            throw unreadable(arriving, e);
        } finally {
            if (!whole) {
                body.abort();
            }
        }
        return none();
    }

    private static void push(InputStream body, BodyVerification verification) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        for (int got = body.read(piece); got >= 0; got = body.read(piece)) {
            verification.update(ByteBuffer.wrap(piece, 0, got));
        }
    }
}
