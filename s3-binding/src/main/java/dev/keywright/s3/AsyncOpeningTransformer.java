/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.Envelope;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.s3.AsyncOpeningTransformer.Outcome;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.KeywrightException;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Opens a stored object inside the SDK's call, so that the SDK's time limits and retries hold. Finds the envelope, has the key
 * unwrapped on the executor, and only then takes the body. Remembers why it refused, as the SDK wraps that. One for each call.
 */
abstract class AsyncOpeningTransformer<R> implements AsyncResponseTransformer<GetObjectResponse, Outcome<R>> {
    /** What opens objects, and which one. */
    record Opening(
            ObjectDecryptor decryptor, ObjectName object, Map<String, String> encryptionContext, Executor executor) {
        Decryption begin(Envelope envelope) {
            return decryptor.begin(object, envelope, encryptionContext);
        }

        String subject() {
            return "reading " + object;
        }
    }

    /**
     * What came of it.
     *
     * @param incomplete an object whose instruction file must be read before it can be opened; then there is no result
     * @param refusal why there is no result
     */
    record Outcome<R>(
            @Nullable FoundEnvelope incomplete,
            @Nullable R result,
            @Nullable Throwable refusal) {
        static <R> Outcome<R> of(R result) {
            return new Outcome<>(null, result, null);
        }
    }

    /** One attempt of the SDK's. */
    static final class Attempt<R> {
        final CompletableFuture<Outcome<R>> outcome = new CompletableFuture<>();
        volatile @Nullable GetObjectResponse response;

        GetObjectResponse response() {
            GetObjectResponse had = response;
            if (had == null) {
                throw new IllegalStateException("a body came before its response");
            }
            return had;
        }
    }

    final Opening opening;
    private volatile Attempt<R> attempt = new Attempt<>();
    private volatile @Nullable Throwable failure;
    private volatile @Nullable Throwable givenUp;
    private volatile @Nullable Envelope fromFile;

    AsyncOpeningTransformer(Opening opening) {
        this.opening = opening;
    }

    /** Takes the body, now that the key is at hand; may take the decryption over. */
    abstract void open(Attempt<R> attempt, Envelope envelope, Decryption decryption, SdkPublisher<ByteBuffer> body);

    /** The response must be of the whole object, unless a range is wanted. */
    void requireAsked(GetObjectResponse response) {
        FoundEnvelope.requireWhole(opening.object(), response);
    }

    /** Why the body that was handed on broke off; null if it didn't. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    /** From now on, opens by this envelope out of an instruction file. */
    void use(Envelope envelope) {
        fromFile = envelope;
    }

    /** Lets go of a result that nobody will take. */
    void drop(R result) {}

    /**
     * The call has ended without a result. The SDK says so to an attempt only while its body is still to come, and may begin
     * another after the call was cancelled.
     */
    final void giveUp(Throwable why) {
        givenUp = why; // before the attempt, as the next one looks at it after it has taken its place
        end(attempt, why);
    }

    @Override
    public CompletableFuture<Outcome<R>> prepare() {
        Attempt<R> before = attempt;
        Attempt<R> next = new Attempt<>();
        failure = null;
        attempt = next;
        end(before, new CancellationException(opening.subject() + ": another attempt was begun"));
        Throwable over = givenUp;
        if (over != null) {
            end(next, over);
        }
        return next.outcome;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a listener
    private void end(Attempt<R> ended, Throwable why) {
        if (!ended.outcome.completeExceptionally(why)) {
            ended.outcome.thenAccept(outcome -> {
                R result = outcome.result();
                if (result != null) {
                    drop(result);
                }
            });
        }
    }

    final Attempt<R> attempt() {
        return attempt;
    }

    @Override
    public final void onResponse(GetObjectResponse response) {
        attempt.response = response;
    }

    @Override
    public final void onStream(SdkPublisher<ByteBuffer> body) {
        Attempt<R> current = attempt;
        try {
            requireAsked(current.response());
            FoundEnvelope found = FoundEnvelope.in(opening.object(), current.response());
            Envelope envelope = found.complete(fromFile);
            if (envelope != null) {
                opening.executor().execute(() -> begin(current, envelope, body));
                return;
            }
            // First, as the SDK takes a cancelled body for a failure.
            current.outcome.complete(new Outcome<>(found, null, null));
        } catch (RuntimeException e) {
            refuse(current, e);
        }
        discard(body);
    }

    private void begin(Attempt<R> current, Envelope envelope, SdkPublisher<ByteBuffer> body) {
        try (Decryption decryption = opening.begin(envelope)) {
            if (current.outcome.isDone()) {
                discard(body);
            } else {
                open(current, envelope, decryption, body);
            }
        } catch (Throwable e) {
            if (!current.outcome.isDone()) { // else there may be another attempt by now, which it is none of
                refuse(current, e);
            }
            discard(body);
        }
    }

    /**
     * Ends an attempt. What no other attempt can mend is an outcome for the SDK, not a failure: it would try again, and take
     * what it hears of this attempt's cancelled body for a failure of the next.
     */
    void refuse(Attempt<R> current, Throwable why) {
        if (isFinal(why)) {
            current.outcome.complete(new Outcome<>(null, null, why));
        } else {
            current.outcome.completeExceptionally(why);
        }
    }

    /** Keeps what a body that was handed on broke off with, as the SDK wraps it. */
    final void remember(Throwable why) {
        if (isFinal(why)) {
            failure = why;
        }
    }

    static boolean isFinal(Throwable why) {
        return why instanceof KeywrightException
                || why instanceof UnsupportedOperationException
                || (why instanceof SdkException sdk && !sdk.retryable());
    }

    @Override
    public void exceptionOccurred(Throwable why) {
        attempt.outcome.completeExceptionally(why);
    }

    /** So that the connection is given back. */
    private static void discard(SdkPublisher<ByteBuffer> body) {
        body.subscribe(new Subscriber<>() {
            @Override
            public void onSubscribe(Subscription subscription) {
                subscription.cancel();
            }

            @Override
            public void onNext(ByteBuffer bytes) {}

            @Override
            public void onError(Throwable why) {}

            @Override
            public void onComplete() {}
        });
    }
}
