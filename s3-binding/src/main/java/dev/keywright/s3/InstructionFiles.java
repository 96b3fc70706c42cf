/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.s3.InstructionFileRequests.Wanted;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import java.io.IOException;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.RenameObjectRequest;
import software.amazon.awssdk.services.s3.model.RenameObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Request;

/** The instruction files that may hold objects' envelopes: read, written, deleted and copied with their objects. */
final class InstructionFiles {
    private final S3Client client;
    private final InstructionFileConfig config;

    InstructionFiles(S3Client client, InstructionFileConfig config) {
        this.client = client;
        this.config = config;
    }

    /** Whether envelopes of new objects go into files. */
    boolean areWritten() {
        return config.writes();
    }

    /** The envelope of an object whose metadata is not enough. */
    Envelope complete(ObjectName object, GetObjectRequest request, StoredEnvelope stored) {
        Wanted file = Wanted.of(object, request, stored, config);
        byte[] body;
        try {
            body = client.getObject(file.request(request), (response, stream) -> read(file.name(), response, stream));
        } catch (S3Exception e) {
            FormatException refusal = file.refusal(e);
            throw refusal == null ? e : refusal;
        }
        return file.complete(body);
    }

    /** A transfer that breaks off is the SDK's to repeat. Of what is too long the rest is not fetched. */
    private static byte[] read(ObjectName name, GetObjectResponse response, AbortableInputStream body) {
        Long length = response.contentLength();
        try {
            byte[] read = new StoredInputStream(body, length == null ? Decryption.UNKNOWN_LENGTH : length)
                    .readNBytes(InstructionFile.MAX_BYTES + 1);
            if (read.length > InstructionFile.MAX_BYTES) {
                body.abort();
            }
            return read;
        } catch (IOException e) {
            throw RetryableException.create("reading the instruction file " + name + ": the connection failed", e);
        }
    }

    /**
     * Puts an object's file; who may read, and how S3 encrypts, is as the request says that puts the object or creates its
     * upload.
     */
    void putBefore(S3Request object, Bytes body) {
        client.putObject(InstructionFileRequests.put(object), RequestBody.fromBytes(body.toByteArray()));
    }

    /** A put that failed after its file was put. */
    static RuntimeException leftBehind(ObjectName object, RuntimeException e) {
        e.addSuppressed(InstructionFileRequests.leftBehind(object));
        return e;
    }

    /** The refusal of a condition on an object that has a file. */
    static UnsupportedOperationException conditional(ObjectName object) {
        return new UnsupportedOperationException(
                "writing " + object + ": a condition can't hold for the object and its "
                        + "instruction file at once; put without ifMatch and ifNoneMatch, or with the envelope in the metadata");
    }

    /**
     * Copies an object and the file that may hold its envelope, the file first, so that the copy never is there without it;
     * but the object first if there are conditions, as a file in the place of another would make an object unreadable that
     * stays. A version's file is that of the newest version.
     */
    CopyObjectResponse copyWith(CopyObjectRequest request) {
        if (!config.follows()) {
            return client.copyObject(request);
        }
        if (!InstructionFileRequests.isConditional(request)) {
            boolean hasFile = copyFile(request);
            try {
                return client.copyObject(request);
            } catch (RuntimeException e) {
                throw hasFile ? halfCopied(request, e) : e;
            }
        }
        CopyObjectResponse copied = client.copyObject(request);
        try {
            copyFile(request);
        } catch (RuntimeException e) {
            throw halfCopied(request, e);
        }
        return copied;
    }

    /** Renames an object and then the file that may hold its envelope: conditions hold before the file is touched. */
    RenameObjectResponse renameWith(RenameObjectRequest request) {
        RenameObjectResponse renamed = client.renameObject(request);
        if (config.follows()) {
            try {
                client.renameObject(InstructionFileRequests.rename(request));
            } catch (RuntimeException e) {
                if (!InstructionFileRequests.isMissing(e)) {
                    e.addSuppressed(InstructionFileRequests.halfRenamed(request));
                    throw e;
                }
            }
        }
        return renamed;
    }

    /** Whether there is one; else the envelope is in the metadata. */
    private boolean copyFile(CopyObjectRequest request) {
        try {
            client.copyObject(InstructionFileRequests.copy(request));
            return true;
        } catch (S3Exception e) {
            if (!InstructionFileRequests.isMissing(e)) {
                throw e;
            }
            return false;
        }
    }

    private static RuntimeException halfCopied(CopyObjectRequest request, RuntimeException e) {
        e.addSuppressed(InstructionFileRequests.halfCopied(request));
        return e;
    }

    /**
     * Deletes an object and its file (API-007), the file only if the object went well. A deleted version keeps its file,
     * which other versions may need.
     */
    DeleteObjectResponse deleteWith(DeleteObjectRequest request) {
        DeleteObjectResponse deleted = client.deleteObject(request);
        if (config.follows() && request.versionId() == null) {
            try {
                client.deleteObject(InstructionFileRequests.delete(request));
            } catch (S3Exception e) {
                // S3 itself doesn't say that it is missing, other stores do.
                if (!InstructionFileRequests.isMissing(e)) {
                    throw e;
                }
            }
        }
        return deleted;
    }

    /** Deletes objects, and the files of those that went well (API-010). */
    DeleteObjectsResponse deleteWith(DeleteObjectsRequest request) {
        DeleteObjectsResponse deleted = client.deleteObjects(request);
        DeleteObjectsRequest files = config.follows() ? InstructionFileRequests.delete(request, deleted) : null;
        return files == null ? deleted : InstructionFileRequests.both(deleted, client.deleteObjects(files));
    }
}
