/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.InstructionFile;
import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.s3.InstructionFileRequests.Wanted;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.FormatException;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CopyObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.RenameObjectRequest;
import software.amazon.awssdk.services.s3.model.RenameObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Request;

/** As {@link InstructionFiles}, over an asynchronous client: nothing here waits. */
final class AsyncInstructionFiles {
    private final S3AsyncClient client;
    private final InstructionFileConfig config;

    /** @param client gets objects in one stream, and copies metadata with them */
    AsyncInstructionFiles(S3AsyncClient client, InstructionFileConfig config) {
        this.client = client;
        this.config = config;
    }

    /** Whether envelopes of new objects go into files. */
    boolean areWritten() {
        return config.writes();
    }

    /** The envelope of an object whose metadata is not enough. */
    CompletableFuture<Envelope> complete(
            AsyncCall<?> call, ObjectName object, GetObjectRequest request, StoredEnvelope stored) {
        Wanted file = Wanted.of(object, request, stored, config);
        return call.await(() -> client.getObject(file.request(request), new FirstBytes(InstructionFile.MAX_BYTES + 1)))
                .handle((body, failure) -> {
                    if (failure == null) {
                        return file.complete(body);
                    }
                    FormatException refusal = file.refusal(AsyncCall.cause(failure));
                    throw refusal == null ? AsyncCall.unchecked(failure) : refusal;
                });
    }

    /** Puts an object's file, as the request says that puts the object or creates its upload. */
    CompletableFuture<PutObjectResponse> put(S3Request object, Bytes body) {
        return client.putObject(InstructionFileRequests.put(object), AsyncRequestBody.fromBytes(body.toByteArray()));
    }

    /** Copies an object and the file that may hold its envelope, the file first, but after the object's conditions. */
    CompletableFuture<CopyObjectResponse> copyWith(AsyncCall<?> call, CopyObjectRequest request) {
        if (!config.follows()) {
            return call.await(() -> client.copyObject(request));
        }
        if (!InstructionFileRequests.isConditional(request)) {
            return copyFile(call, request)
                    .thenCompose(hasFile -> call.await(() -> client.copyObject(request))
                            .whenComplete((copied, failure) -> {
                                if (failure != null && hasFile) {
                                    AsyncCall.cause(failure).addSuppressed(InstructionFileRequests.halfCopied(request));
                                }
                            }));
        }
        return call.await(() -> client.copyObject(request))
                .thenCompose(copied -> copyFile(call, request).handle((hasFile, failure) -> {
                    if (failure != null) {
                        AsyncCall.cause(failure).addSuppressed(InstructionFileRequests.halfCopied(request));
                        throw AsyncCall.unchecked(failure);
                    }
                    return copied;
                }));
    }

    /** Renames an object and then the file that may hold its envelope. */
    CompletableFuture<RenameObjectResponse> renameWith(AsyncCall<?> call, RenameObjectRequest request) {
        CompletableFuture<RenameObjectResponse> renamed = call.await(() -> client.renameObject(request));
        if (!config.follows()) {
            return renamed;
        }
        return renamed.thenCompose(object -> call.await(
                        () -> client.renameObject(InstructionFileRequests.rename(request)))
                .handle((file, failure) -> {
                    Throwable cause = failure == null ? null : AsyncCall.cause(failure);
                    if (cause != null && !InstructionFileRequests.isMissing(cause)) {
                        cause.addSuppressed(InstructionFileRequests.halfRenamed(request));
                    }
                    unlessMissing(file, failure);
                    return object;
                }));
    }

    /** Whether there is one. */
    private CompletableFuture<Boolean> copyFile(AsyncCall<?> call, CopyObjectRequest request) {
        return call.await(() -> client.copyObject(InstructionFileRequests.copy(request)))
                .handle((copied, failure) -> {
                    unlessMissing(copied, failure);
                    return failure == null;
                });
    }

    /** Deletes an object and then its file, unless a version is named. */
    CompletableFuture<DeleteObjectResponse> deleteWith(AsyncCall<?> call, DeleteObjectRequest request) {
        CompletableFuture<DeleteObjectResponse> deleted = call.await(() -> client.deleteObject(request));
        if (!config.follows() || request.versionId() != null) {
            return deleted;
        }
        return deleted.thenCompose(
                object -> call.await(() -> client.deleteObject(InstructionFileRequests.delete(request)))
                        .handle(AsyncInstructionFiles::unlessMissing)
                        .thenApply(file -> object));
    }

    /** Deletes objects, and the files of those that went well. */
    CompletableFuture<DeleteObjectsResponse> deleteWith(AsyncCall<?> call, DeleteObjectsRequest request) {
        return call.await(() -> client.deleteObjects(request)).thenCompose(deleted -> {
            DeleteObjectsRequest files = config.follows() ? InstructionFileRequests.delete(request, deleted) : null;
            return files == null
                    ? CompletableFuture.completedFuture(deleted)
                    : call.await(() -> client.deleteObjects(files))
                            .thenApply(filesDeleted -> InstructionFileRequests.both(deleted, filesDeleted));
        });
    }

    /** Goes on where there is no such file, which most objects have none of. */
    private static Void unlessMissing(Object answer, Throwable failure) {
        if (failure != null && !InstructionFileRequests.isMissing(AsyncCall.cause(failure))) {
            throw AsyncCall.unchecked(failure);
        }
        return null;
    }
}
