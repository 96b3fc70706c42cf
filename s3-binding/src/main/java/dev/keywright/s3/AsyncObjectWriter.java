/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;

/** As {@link ObjectWriter}, over an asynchronous client: keys are had on the executor, and nothing here waits. */
final class AsyncObjectWriter {
    private final S3AsyncClient client;
    private final ObjectEncryptor encryptor;
    private final AsyncInstructionFiles instructionFiles;
    private final Executor executor;

    AsyncObjectWriter(
            S3AsyncClient client,
            ObjectEncryptor encryptor,
            AsyncInstructionFiles instructionFiles,
            Executor executor) {
        this.client = client;
        this.encryptor = encryptor;
        this.instructionFiles = instructionFiles;
        this.executor = executor;
    }

    CompletableFuture<PutObjectResponse> put(
            AsyncCall<PutObjectResponse> call, PutObjectRequest request, AsyncRequestBody body) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        PutRequests.requirePuttable(object, request, instructionFiles.areWritten());
        long plaintextBytes = PutRequests.plaintextBytes(object, request.contentLength(), body.contentLength())
                .orElseThrow(() -> new IllegalArgumentException("writing " + object
                        + ": the body's length is not known, and S3 wants it beforehand; set contentLength on the request, "
                        + "use a body that has one, or put it by EncryptingS3Client, which sends parts"));
        PlaintextChecksums checksums = PlaintextChecksums.of(object, request);
        return CompletableFuture.supplyAsync(() -> begin(object, request, plaintextBytes), executor)
                .thenCompose(encrypted -> {
                    call.whenFailed(failure -> encrypted.close());
                    SentRuns runs = SentRuns.of(object, encrypted, plaintextBytes);
                    SentAsyncBody sent = new SentAsyncBody(body, runs, checksums, encrypted.bodyBytes());
                    return send(call, object, request, encrypted, sent)
                            .whenComplete((response, failure) -> encrypted.close());
                });
    }

    /** The body comes to it, run by run, and is not opened. */
    private EncryptedObject begin(ObjectName object, PutObjectRequest request, long plaintextBytes) {
        PlaintextSource pushed = PlaintextSource.of(plaintextBytes, () -> {
            throw new IllegalStateException("the plaintext is pushed");
        });
        return encryptor.encrypt(object, pushed, EncryptionContext.in(request));
    }

    private CompletableFuture<PutObjectResponse> send(
            AsyncCall<?> call,
            ObjectName object,
            PutObjectRequest request,
            EncryptedObject encrypted,
            SentAsyncBody sent) {
        boolean toFile = instructionFiles.areWritten();
        PutObjectRequest stored = PutRequests.stored(object, request, encrypted.envelope(), toFile)
                .build();
        if (!toFile) {
            return send(call, stored, sent);
        }
        return call.await(
                        () -> instructionFiles.put(request, encrypted.envelope().toInstructionFile()))
                .thenCompose(file -> send(call, stored, sent).whenComplete((response, failure) -> {
                    if (failure != null) {
                        AsyncCall.cause(failure).addSuppressed(InstructionFileRequests.leftBehind(object));
                    }
                }));
    }

    private CompletableFuture<PutObjectResponse> send(AsyncCall<?> call, PutObjectRequest stored, SentAsyncBody sent) {
        return call.await(() -> client.putObject(stored, sent)).handle((response, failure) -> {
            if (failure == null) {
                return response;
            }
            Throwable bodys = sent.failure();
            throw AsyncCall.unchecked(bodys == null ? failure : bodys);
        });
    }
}
