/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.Envelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.util.List;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;

/**
 * One {@code putObject} as a multipart upload: what the caller's request says goes into creation, parts and completion,
 * wherever S3 has a place for it, and the answers into one.
 */
final class MultipartPut {
    private final S3Client client;
    private final InstructionFiles instructionFiles;
    private final ObjectName object;
    private final PutObjectRequest request;
    private final boolean toFile;

    /**
     * @param request without checksums of the plaintext
     * @param toFile whether the envelope goes into an instruction file
     */
    MultipartPut(S3Client client, InstructionFiles instructionFiles, PutObjectRequest request, boolean toFile) {
        this.client = client;
        this.instructionFiles = instructionFiles;
        this.object = new ObjectName(request.bucket(), request.key());
        this.request = request;
        this.toFile = toFile;
    }

    CreateMultipartUploadResponse create(Envelope envelope, @Nullable String contentType) {
        CreateMultipartUploadRequest.Builder create = CreateMultipartUploadRequest.builder();
        CommonFields.carry(request, create);
        if (request.contentType() == null) {
            create.contentType(contentType);
        }
        create.metadata(UserMetadata.toStore(
                object,
                request.metadata(),
                toFile ? envelope.toMetadataBesideInstructionFile() : envelope.toMetadata()));
        request.overrideConfiguration().ifPresent(create::overrideConfiguration);
        return client.createMultipartUpload(create.build());
    }

    /** What the requests of all parts have in common. */
    UploadPartRequest part(String uploadId) {
        UploadPartRequest.Builder part = UploadPartRequest.builder();
        CommonFields.carry(request, part);
        request.overrideConfiguration().ifPresent(part::overrideConfiguration);
        return part.uploadId(uploadId).build();
    }

    CompleteMultipartUploadResponse complete(String uploadId, EncryptedParts content, List<CompletedPart> parts) {
        CompleteMultipartUploadRequest.Builder complete = CompleteMultipartUploadRequest.builder();
        CommonFields.carry(request, complete);
        request.overrideConfiguration().ifPresent(complete::overrideConfiguration);
        complete.uploadId(uploadId).multipartUpload(list -> list.parts(parts));
        if (!toFile) {
            return client.completeMultipartUpload(complete.build());
        }
        instructionFiles.putBefore(request, content.envelope().toInstructionFile());
        try {
            return client.completeMultipartUpload(complete.build());
        } catch (RuntimeException e) {
            throw InstructionFiles.leftBehind(object, e);
        }
    }

    /** The answers as one to {@code putObject}. */
    static PutObjectResponse answer(CreateMultipartUploadResponse created, CompleteMultipartUploadResponse completed) {
        PutObjectResponse.Builder answer = PutObjectResponse.builder();
        CommonFields.carry(created, answer);
        CommonFields.carry(completed, answer);
        answer.responseMetadata(completed.responseMetadata()).sdkHttpResponse(completed.sdkHttpResponse());
        return answer.build();
    }

    /** Gives an upload up, after a failure that is told if this fails too; also on a thread that was interrupted. */
    void abort(String uploadId, Throwable failure) {
        boolean interrupted = Thread.interrupted();
        try {
            client.abortMultipartUpload(of -> {
                of.bucket(request.bucket())
                        .key(request.key())
                        .uploadId(uploadId)
                        .requestPayer(request.requestPayer())
                        .expectedBucketOwner(request.expectedBucketOwner());
                request.overrideConfiguration().ifPresent(of::overrideConfiguration);
            });
        } catch (NoSuchUploadException e) {
            // Nothing is left.
        } catch (RuntimeException e) {
            failure.addSuppressed(new IllegalStateException(
                    "writing " + object + ": upload " + uploadId
                            + " is left at S3, and could not be aborted; abort it there",
                    e));
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
