/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.RequestedRange;
import dev.keywright.s3.AsyncOpeningTransformer.Opening;
import dev.keywright.s3.AsyncVerifyingTransformer.Verified;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;

/** As {@link ObjectReader}, over an asynchronous client. */
final class AsyncObjectReader {
    private final S3AsyncClient client;
    private final ObjectDecryptor decryptor;
    private final AsyncInstructionFiles instructionFiles;
    private final Executor executor;
    private final int bufferBytes;
    private final @Nullable Path spoolDirectory;
    private final VerifiedRelease verifiedRelease;
    private final boolean unverifiedRanges;

    AsyncObjectReader(
            S3AsyncClient client,
            AsyncInstructionFiles instructionFiles,
            Executor executor,
            EncryptingClientBuilder<?> settings) {
        this.client = client;
        this.decryptor = settings.decryptor();
        this.instructionFiles = instructionFiles;
        this.executor = executor;
        this.bufferBytes = settings.bufferBytes();
        this.spoolDirectory = settings.spoolDirectory();
        this.verifiedRelease = settings.verifiedRelease();
        this.unverifiedRanges = settings.unverifiedRanges();
    }

    <T> CompletableFuture<T> get(
            AsyncCall<T> call, GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        Opening opening = opening(request);
        if (request.range() != null) {
            if (!unverifiedRanges) {
                throw ReadRequests.unverifiedRange(opening.object());
            }
            return range(call, request, opening, transformer);
        }
        AsyncVerifyingTransformer verifying = verifying(opening, request);
        CompletableFuture<T> callers = transformer.prepare();
        return opened(call, request, verifying)
                .thenApply(verified -> publish(call, verified, why -> {
                    if (!callers.isDone()) {
                        transformer.exceptionOccurred(why);
                    }
                }))
                .thenComposeAsync(
                        plaintext -> {
                            if (!callers.isCompletedExceptionally()) { // else it was told that the call was given up
                                transformer.onResponse(plaintext.response());
                                transformer.onStream(plaintext.publisher());
                            }
                            return callers;
                        },
                        executor)
                .whenComplete((result, failure) -> {
                    if (failure != null && !callers.isCompletedExceptionally()) {
                        transformer.exceptionOccurred(AsyncCall.cause(failure));
                    }
                });
    }

    private AsyncVerifyingTransformer verifying(Opening opening, GetObjectRequest request) {
        VerifiedRelease release = VerifiedRelease.in(request).orElse(verifiedRelease);
        if (release == VerifiedRelease.READ_TWICE) {
            throw new UnsupportedOperationException(opening.subject()
                    + ": the asynchronous client does not read twice; choose another VerifiedRelease, or read by "
                    + "EncryptingS3Client");
        }
        return new AsyncVerifyingTransformer(opening, release, bufferBytes, spoolDirectory);
    }

    <T> CompletableFuture<T> getUnverified(
            AsyncCall<T> call, GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        Opening opening = opening(request);
        return request.range() != null
                ? range(call, request, opening, transformer)
                : opened(call, request, new AsyncUnverifiedTransformer<>(opening, transformer));
    }

    private <T> CompletableFuture<T> range(
            AsyncCall<T> call,
            GetObjectRequest request,
            Opening opening,
            AsyncResponseTransformer<GetObjectResponse, T> transformer) {
        RequestedRange requested = ReadRequests.range(opening.object(), request.range());
        return opened(
                call,
                request.toBuilder().range(requested.bodyRange()).build(),
                new AsyncRangeTransformer<>(opening, requested, transformer));
    }

    private record Plaintext(GetObjectResponse response, VerifiedPlaintext publisher) {}

    private Plaintext publish(AsyncCall<?> call, Verified verified, Consumer<Throwable> whenFailed) {
        VerifiedPlaintext publisher = new VerifiedPlaintext(verified.pieces(), executor, whenFailed);
        call.whenFailed(publisher::fail);
        return new Plaintext(verified.plaintextResponse(), publisher);
    }

    private Opening opening(GetObjectRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        ReadRequests.requireNoPart(object, request.partNumber());
        return new Opening(decryptor, object, EncryptionContext.in(request), executor);
    }

    private <R> CompletableFuture<R> opened(
            AsyncCall<?> call, GetObjectRequest request, AsyncOpeningTransformer<R> transformer) {
        ObjectName object = transformer.opening.object();
        return send(call, request, transformer)
                .thenCompose(outcome -> {
                    FoundEnvelope incomplete = outcome.incomplete();
                    if (incomplete == null) {
                        ReadRequests.warnOfUnusedSuffix(object, request);
                        return CompletableFuture.completedFuture(outcome);
                    }
                    return instructionFiles
                            .complete(call, object, request, incomplete.stored())
                            .handle((envelope, failure) -> {
                                if (failure != null) {
                                    throw AsyncCall.cause(failure) instanceof KeywrightException e
                                            ? e.about("reading " + object)
                                            : AsyncCall.unchecked(failure);
                                }
                                transformer.use(envelope);
                                return incomplete.sameObject(request);
                            })
                            .thenCompose(again -> send(call, again, transformer))
                            .handle((again, failure) -> {
                                if (failure != null) {
                                    throw PinnedObject.unlessReplaced(object, AsyncCall.unchecked(failure));
                                }
                                return again;
                            });
                })
                .thenApply(AsyncOpeningTransformer.Outcome::result);
    }

    private <R> CompletableFuture<AsyncOpeningTransformer.Outcome<R>> send(
            AsyncCall<?> call, GetObjectRequest request, AsyncOpeningTransformer<R> transformer) {
        return call.await(() -> client.getObject(request, transformer)).handle((outcome, failure) -> {
            if (failure == null) {
                if (outcome.refusal() != null) {
                    throw AsyncCall.unchecked(outcome.refusal());
                }
                return outcome;
            }
            transformer.giveUp(failure);
            Throwable ours = transformer.failure();
            throw AsyncCall.unchecked(ours == null ? failure : ours);
        });
    }

    /** Needs no key; the length is arithmetic on what S3 says, and nothing of it is verified. */
    CompletableFuture<HeadObjectResponse> head(AsyncCall<?> call, HeadObjectRequest request) {
        ObjectName object = new ObjectName(request.bucket(), request.key());
        ReadRequests.requireWholeHead(object, request);
        return call.await(() -> client.headObject(request)).thenApply(stored -> ReadRequests.plaintext(object, stored));
    }
}
