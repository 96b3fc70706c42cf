/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.s3.DecryptingTransformer.Release;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** Gets whole objects, and says how long they are. */
final class ObjectReader {
    private final S3Client client;
    private final ObjectDecryptor decryptor;

    ObjectReader(S3Client client, ObjectDecryptor decryptor) {
        this.client = client;
        this.decryptor = decryptor;
    }

    <T> T get(GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer, Release release) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        requireWhole(object, request.range(), request.partNumber());
        DecryptingTransformer<T> decrypting =
                new DecryptingTransformer<>(decryptor, object, EncryptionContext.in(request), release, transformer);
        try {
            return client.getObject(request, decrypting);
        } catch (RuntimeException e) {
            RuntimeException failure = decrypting.failure();
            throw failure == null ? e : failure;
        }
    }

    /** Needs no key; the length is arithmetic on what S3 says, and nothing of it is verified. */
    HeadObjectResponse head(HeadObjectRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        requireWhole(object, request.range(), request.partNumber());
        HeadObjectResponse stored = client.headObject(request);
        if (!UserMetadata.hasEnvelope(stored.metadata())) {
            return stored;
        }
        try {
            return PlaintextResponse.of(stored, Envelope.parse(stored.metadata()));
        } catch (KeywrightException e) {
            throw e.about("heading " + object);
        }
    }

    private static void requireWhole(ObjectName object, @Nullable String range, @Nullable Integer partNumber) {
        if (range != null) {
            throw new UnsupportedOperationException(
                    "reading " + object + ": ranges of encrypted objects are not supported "
                            + "by this version; read the object whole, without range");
        }
        if (partNumber != null) {
            throw new UnsupportedOperationException("reading " + object + ": partNumber cuts the ciphertext, not the "
                    + "plaintext; read the object whole, without partNumber");
        }
    }
}
