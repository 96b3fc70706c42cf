/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.IntegrityException;
import java.io.InputStream;
import java.util.Map;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Hands a whole object on as it arrives, before it is verified. */
final class UnverifiedTransformer<T> extends DecryptingTransformer<T> {
    private final ResponseTransformer<GetObjectResponse, T> plaintextTransformer;

    UnverifiedTransformer(
            ObjectDecryptor decryptor,
            ObjectName object,
            Map<String, String> encryptionContext,
            ResponseTransformer<GetObjectResponse, T> plaintextTransformer) {
        super(decryptor, object, encryptionContext);
        this.plaintextTransformer = plaintextTransformer;
    }

    @Override
    public boolean needsConnectionLeftOpen() {
        return plaintextTransformer.needsConnectionLeftOpen();
    }

    @Override
    public String name() {
        return plaintextTransformer.name();
    }

    @Override
    T opened(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception {
        InputStream plaintext;
        boolean begun = false;
        try (Decryption decryption = begin(envelope)) {
            requireRoomForTag(envelope, bodyBytes(stored));
            plaintext = decryption.unverified(new StoredInputStream(body, bodyBytes(stored)), bodyBytes(stored));
            begun = true;
        } finally {
            if (!begun) {
                body.abort();
            }
        }
        return PlaintextHandOver.to(
                plaintextTransformer,
                PlaintextResponse.of(stored, envelope),
                new PlaintextInputStream(plaintext, body),
                body::abort);
    }

    /** The plaintext's length is told before the stream would find out, and there is none. */
    private void requireRoomForTag(Envelope envelope, long bodyBytes) {
        int tagBytes = envelope.suite().tagBytes();
        if (bodyBytes >= 0 && bodyBytes < tagBytes) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "reading " + object() + ": a body of " + bodyBytes + " bytes has no room for its tag of " + tagBytes
                            + ": truncated");
        }
    }
}
