/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
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
        long bodyBytes = FoundEnvelope.bodyBytes(stored);
        boolean begun = false;
        try (Decryption decryption = begin(envelope)) {
            FoundEnvelope.requireRoomForTag(object(), envelope, bodyBytes);
            plaintext = decryption.unverified(new StoredInputStream(body, bodyBytes), bodyBytes);
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
}
