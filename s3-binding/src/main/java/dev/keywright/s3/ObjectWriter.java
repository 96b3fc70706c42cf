/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.util.Map;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** Puts an object: the caller's request with another body, the envelope in its metadata, and no word on the plaintext. */
final class ObjectWriter {
    private final S3Client client;
    private final ObjectEncryptor encryptor;

    ObjectWriter(S3Client client, ObjectEncryptor encryptor) {
        this.client = client;
        this.encryptor = encryptor;
    }

    PutObjectResponse put(PutObjectRequest request, RequestBody body) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        if (request.writeOffsetBytes() != null) {
            throw new UnsupportedOperationException("writing " + object
                    + ": writeOffsetBytes would append, and an encrypted object can't be appended to; put it whole");
        }
        UserMetadata.requireNoReservedName(object, request.metadata());
        PlaintextSource plaintext = PlaintextChecksums.of(object, request)
                .verifying(PlaintextSource.of(
                        plaintextBytes(object, request, body),
                        () -> body.contentStreamProvider().newStream()));
        try (EncryptedObject encrypted = encryptor.encrypt(object, plaintext, EncryptionContext.in(request));
                SentBody sent = new SentBody(object, encrypted)) {
            Map<String, String> metadata = UserMetadata.toStore(object, request.metadata(), encrypted.metadata());
            PutObjectRequest.Builder stored =
                    request.toBuilder().metadata(metadata).contentLength(encrypted.bodyBytes());
            PlaintextChecksums.drop(stored);
            return send(stored.build(), sent, encrypted.bodyBytes(), body.contentType());
        }
    }

    private PutObjectResponse send(PutObjectRequest request, SentBody sent, long bodyBytes, String contentType) {
        try {
            return client.putObject(request, RequestBody.fromContentProvider(sent, bodyBytes, contentType));
        } catch (RuntimeException e) {
            KeywrightException failure = sent.failure();
            throw failure == null ? e : failure;
        }
    }

    private static long plaintextBytes(ObjectName object, PutObjectRequest request, RequestBody body) {
        Long said = request.contentLength();
        Long known = body.optionalContentLength().orElse(said);
        if (known == null) {
            throw new IllegalArgumentException(
                    "writing " + object + ": the body's length is not known, and S3 wants it "
                            + "beforehand; set contentLength on the request, or use a RequestBody that has one");
        }
        if (said != null && !said.equals(known)) {
            throw new IllegalArgumentException("writing " + object + ": the request says contentLength " + said
                    + ", and its body has " + known + " bytes");
        }
        return known;
    }
}
