/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Request;

/** The instruction files that may hold objects' envelopes: read, written, deleted and copied with their objects. */
final class InstructionFiles {
    private static final String SUFFIX = InstructionFile.SUFFIX;

    private static final int FORBIDDEN = 403;
    /** The code in the answer's body, which may be cut off, says no more: that the bucket is there is known. */
    private static final int NOT_FOUND = 404;

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

    /**
     * The envelope of an object whose metadata is not enough. The file's own requests carry who pays and who owns the bucket
     * (INT-021); a version id is the object's, not the file's.
     */
    Envelope complete(ObjectName object, GetObjectRequest request, StoredEnvelope stored) {
        String key = InstructionFileSuffix.in(request).fileOf(object.key());
        ObjectName name = new ObjectName(object.bucket(), key);
        if (!config.reads()) {
            throw stored.withoutInstructionFile("instruction files are not to be read, by this client's configuration");
        }
        GetObjectRequest.Builder file =
                GetObjectRequest.builder().bucket(object.bucket()).key(key);
        file.requestPayer(request.requestPayer()).expectedBucketOwner(request.expectedBucketOwner());
        request.overrideConfiguration().ifPresent(file::overrideConfiguration);
        byte[] body;
        try {
            body = client.getObject(file.build(), (response, stream) -> read(name, response, stream));
        } catch (S3Exception e) {
            if (e.statusCode() == NOT_FOUND) {
                throw stored.withoutInstructionFile("there is no instruction file " + name);
            }
            if (e.statusCode() != FORBIDDEN) {
                throw e;
            }
            // So S3 answers, too, who may not list the bucket and asks for what is not there.
            FormatException refusal = stored.withoutInstructionFile(
                    "the instruction file " + name + " is not there, or may not be read (403)");
            refusal.addSuppressed(e);
            throw refusal;
        }
        try {
            return stored.with(InstructionFile.parse(body));
        } catch (FormatException e) {
            throw e.about(name.toString());
        }
    }

    /** A transfer that breaks off is the SDK's to repeat. */
    private static byte[] read(ObjectName name, GetObjectResponse response, InputStream body) {
        Long length = response.contentLength();
        try {
            return new StoredInputStream(body, length == null ? Decryption.UNKNOWN_LENGTH : length)
                    .readNBytes(InstructionFile.MAX_BYTES + 1);
        } catch (IOException e) {
            throw RetryableException.create("reading the instruction file " + name + ": the connection failed", e);
        }
    }

    /**
     * Puts an object's file; who may read, and how S3 encrypts, is as the request says that puts the object or creates its
     * upload.
     */
    void putBefore(S3Request object, Bytes body) {
        PutObjectRequest all = carried(object);
        PutObjectRequest.Builder file = PutObjectRequest.builder()
                .bucket(all.bucket())
                .key(all.key() + SUFFIX)
                .metadata(Map.of(InstructionFile.MARKER, ""))
                .requestPayer(all.requestPayer())
                .expectedBucketOwner(all.expectedBucketOwner())
                .acl(all.acl())
                .grantFullControl(all.grantFullControl())
                .grantRead(all.grantRead())
                .grantReadACP(all.grantReadACP())
                .grantWriteACP(all.grantWriteACP())
                .serverSideEncryption(all.serverSideEncryption())
                .ssekmsKeyId(all.ssekmsKeyId())
                .ssekmsEncryptionContext(all.ssekmsEncryptionContext())
                .bucketKeyEnabled(all.bucketKeyEnabled());
        object.overrideConfiguration().ifPresent(file::overrideConfiguration);
        client.putObject(file.build(), RequestBody.fromBytes(body.toByteArray()));
    }

    private static PutObjectRequest carried(S3Request object) {
        PutObjectRequest.Builder all = PutObjectRequest.builder();
        CommonFields.carry(object, all);
        return all.build();
    }

    /** A put that failed after its file was put. */
    static RuntimeException leftBehind(ObjectName object, RuntimeException e) {
        e.addSuppressed(new IllegalStateException("writing " + object
                + ": its instruction file was written, and the object after it was not; put the object again: "
                + "until then an older object of that key can't be opened"));
        return e;
    }

    /** The refusal of a condition on an object that has a file. */
    static UnsupportedOperationException conditional(ObjectName object) {
        return new UnsupportedOperationException(
                "writing " + object + ": a condition can't hold for the object and its "
                        + "instruction file at once; put without ifMatch and ifNoneMatch, or with the envelope in the metadata");
    }

    /**
     * Copies an object and the file that may hold its envelope, the file first, so that the copy never is there without it. A
     * version's file is that of the newest version.
     */
    CopyObjectResponse copyWith(CopyObjectRequest request) {
        if (config.follows()) {
            CopyObjectRequest.Builder file = fromSourceOf(request)
                    .destinationKey(request.destinationKey() + SUFFIX)
                    .copySourceIfMatch(null)
                    .copySourceIfNoneMatch(null)
                    .copySourceIfModifiedSince(null)
                    .copySourceIfUnmodifiedSince(null)
                    .ifMatch(null)
                    .ifNoneMatch(null)
                    .metadataDirective((MetadataDirective) null)
                    .metadata(null);
            try {
                client.copyObject(file.build());
            } catch (S3Exception e) {
                if (e.statusCode() != NOT_FOUND) {
                    throw e;
                }
                return client.copyObject(request); // its envelope is in its metadata
            }
        }
        return client.copyObject(request);
    }

    /** The source's file, whichever way the source is named. */
    @SuppressWarnings("deprecation")
    private static CopyObjectRequest.Builder fromSourceOf(CopyObjectRequest request) {
        String older = request.copySource();
        return older == null
                ? request.toBuilder().sourceKey(request.sourceKey() + SUFFIX).sourceVersionId(null)
                : request.toBuilder().copySource(older.replaceFirst("\\?.*", "") + SUFFIX);
    }

    /**
     * Deletes an object and its file (API-007), the file only if the object went well. A deleted version keeps its file,
     * which other versions may need.
     */
    DeleteObjectResponse deleteWith(DeleteObjectRequest request) {
        DeleteObjectResponse deleted = client.deleteObject(request);
        if (config.follows() && request.versionId() == null) {
            // Conditions and permissions are the object's, not the file's.
            DeleteObjectRequest.Builder file = request.toBuilder()
                    .key(request.key() + SUFFIX)
                    .mfa(null)
                    .bypassGovernanceRetention(null)
                    .ifMatch(null)
                    .ifMatchLastModifiedTime(null)
                    .ifMatchSize(null);
            try {
                client.deleteObject(file.build());
            } catch (NoSuchKeyException e) {
                // S3 itself doesn't say so, other stores do.
                return deleted;
            }
        }
        return deleted;
    }

    /** Deletes objects, and the files of those that went well (API-010). */
    DeleteObjectsResponse deleteWith(DeleteObjectsRequest request) {
        DeleteObjectsResponse deleted = client.deleteObjects(request);
        List<ObjectIdentifier> files = config.follows() ? filesOf(request, deleted) : List.of();
        if (files.isEmpty()) {
            return deleted;
        }
        DeleteObjectsResponse filesDeleted = client.deleteObjects(request.toBuilder()
                .mfa(null)
                .bypassGovernanceRetention(null)
                .delete(Delete.builder().objects(files).quiet(true).build())
                .build());
        List<S3Error> errors = new ArrayList<>(deleted.errors());
        filesDeleted.errors().stream()
                .filter(error -> !"NoSuchKey".equals(error.code()))
                .forEach(errors::add);
        return deleted.toBuilder().errors(errors).build();
    }

    private static List<ObjectIdentifier> filesOf(DeleteObjectsRequest request, DeleteObjectsResponse deleted) {
        Set<String> kept = new HashSet<>();
        deleted.errors().forEach(error -> kept.add(error.key()));
        return request.delete().objects().stream()
                .filter(object -> object.versionId() == null && !kept.contains(object.key()))
                .map(object ->
                        ObjectIdentifier.builder().key(object.key() + SUFFIX).build())
                .distinct()
                .toList();
    }
}
