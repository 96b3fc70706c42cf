/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.UnverifiedDecryption;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Hands plaintext on to the caller's transformer as it arrives, attempt by attempt as the SDK would. */
final class AsyncUnverifiedTransformer<T> extends AsyncOpeningTransformer<T> {
    private final AsyncResponseTransformer<GetObjectResponse, T> callers;

    AsyncUnverifiedTransformer(Opening opening, AsyncResponseTransformer<GetObjectResponse, T> callers) {
        super(opening);
        this.callers = callers;
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a listener
    public CompletableFuture<Outcome<T>> prepare() {
        CompletableFuture<Outcome<T>> outcome = super.prepare();
        callers.prepare().whenComplete((result, failure) -> {
            if (failure == null) {
                outcome.complete(new Outcome<>(null, result));
            } else {
                outcome.completeExceptionally(failure);
            }
        });
        return outcome;
    }

    @Override
    public String name() {
        return callers.name();
    }

    @Override
    void open(Attempt<T> attempt, Envelope envelope, Decryption decryption, SdkPublisher<ByteBuffer> body) {
        GetObjectResponse response = attempt.response();
        long bodyBytes = FoundEnvelope.bodyBytes(response);
        FoundEnvelope.requireRoomForTag(opening.object(), envelope, bodyBytes);
        UnverifiedDecryption unverified = decryption.unverified(bodyBytes);
        UnverifiedPlaintext plaintext = new UnverifiedPlaintext(body, unverified, this::remember);
        boolean handedOn = false;
        try {
            callers.onResponse(PlaintextResponse.of(response, envelope));
            callers.onStream(plaintext);
            handedOn = true;
        } finally {
            if (!handedOn) {
                plaintext.drop();
            }
        }
    }

    @Override
    void refuse(Attempt<T> attempt, Throwable why) {
        remember(why);
        callers.exceptionOccurred(why);
        super.refuse(attempt, why);
    }

    @Override
    public void exceptionOccurred(Throwable why) {
        callers.exceptionOccurred(why);
        super.exceptionOccurred(why);
    }
}
