/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.RenameObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * What is asked of S3 for the instruction file of an object, made of what was asked for the object, and what its answers
 * mean. Sends nothing.
 */
final class InstructionFileRequests {
    private static final String SUFFIX = InstructionFile.SUFFIX;

    private static final int FORBIDDEN = 403;

    /** The code in the answer's body, which may be cut off, says no more: that the bucket is there is known. */
    private static final int NOT_FOUND = 404;

    private InstructionFileRequests() {}

    /** An object's instruction file, which is to be read. */
    record Wanted(ObjectName name, StoredEnvelope stored) {
        /** @throws FormatException if files are not to be read */
        static Wanted of(
                ObjectName object, GetObjectRequest request, StoredEnvelope stored, InstructionFileConfig config) {
            if (!config.reads()) {
                throw stored.withoutInstructionFile(
                        "instruction files are not to be read, by this client's configuration");
            }
            String key = InstructionFileSuffix.in(request).fileOf(object.key());
            return new Wanted(new ObjectName(object.bucket(), key), stored);
        }

        /** Carries who pays and who owns the bucket (INT-021); a version id is the object's, not the file's. */
        GetObjectRequest request(GetObjectRequest object) {
            GetObjectRequest.Builder file =
                    GetObjectRequest.builder().bucket(name.bucket()).key(name.key());
            file.requestPayer(object.requestPayer()).expectedBucketOwner(object.expectedBucketOwner());
            object.overrideConfiguration().ifPresent(file::overrideConfiguration);
            return file.build();
        }

        /** The envelope of the object and this file, of which at most one byte more than the longest was read. */
        Envelope complete(byte[] body) {
            try {
                return stored.with(InstructionFile.parse(body));
            } catch (FormatException e) {
                throw e.about(name.toString());
            }
        }

        /** What it means that the file can't be had; null if it is no answer about the file. */
        @Nullable
        FormatException refusal(Throwable failure) {
            if (isMissing(failure)) {
                return stored.withoutInstructionFile("there is no instruction file " + name);
            }
            if (failure instanceof S3Exception answer && answer.statusCode() == FORBIDDEN) {
                // So S3 answers, too, who may not list the bucket and asks for what is not there.
                FormatException refusal = stored.withoutInstructionFile(
                        "the instruction file " + name + " is not there, or may not be read (403)");
                refusal.addSuppressed(failure);
                return refusal;
            }
            return null;
        }
    }

    /** Whether S3 says that a file is not there. */
    static boolean isMissing(Throwable failure) {
        return failure instanceof S3Exception answer && answer.statusCode() == NOT_FOUND;
    }

    /**
     * Puts an object's file; who may read, and how S3 encrypts, is as the request says that puts the object or creates its
     * upload.
     */
    static PutObjectRequest put(S3Request object) {
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
        return file.build();
    }

    private static PutObjectRequest carried(S3Request object) {
        PutObjectRequest.Builder all = PutObjectRequest.builder();
        CommonFields.carry(object, all);
        return all.build();
    }

    /** Copies an object's file; a version's file is that of the newest version. Conditions are the object's. */
    static CopyObjectRequest copy(CopyObjectRequest object) {
        return fromSourceOf(object)
                .destinationKey(object.destinationKey() + SUFFIX)
                .copySourceIfMatch(null)
                .copySourceIfNoneMatch(null)
                .copySourceIfModifiedSince(null)
                .copySourceIfUnmodifiedSince(null)
                .ifMatch(null)
                .ifNoneMatch(null)
                .metadataDirective((MetadataDirective) null)
                .metadata(null)
                .build();
    }

    /** Whether S3 may refuse to copy the object for what stands in its place, or the source's. */
    static boolean isConditional(CopyObjectRequest object) {
        return Stream.of(
                        object.ifMatch(),
                        object.ifNoneMatch(),
                        object.copySourceIfMatch(),
                        object.copySourceIfNoneMatch(),
                        object.copySourceIfModifiedSince(),
                        object.copySourceIfUnmodifiedSince())
                .anyMatch(Objects::nonNull);
    }

    /** Renames an object's file. Conditions are the object's. */
    static RenameObjectRequest rename(RenameObjectRequest object) {
        return object.toBuilder()
                .key(object.key() + SUFFIX)
                .renameSource(object.renameSource() + SUFFIX)
                .destinationIfMatch(null)
                .destinationIfNoneMatch(null)
                .destinationIfModifiedSince(null)
                .destinationIfUnmodifiedSince(null)
                .sourceIfMatch(null)
                .sourceIfNoneMatch(null)
                .sourceIfModifiedSince(null)
                .sourceIfUnmodifiedSince(null)
                .clientToken(null)
                .build();
    }

    /** The source's file, whichever way the source is named. */
    @SuppressWarnings("deprecation")
    private static CopyObjectRequest.Builder fromSourceOf(CopyObjectRequest request) {
        String older = request.copySource();
        return older == null
                ? request.toBuilder().sourceKey(request.sourceKey() + SUFFIX).sourceVersionId(null)
                : request.toBuilder().copySource(older.replaceFirst("\\?.*", "") + SUFFIX);
    }

    /** Deletes an object's file. Conditions and permissions are the object's, not the file's. */
    static DeleteObjectRequest delete(DeleteObjectRequest object) {
        return object.toBuilder()
                .key(object.key() + SUFFIX)
                .mfa(null)
                .bypassGovernanceRetention(null)
                .ifMatch(null)
                .ifMatchLastModifiedTime(null)
                .ifMatchSize(null)
                .build();
    }

    /** Deletes the files of those objects that were deleted and named without version; null if there are none (API-010). */
    static @Nullable DeleteObjectsRequest delete(DeleteObjectsRequest objects, DeleteObjectsResponse deleted) {
        Set<String> kept = new HashSet<>();
        deleted.errors().forEach(error -> kept.add(error.key()));
        List<ObjectIdentifier> files = objects.delete().objects().stream()
                .filter(object -> object.versionId() == null && !kept.contains(object.key()))
                .map(object ->
                        ObjectIdentifier.builder().key(object.key() + SUFFIX).build())
                .distinct()
                .toList();
        if (files.isEmpty()) {
            return null;
        }
        return objects.toBuilder()
                .mfa(null)
                .bypassGovernanceRetention(null)
                .delete(Delete.builder().objects(files).quiet(true).build())
                .build();
    }

    /** What became of objects and files together; that a file was not there is no error. */
    static DeleteObjectsResponse both(DeleteObjectsResponse objects, DeleteObjectsResponse files) {
        List<S3Error> errors = new ArrayList<>(objects.errors());
        files.errors().stream()
                .filter(error -> !"NoSuchKey".equals(error.code()))
                .forEach(errors::add);
        return objects.toBuilder().errors(errors).build();
    }

    /** To say with the failure of a copy, of whose two parts one is there. */
    static IllegalStateException halfCopied(CopyObjectRequest object) {
        ObjectName copy = new ObjectName(object.destinationBucket(), object.destinationKey());
        return new IllegalStateException("copying to " + copy
                + ": of object and instruction file one was copied, and the other was not; copy again: until then what "
                + "is there can't be opened");
    }

    /** To say with the failure of a file's renaming. */
    static IllegalStateException halfRenamed(RenameObjectRequest object) {
        return new IllegalStateException("renaming to " + new ObjectName(object.bucket(), object.key())
                + ": the object was renamed, and its instruction file was not; rename " + object.renameSource() + SUFFIX
                + " too, by a plain client: until then the object can't be opened");
    }

    /** To say with the failure of an object's put, whose file was written before. */
    static IllegalStateException leftBehind(ObjectName object) {
        return new IllegalStateException("writing " + object
                + ": its instruction file was written, and the object after it was not; put the object "
                + "again: until then an older object of that key can't be opened");
    }
}
