/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** Puts an object: the caller's request with another body, the envelope in its metadata, and no word on the plaintext. */
final class ObjectWriter {
    private final S3Client client;
    private final ObjectEncryptor encryptor;
    private final InstructionFiles instructionFiles;

    ObjectWriter(S3Client client, ObjectEncryptor encryptor, InstructionFiles instructionFiles) {
        this.client = client;
        this.encryptor = encryptor;
        this.instructionFiles = instructionFiles;
    }

    PutObjectResponse put(PutObjectRequest request, RequestBody body) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        boolean toFile = instructionFiles.areWritten();
        PutRequests.requirePuttable(object, request, toFile);
        PlaintextSource plaintext = PlaintextChecksums.of(object, request)
                .verifying(PlaintextSource.of(
                        PutRequests.plaintextBytes(object, request, body.optionalContentLength()),
                        () -> body.contentStreamProvider().newStream()));
        try (EncryptedObject encrypted = encryptor.encrypt(object, plaintext, EncryptionContext.in(request));
                SentBody sent = new SentBody(object, encrypted)) {
            Envelope envelope = encrypted.envelope();
            PutObjectRequest.Builder stored =
                    PutRequests.stored(object, request, envelope, toFile).contentLength(encrypted.bodyBytes());
            if (!toFile) {
                return send(stored.build(), sent, encrypted.bodyBytes(), body.contentType());
            }
            instructionFiles.put(request, envelope.toInstructionFile());
            try {
                return send(stored.build(), sent, encrypted.bodyBytes(), body.contentType());
            } catch (RuntimeException e) {
                e.addSuppressed(InstructionFileRequests.leftBehind(object));
                throw e;
            }
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
}
