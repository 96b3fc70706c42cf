/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.Envelope;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * The multipart operations, one by one, as callers of a plain client make them. Keys of uploads under way live here, and are
 * wiped when an upload is completed or aborted (MPU-008).
 */
final class MultipartUploads implements AutoCloseable {
    /** Each holds a key, and a digest for each MiB sent. */
    static final int MAX_UPLOADS = 1000;

    private static final String HELD_ETAG = "\"held-until-completion-%d\"";

    private final S3Client client;
    private final ObjectEncryptor encryptor;
    private final InstructionFiles instructionFiles;
    private final Map<String, MultipartUpload> byId = new ConcurrentHashMap<>();
    private final AtomicInteger count = new AtomicInteger();

    MultipartUploads(S3Client client, ObjectEncryptor encryptor, InstructionFiles instructionFiles) {
        this.client = client;
        this.encryptor = encryptor;
        this.instructionFiles = instructionFiles;
    }

    CreateMultipartUploadResponse create(CreateMultipartUploadRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        UserMetadata.requireNoReservedName(object, request.metadata());
        if (count.incrementAndGet() > MAX_UPLOADS) {
            count.decrementAndGet();
            throw new IllegalStateException("writing " + object + ": this client has " + MAX_UPLOADS
                    + " multipart uploads under way; complete or abort some");
        }
        @Nullable EncryptedParts content = null;
        boolean begun = false;
        try {
            content = encryptor.encryptParts(object, EncryptionContext.in(request));
            Envelope envelope = content.envelope();
            Map<String, String> metadata = UserMetadata.toStore(
                    object,
                    request.metadata(),
                    instructionFiles.areWritten() ? envelope.toMetadataBesideInstructionFile() : envelope.toMetadata());
            CreateMultipartUploadResponse response = client.createMultipartUpload(
                    request.toBuilder().metadata(metadata).build());
            byId.put(
                    response.uploadId(),
                    new MultipartUpload(request, content, response.uploadId(), MultipartPartSize.in(request)));
            begun = true;
            return response;
        } finally {
            if (!begun) {
                count.decrementAndGet();
                if (content != null) {
                    content.close();
                }
            }
        }
    }

    UploadPartResponse part(UploadPartRequest request, RequestBody body) {
        MultipartUpload upload = upload(request.bucket(), request.key(), request.uploadId());
        ObjectName object = upload.content.name();
        PlaintextChecksums checksums = PlaintextChecksums.of(object, request);
        long length = ObjectWriter.plaintextBytes(object, request.contentLength(), body)
                .orElseThrow(() -> new IllegalArgumentException("writing " + object + ": the length of part "
                        + request.partNumber()
                        + " is not known; set contentLength on the request, or use a RequestBody "
                        + "that has one"));
        PlaintextSource plaintext = PlaintextSource.of(
                length, checksums.verifying(() -> body.contentStreamProvider().newStream()));
        Part part = upload.begin(request, length);
        try {
            if (part.form() == Form.HELD) {
                return hold(upload, part, request, plaintext);
            }
            boolean tagged = part.form() == Form.TAGGED;
            UploadPartRequest.Builder stored = request.toBuilder();
            PlaintextChecksums.drop(stored);
            long bodyBytes = tagged ? upload.content.envelope().bodyBytes(length) : length;
            UploadPartResponse response = send(
                    upload,
                    stored.contentLength(bodyBytes).build(),
                    () -> upload.content.openPart(part.offsetBytes, plaintext, tagged),
                    bodyBytes,
                    body.contentType());
            upload.stored(part, part.form(), completed(part.number, response));
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
            throw e.about(subject(upload, request));
        } catch (IOException e) {
            throw new UncheckedIOException(subject(upload, request) + ": can't read the plaintext", e);
        }
        return UploadPartResponse.builder()
                .eTag(String.format(HELD_ETAG, part.number))
                .build();
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
                throw failure == null ? e : failure.about(subject(upload, request));
            }
        }
    }

    private static String subject(MultipartUpload upload, UploadPartRequest request) {
        return "part " + request.partNumber() + " of " + upload + " can't be sent; abort the upload";
    }

    /** What S3 answered for a part, as completion wants it. */
    static CompletedPart completed(int number, UploadPartResponse response) {
        CompletedPart.Builder part = CompletedPart.builder();
        CommonFields.carry(response, part);
        return part.partNumber(number).build();
    }

    CompleteMultipartUploadResponse complete(CompleteMultipartUploadRequest request) {
        MultipartUpload upload = upload(request.bucket(), request.key(), request.uploadId());
        requireCheckable(upload, request);
        List<CompletedPart> named = request.multipartUpload() == null
                ? List.of()
                : request.multipartUpload().parts();
        upload.beginEnd();
        try {
            requireAll(upload, named);
            sendTag(upload);
            if (instructionFiles.areWritten()) {
                instructionFiles.putBefore(
                        upload.request, upload.content.envelope().toInstructionFile());
            }
            CompleteMultipartUploadRequest.Builder ending = request.toBuilder()
                    .multipartUpload(CompletedMultipartUpload.builder()
                            .parts(inOrder(upload, named))
                            .build());
            if (request.mpuObjectSize() != null) {
                ending.mpuObjectSize(upload.content.envelope().bodyBytes(upload.plaintextBytes()));
            }
            CompleteMultipartUploadResponse response;
            try {
                response = client.completeMultipartUpload(ending.build());
            } catch (NoSuchUploadException e) {
                drop(request.uploadId());
                throw e;
            } catch (RuntimeException e) {
                throw instructionFiles.areWritten() ? InstructionFiles.leftBehind(upload.content.name(), e) : e;
            }
            drop(request.uploadId());
            return response;
        } finally {
            upload.resume();
        }
    }

    /** What is said of the whole plaintext can't be checked once it is gone, and conditions can't hold for two objects. */
    private void requireCheckable(MultipartUpload upload, CompleteMultipartUploadRequest request) {
        if (instructionFiles.areWritten() && (request.ifMatch() != null || request.ifNoneMatch() != null)) {
            throw InstructionFiles.conditional(upload.content.name());
        }
        for (SdkField<?> field : request.sdkFields()) {
            if (isChecksum(field) && field.getValueOrDefault(request) != null) {
                throw new IllegalArgumentException("completing " + upload + ": " + field.memberName()
                        + " of the plaintext can't be checked any more; leave it out, and give each part's checksum to "
                        + "uploadPart");
            }
        }
        Long size = request.mpuObjectSize();
        if (size != null && size != upload.plaintextBytes()) {
            throw new IllegalArgumentException("completing " + upload + ": mpuObjectSize says " + size
                    + " bytes, and the parts have " + upload.plaintextBytes());
        }
    }

    private static boolean isChecksum(SdkField<?> field) {
        return field.memberName().startsWith("Checksum") && !field.memberName().equals("ChecksumType");
    }

    /** The tag is over all parts that were sent, so all of them must be in the object. */
    private static void requireAll(MultipartUpload upload, List<CompletedPart> named) {
        Map<Integer, CompletedPart> stored = upload.stored();
        Held held = upload.heldPart();
        for (CompletedPart part : named) {
            Integer number = part.partNumber();
            CompletedPart answer = number == null ? null : stored.get(number);
            if (answer != null) {
                requireSameChecksums(upload, part, answer);
            } else if (number == null || held == null || held.part().number != number) {
                throw new IllegalArgumentException("completing " + upload + ": part " + number + " was not sent");
            }
            stored.remove(number);
        }
        stored.remove(upload.tagNumber());
        if (!stored.isEmpty()) {
            throw new IllegalArgumentException("completing " + upload + ": parts " + stored.keySet()
                    + " were sent and are not in the list; the tag is over all of them");
        }
        if (held != null && named.stream().noneMatch(part -> held.part().number == part.partNumber())) {
            throw new IllegalArgumentException("completing " + upload + ": part " + held.part().number
                    + " was sent and is not in the list; name each part with the ETag that uploadPart gave");
        }
    }

    private static void requireSameChecksums(MultipartUpload upload, CompletedPart part, CompletedPart answer) {
        for (SdkField<?> field : part.sdkFields()) {
            Object given = field.getValueOrDefault(part);
            if (isChecksum(field) && given != null && !given.equals(field.getValueOrDefault(answer))) {
                throw new IllegalArgumentException("completing " + upload + ": " + field.memberName() + " of part "
                        + part.partNumber() + " is not the one that uploadPart answered, which is of the ciphertext; "
                        + "leave it out, and give that of the plaintext to uploadPart");
            }
        }
    }

    private void sendTag(MultipartUpload upload) {
        Held held = upload.heldPart();
        if (held != null) {
            byte[] tag = upload.content.tag().toByteArray();
            long bodyBytes = held.ciphertext().size() + (long) tag.length;
            UploadPartRequest.Builder request = held.request().toBuilder();
            PlaintextChecksums.drop(request);
            UploadPartResponse response = send(
                    upload,
                    request.contentLength(bodyBytes).build(),
                    () -> new SequenceInputStream(
                            new ByteArrayInputStream(held.ciphertext().toByteArray()), new ByteArrayInputStream(tag)),
                    bodyBytes,
                    "application/octet-stream");
            upload.stored(held.part(), Form.TAGGED, completed(held.part().number, response));
        } else if (upload.lacksTag()) {
            byte[] tag = upload.content.tag().toByteArray();
            UploadPartRequest request = upload.tagRequest().toBuilder()
                    .contentLength((long) tag.length)
                    .build();
            UploadPartResponse response = client.uploadPart(request, RequestBody.fromBytes(tag));
            upload.tagStored(completed(request.partNumber(), response));
        }
    }

    /** The caller's list, with what S3 answered where the caller can't know it, and the tag's own part. */
    private static List<CompletedPart> inOrder(MultipartUpload upload, List<CompletedPart> named) {
        Map<Integer, CompletedPart> parts = new TreeMap<>(upload.stored());
        for (CompletedPart part : named) {
            CompletedPart answer = parts.get(part.partNumber());
            if (answer != null && !String.format(HELD_ETAG, part.partNumber()).equals(part.eTag())) {
                parts.put(
                        part.partNumber(), answer.toBuilder().eTag(part.eTag()).build());
            }
        }
        return new ArrayList<>(parts.values());
    }

    /** Also aborts uploads that are not ours: there is nothing in an abort to encrypt. */
    AbortMultipartUploadResponse abort(AbortMultipartUploadRequest request) {
        AbortMultipartUploadResponse response;
        try {
            response = client.abortMultipartUpload(request);
        } catch (NoSuchUploadException e) {
            drop(request.uploadId());
            throw e;
        }
        drop(request.uploadId());
        return response;
    }

    private void drop(@Nullable String id) {
        MultipartUpload upload = id == null ? null : byId.remove(id);
        if (upload != null) {
            count.decrementAndGet();
            upload.close();
        }
    }

    private MultipartUpload upload(String bucket, String key, @Nullable String id) {
        MultipartUpload upload = id == null ? null : byId.get(id);
        if (upload == null) {
            throw new IllegalStateException("upload " + id + " to " + new ObjectName(bucket, key)
                    + " is not under way in this client: its key is known only to the client that created it, until it is "
                    + "completed or aborted; a ResumableUpload outlives its process");
        }
        if (!upload.content.name().equals(new ObjectName(bucket, key))) {
            throw new IllegalArgumentException(upload + " is not to " + new ObjectName(bucket, key));
        }
        return upload;
    }

    /** Wipes the keys of all uploads under way. They stay at S3, to be aborted there. */
    @Override
    public void close() {
        byId.keySet().forEach(this::drop);
    }
}
