/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.s3.MultipartUpload.Form;
import dev.keywright.s3.MultipartUpload.Held;
import dev.keywright.s3.MultipartUpload.Part;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** The multipart operations, one by one, as callers of a plain client make them. */
final class MultipartUploads implements AutoCloseable {
    private final S3Client client;
    private final ObjectEncryptor encryptor;
    private final InstructionFiles instructionFiles;
    private final UploadsUnderWay underWay = new UploadsUnderWay();

    MultipartUploads(S3Client client, ObjectEncryptor encryptor, InstructionFiles instructionFiles) {
        this.client = client;
        this.encryptor = encryptor;
        this.instructionFiles = instructionFiles;
    }

    CreateMultipartUploadResponse create(CreateMultipartUploadRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        UserMetadata.requireNoReservedName(object, request.metadata());
        underWay.reserve(object);
        @Nullable EncryptedParts content = null;
        boolean begun = false;
        try {
            content = encryptor.encryptParts(object, EncryptionContext.in(request));
            CreateMultipartUploadResponse response = client.createMultipartUpload(
                    PartRequests.creation(request, content, instructionFiles.areWritten()));
            underWay.begun(request, content, response.uploadId());
            begun = true;
            return response;
        } finally {
            if (!begun) {
                underWay.giveUp();
                if (content != null) {
                    content.close();
                }
            }
        }
    }

    UploadPartResponse part(UploadPartRequest request, RequestBody body) {
        MultipartUpload upload = underWay.named(request.bucket(), request.key(), request.uploadId());
        ObjectName object = upload.content.name();
        PlaintextChecksums checksums = PlaintextChecksums.of(object, request);
        long length = PartRequests.plaintextBytes(object, request, body.optionalContentLength());
        PlaintextSource plaintext = PlaintextSource.of(
                length, checksums.verifying(() -> body.contentStreamProvider().newStream()));
        Part part = upload.begin(request, length);
        try {
            if (part.form() == Form.HELD) {
                return hold(upload, part, request, plaintext);
            }
            boolean tagged = part.form() == Form.TAGGED;
            long bodyBytes = tagged ? upload.content.envelope().bodyBytes(length) : length;
            UploadPartResponse response = send(
                    upload,
                    PartRequests.sent(request, bodyBytes),
                    () -> upload.content.openPart(part.offsetBytes, plaintext, tagged),
                    bodyBytes,
                    body.contentType());
            upload.stored(part, part.form(), UploadCompletion.completed(part.number, response));
            return response;
        } finally {
            upload.end(part);
        }
    }

    private static UploadPartResponse hold(
            MultipartUpload upload, Part part, UploadPartRequest request, PlaintextSource plaintext) {
        try (InputStream ciphertext = upload.content.openPart(part.offsetBytes, plaintext, false)) {
            upload.held(part, Bytes.copyOf(ciphertext.readAllBytes()), request);
        } catch (KeywrightException e) {
            throw e.about(upload.cantSend(request));
        } catch (IOException e) {
            throw new UncheckedIOException(upload.cantSend(request) + ": can't read the plaintext", e);
        }
        return UploadCompletion.answerOfHeld(part.number);
    }

    private UploadPartResponse send(
            MultipartUpload upload,
            UploadPartRequest request,
            SentBody.Ciphertext ciphertext,
            long bodyBytes,
            String contentType) {
        try (SentBody sent = new SentBody(upload.content.name(), ciphertext)) {
            try {
                return client.uploadPart(request, RequestBody.fromContentProvider(sent, bodyBytes, contentType));
            } catch (RuntimeException e) {
                KeywrightException failure = sent.failure();
                throw failure == null ? e : failure.about(upload.cantSend(request));
            }
        }
    }

    CompleteMultipartUploadResponse complete(CompleteMultipartUploadRequest request) {
        MultipartUpload upload = underWay.named(request.bucket(), request.key(), request.uploadId());
        UploadCompletion completion = new UploadCompletion(upload, request);
        completion.requireCheckable(instructionFiles.areWritten());
        upload.beginEnd();
        try {
            completion.requireAll();
            sendTag(upload);
            if (instructionFiles.areWritten()) {
                instructionFiles.putBefore(
                        upload.request, upload.content.envelope().toInstructionFile());
            }
            CompleteMultipartUploadResponse response;
            try {
                response = client.completeMultipartUpload(completion.stored());
            } catch (RuntimeException e) {
                if (e instanceof NoSuchUploadException) {
                    underWay.ended(request.uploadId());
                }
                throw instructionFiles.areWritten() ? InstructionFiles.leftBehind(upload.content.name(), e) : e;
            }
            underWay.ended(request.uploadId());
            return response;
        } finally {
            upload.resume();
        }
    }

    private void sendTag(MultipartUpload upload) {
        Held held = upload.heldPart();
        if (held != null) {
            byte[] tag = upload.content.tag().toByteArray();
            long bodyBytes = held.ciphertext().size() + (long) tag.length;
            UploadPartResponse response = send(
                    upload,
                    PartRequests.sent(held.request(), bodyBytes),
                    () -> new SequenceInputStream(
                            new ByteArrayInputStream(held.ciphertext().toByteArray()), new ByteArrayInputStream(tag)),
                    bodyBytes,
                    "application/octet-stream");
            upload.stored(held.part(), Form.TAGGED, UploadCompletion.completed(held.part().number, response));
        } else if (upload.lacksTag()) {
            byte[] tag = upload.content.tag().toByteArray();
            UploadPartRequest request = PartRequests.sent(upload.tagRequest(), tag.length);
            UploadPartResponse response = client.uploadPart(request, RequestBody.fromBytes(tag));
            upload.tagStored(UploadCompletion.completed(request.partNumber(), response));
        }
    }

    /** Also aborts uploads that are not ours: there is nothing in an abort to encrypt. */
    AbortMultipartUploadResponse abort(AbortMultipartUploadRequest request) {
        AbortMultipartUploadResponse response;
        try {
            response = client.abortMultipartUpload(request);
        } catch (NoSuchUploadException e) {
            underWay.ended(request.uploadId());
            throw e;
        }
        underWay.ended(request.uploadId());
        return response;
    }

    /** Wipes the keys of all uploads under way. They stay at S3, to be aborted there. */
    @Override
    public void close() {
        underWay.close();
    }
}
