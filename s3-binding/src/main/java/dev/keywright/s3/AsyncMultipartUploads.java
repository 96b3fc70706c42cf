/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.s3.MultipartUpload.Form;
import dev.keywright.s3.MultipartUpload.Held;
import dev.keywright.s3.MultipartUpload.Part;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** As {@link MultipartUploads}, over an asynchronous client: keys are had on the executor, and nothing here waits. */
@SuppressWarnings("FutureReturnValueIgnored") // The abort of an upload that nobody can know of.
final class AsyncMultipartUploads implements AutoCloseable {
    private final S3AsyncClient client;
    private final ObjectEncryptor encryptor;
    private final AsyncInstructionFiles instructionFiles;
    private final Executor executor;
    private final UploadsUnderWay underWay = new UploadsUnderWay();

    AsyncMultipartUploads(
            S3AsyncClient client,
            ObjectEncryptor encryptor,
            AsyncInstructionFiles instructionFiles,
            Executor executor) {
        this.client = client;
        this.encryptor = encryptor;
        this.instructionFiles = instructionFiles;
        this.executor = executor;
    }

    CompletableFuture<CreateMultipartUploadResponse> create(AsyncCall<?> call, CreateMultipartUploadRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        UserMetadata.requireNoReservedName(object, request.metadata());
        underWay.reserve(object);
        return AsyncCall.whole(() -> CompletableFuture.supplyAsync(
                        () -> encryptor.encryptParts(object, EncryptionContext.in(request)), executor))
                .thenCompose(content -> create(call, request, content))
                .whenComplete((response, failure) -> {
                    if (failure != null) {
                        underWay.giveUp();
                    }
                });
    }

    private CompletableFuture<CreateMultipartUploadResponse> create(
            AsyncCall<?> call, CreateMultipartUploadRequest request, EncryptedParts content) {
        return call.awaitAnswer(() -> client.createMultipartUpload(
                        PartRequests.creation(request, content, instructionFiles.areWritten())))
                .whenComplete((response, failure) -> {
                    if (failure == null) {
                        underWay.begun(request, content, response.uploadId());
                        call.whenFailed(gone -> abandon(request, response.uploadId()));
                    } else {
                        content.close();
                    }
                });
    }

    /** Whoever created it has given up waiting, and so nobody knows its id. */
    private void abandon(CreateMultipartUploadRequest request, String id) {
        underWay.ended(id);
        AbortMultipartUploadRequest.Builder abort = AbortMultipartUploadRequest.builder();
        CommonFields.carry(request, abort);
        client.abortMultipartUpload(abort.uploadId(id).build());
    }

    CompletableFuture<UploadPartResponse> part(AsyncCall<?> call, UploadPartRequest request, AsyncRequestBody body) {
        MultipartUpload upload = underWay.named(request.bucket(), request.key(), request.uploadId());
        ObjectName object = upload.content.name();
        PlaintextChecksums checksums = PlaintextChecksums.of(object, request);
        long length = PartRequests.plaintextBytes(object, request, body.contentLength());
        Part part = upload.begin(request, length);
        boolean tagged = part.form() == Form.TAGGED;
        long bodyBytes = tagged ? upload.content.envelope().bodyBytes(length) : length;
        SentRuns runs =
                SentRuns.of(upload.content, part.offsetBytes, length, tagged, "part " + part.number + " of " + upload);
        SentAsyncBody sent = new SentAsyncBody(body, runs, checksums, bodyBytes);
        return AsyncCall.whole(() -> part.form() == Form.HELD
                        ? hold(call, upload, part, request, sent)
                        : send(call, upload, part, PartRequests.sent(request, bodyBytes), sent))
                .whenComplete((response, failure) -> upload.end(part));
    }

    private static CompletableFuture<UploadPartResponse> hold(
            AsyncCall<?> call, MultipartUpload upload, Part part, UploadPartRequest request, SentAsyncBody sent) {
        return call.await(() -> {
                    HeldCiphertext held = new HeldCiphertext();
                    sent.subscribe(held);
                    return held;
                })
                .handle((ciphertext, failure) -> {
                    if (failure != null) {
                        throw cantSend(upload, request, failure);
                    }
                    upload.held(part, ciphertext, request);
                    return UploadCompletion.answerOfHeld(part.number);
                });
    }

    private CompletableFuture<UploadPartResponse> send(
            AsyncCall<?> call, MultipartUpload upload, Part part, UploadPartRequest request, SentAsyncBody sent) {
        return call.await(() -> client.uploadPart(request, sent)).handle((response, failure) -> {
            if (failure != null) {
                Throwable bodys = sent.failure();
                throw cantSend(upload, request, bodys == null ? failure : bodys);
            }
            upload.stored(part, part.form(), UploadCompletion.completed(part.number, response));
            return response;
        });
    }

    private static RuntimeException cantSend(MultipartUpload upload, UploadPartRequest request, Throwable failure) {
        RuntimeException cause = AsyncCall.unchecked(failure);
        return cause instanceof KeywrightException refusal ? refusal.about(upload.cantSend(request)) : cause;
    }

    CompletableFuture<CompleteMultipartUploadResponse> complete(
            AsyncCall<?> call, CompleteMultipartUploadRequest request) {
        MultipartUpload upload = underWay.named(request.bucket(), request.key(), request.uploadId());
        UploadCompletion completion = new UploadCompletion(upload, request);
        completion.requireCheckable(instructionFiles.areWritten());
        upload.beginEnd();
        return AsyncCall.whole(() -> {
                    completion.requireAll();
                    return sendTag(call, upload)
                            .thenCompose(sent -> putFile(call, upload))
                            .thenCompose(put -> call.await(() -> client.completeMultipartUpload(completion.stored()))
                                    .whenComplete((response, failure) -> ended(upload, request, failure)));
                })
                .whenComplete((response, failure) -> {
                    if (failure != null && AsyncCall.cause(failure) instanceof NoSuchUploadException) {
                        underWay.ended(request.uploadId()); // as S3 may say when the tag is sent
                    }
                    upload.resume();
                });
    }

    private void ended(MultipartUpload upload, CompleteMultipartUploadRequest request, @Nullable Throwable failure) {
        Throwable cause = failure == null ? null : AsyncCall.cause(failure);
        if (cause == null || cause instanceof NoSuchUploadException) {
            underWay.ended(request.uploadId());
        }
        if (instructionFiles.areWritten() && cause instanceof SdkException) {
            cause.addSuppressed(InstructionFileRequests.leftBehind(upload.content.name()));
        }
    }

    private CompletableFuture<?> putFile(AsyncCall<?> call, MultipartUpload upload) {
        return instructionFiles.areWritten()
                ? call.await(() -> instructionFiles.put(
                        upload.request, upload.content.envelope().toInstructionFile()))
                : CompletableFuture.completedFuture(null);
    }

    private CompletableFuture<?> sendTag(AsyncCall<?> call, MultipartUpload upload) {
        Held held = upload.heldPart();
        if (held != null) {
            Bytes ciphertext = held.ciphertext();
            Bytes tag = upload.content.tag();
            UploadPartRequest request = PartRequests.sent(held.request(), (long) ciphertext.size() + tag.size());
            AsyncRequestBody body = AsyncRequestBody.fromByteBuffersUnsafe(
                    ByteBuffer.wrap(ciphertext.toByteArray()), ByteBuffer.wrap(tag.toByteArray()));
            return call.await(() -> client.uploadPart(request, body))
                    .thenAccept(response -> upload.stored(
                            held.part(), Form.TAGGED, UploadCompletion.completed(held.part().number, response)));
        }
        if (upload.lacksTag()) {
            byte[] tag = upload.content.tag().toByteArray();
            UploadPartRequest request = PartRequests.sent(upload.tagRequest(), tag.length);
            return call.await(() -> client.uploadPart(request, AsyncRequestBody.fromBytesUnsafe(tag)))
                    .thenAccept(
                            response -> upload.tagStored(UploadCompletion.completed(request.partNumber(), response)));
        }
        return CompletableFuture.completedFuture(null);
    }

    /** Also aborts uploads that are not ours: there is nothing in an abort to encrypt. */
    CompletableFuture<AbortMultipartUploadResponse> abort(AsyncCall<?> call, AbortMultipartUploadRequest request) {
        return call.await(() -> client.abortMultipartUpload(request)).whenComplete((response, failure) -> {
            if (failure == null || AsyncCall.cause(failure) instanceof NoSuchUploadException) {
                underWay.ended(request.uploadId());
            }
        });
    }

    /** Wipes the keys of all uploads under way. They stay at S3, to be aborted there. */
    @Override
    public void close() {
        underWay.close();
    }
}
