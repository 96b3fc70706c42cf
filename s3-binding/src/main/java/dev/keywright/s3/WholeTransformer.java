/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Hands a whole object on once it is verified, held in memory or a temporary file till then. */
class WholeTransformer<T> extends DecryptingTransformer<T> {
    private final VerifiedRelease release;
    private final ResponseTransformer<GetObjectResponse, T> plaintextTransformer;

    WholeTransformer(
            ObjectDecryptor decryptor,
            ObjectName object,
            Map<String, String> encryptionContext,
            VerifiedRelease release,
            ResponseTransformer<GetObjectResponse, T> plaintextTransformer) {
        super(decryptor, object, encryptionContext);
        this.release = release;
        this.plaintextTransformer = plaintextTransformer;
    }

    /** The connection has done its work when verified plaintext is handed on. */
    @Override
    public final boolean needsConnectionLeftOpen() {
        return false;
    }

    @Override
    public final String name() {
        return plaintextTransformer.name();
    }

    @Override
    T opened(GetObjectResponse stored, Envelope envelope, AbortableInputStream body) throws Exception {
        InputStream plaintext;
        boolean whole = false;
        StoredInputStream arriving = new StoredInputStream(body, FoundEnvelope.bodyBytes(stored));
        try (Decryption decryption = begin(envelope)) {
            plaintext = switch (release) {
                case AUTOMATIC, READ_TWICE -> decryption.verified(arriving, FoundEnvelope.bodyBytes(stored));
                case BUFFER -> decryption.verifiedInMemory(arriving, FoundEnvelope.bodyBytes(stored));
                case SPOOL -> decryption.verifiedBySpool(arriving, FoundEnvelope.bodyBytes(stored));
            };
            whole = true;
        } catch (IOException e) {
            throw unreadable(arriving, e);
        } finally {
            if (!whole) {
                body.abort();
            }
        }
        return PlaintextHandOver.to(
                plaintextTransformer,
                PlaintextResponse.of(stored, envelope),
                new PlaintextInputStream(plaintext, () -> {}),
                () -> {});
    }
}
