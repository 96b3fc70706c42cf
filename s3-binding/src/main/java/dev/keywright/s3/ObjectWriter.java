/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
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
        if (request.writeOffsetBytes() != null) {
            throw new UnsupportedOperationException("writing " + object
                    + ": writeOffsetBytes would append, and an encrypted object can't be appended to; put it whole");
        }
        boolean toFile = instructionFiles.areWritten();
        if (toFile && (request.ifMatch() != null || request.ifNoneMatch() != null)) {
            throw InstructionFiles.conditional(object);
        }
        UserMetadata.requireNoReservedName(object, request.metadata());
        PlaintextSource plaintext = PlaintextChecksums.of(object, request)
                .verifying(PlaintextSource.of(
                        plaintextBytes(object, request.contentLength(), body)
                                .orElseThrow(
                                        () -> new IllegalArgumentException(
                                                "writing " + object
                                                        + ": the body's length is not known, and S3 wants it "
                                                        + "beforehand; set contentLength on the request, or use a RequestBody that has one")),
                        () -> body.contentStreamProvider().newStream()));
        try (EncryptedObject encrypted = encryptor.encrypt(object, plaintext, EncryptionContext.in(request));
                SentBody sent = new SentBody(object, encrypted::openBody)) {
            Envelope envelope = encrypted.envelope();
            Map<String, String> metadata = UserMetadata.toStore(
                    object,
                    request.metadata(),
                    toFile ? envelope.toMetadataBesideInstructionFile() : envelope.toMetadata());
            PutObjectRequest.Builder stored =
                    request.toBuilder().metadata(metadata).contentLength(encrypted.bodyBytes());
            PlaintextChecksums.drop(stored);
            if (!toFile) {
                return send(stored.build(), sent, encrypted.bodyBytes(), body.contentType());
            }
            instructionFiles.putBefore(request, envelope.toInstructionFile());
            try {
                return send(stored.build(), sent, encrypted.bodyBytes(), body.contentType());
            } catch (RuntimeException e) {
                throw InstructionFiles.leftBehind(object, e);
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

    /**
     * The plaintext's length, if request or body say it.
     *
     * @param said {@code contentLength} of the request
     */
    static OptionalLong plaintextBytes(ObjectName object, @Nullable Long said, RequestBody body) {
        Long known = body.optionalContentLength().orElse(said);
        if (said != null && !said.equals(known)) {
            throw new IllegalArgumentException("writing " + object + ": the request says contentLength " + said
                    + ", and its body has " + known + " bytes");
        }
        return known == null ? OptionalLong.empty() : OptionalLong.of(known);
    }
}
