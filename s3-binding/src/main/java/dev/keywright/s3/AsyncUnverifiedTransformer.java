/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Hands plaintext on to the caller's transformer as it arrives, attempt by attempt as the SDK would. */
class AsyncUnverifiedTransformer<T> extends AsyncOpeningTransformer<T> {
    private final AsyncResponseTransformer<GetObjectResponse, T> callers;
    private volatile @Nullable UnverifiedPlaintext latest;

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
                outcome.complete(Outcome.of(result));
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

    /** Plaintext that nothing verifies yet, and what is said of it. */
    record Begun(GetObjectResponse response, UnverifiedPlaintext plaintext) {}

    /** Takes the decryption's key over. */
    Begun begin(Attempt<T> attempt, Envelope envelope, Decryption decryption, SdkPublisher<ByteBuffer> body) {
        GetObjectResponse stored = attempt.response();
        long bodyBytes = FoundEnvelope.bodyBytes(stored);
        FoundEnvelope.requireRoomForTag(opening.object(), envelope, bodyBytes);
        return new Begun(
                PlaintextResponse.of(stored, envelope),
                published(attempt, body, UnverifiedPieces.of(decryption.unverified(bodyBytes))));
    }

    /** Tells the caller's transformer what the SDK can't know of, as it is told of broken connections. */
    final UnverifiedPlaintext published(Attempt<T> attempt, SdkPublisher<ByteBuffer> body, UnverifiedPieces pieces) {
        return new UnverifiedPlaintext(body, pieces, this::remember, why -> {
            if (isFinal(why) && !attempt.outcome.isDone()) {
                callers.exceptionOccurred(why);
            }
        });
    }

    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // a listener
    final void open(Attempt<T> attempt, Envelope envelope, Decryption decryption, SdkPublisher<ByteBuffer> body) {
        Begun begun = begin(attempt, envelope, decryption, body);
        latest = begun.plaintext();
        attempt.outcome.whenComplete((outcome, failure) -> {
            if (failure != null) {
                begun.plaintext().drop();
            }
        });
        boolean handedOn = false;
        try {
            callers.onResponse(begun.response());
            callers.onStream(begun.plaintext());
            handedOn = true;
        } finally {
            if (!handedOn) {
                begun.plaintext().drop();
            }
        }
    }

    /** Its publisher, if it is one, reaches nobody who could subscribe to it. */
    @Override
    final void drop(T result) {
        UnverifiedPlaintext handedOn = latest;
        if (handedOn != null) {
            handedOn.drop();
        }
    }

    @Override
    void refuse(Attempt<T> attempt, Throwable why) {
        super.refuse(attempt, why); // first, as the caller's future fails by what follows
        callers.exceptionOccurred(why);
    }

    @Override
    public void exceptionOccurred(Throwable why) {
        callers.exceptionOccurred(why);
        super.exceptionOccurred(why);
    }
}
