/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What becomes of requests when the call is over, or they can't be begun. */
@SuppressWarnings("FutureReturnValueIgnored") // Some are looked at by what hangs on them.
class AsyncCallTest {
    private final List<AsyncCall<String>> calls = new CopyOnWriteArrayList<>();

    /** A call that ends when its caller gives it up. */
    private CompletableFuture<String> begin() {
        return AsyncCall.of(call -> {
            calls.add(call);
            return new CompletableFuture<>();
        });
    }

    @Test
    void request_thatThrows_failsItsFuture() {
        begin();
        List<String> undone = new ArrayList<>();
        AsyncCall<String> call = calls.get(0);
        for (CompletableFuture<String> request : List.<CompletableFuture<String>>of(
                call.await(() -> {
                    throw new IllegalStateException("no such bucket");
                }),
                call.awaitAnswer(() -> {
                    throw new IllegalStateException("no such bucket");
                }))) {
            request.whenComplete((value, failure) -> undone.add(failure.getMessage()));
        }
        assertThat(undone).containsExactly("no such bucket", "no such bucket");
    }

    @Test
    void request_underWayWhenTheCallIsGivenUp_isCancelledUnlessItsAnswerIsNeeded() {
        CompletableFuture<String> result = begin();
        CompletableFuture<String> cancelled = new CompletableFuture<>();
        CompletableFuture<String> answered = new CompletableFuture<>();
        calls.get(0).awaitAnswer(() -> answered);
        calls.get(0).await(() -> cancelled);
        result.cancel(true);
        assertThat(cancelled).isCancelled();
        assertThat(answered).isNotDone();
    }

    @Test
    void request_afterTheCallIsOver_isNotBegun() {
        begin().cancel(true);
        for (CompletableFuture<String> request : List.<CompletableFuture<String>>of(
                calls.get(0).await(() -> {
                    throw new AssertionError("begun");
                }),
                calls.get(0).awaitAnswer(() -> {
                    throw new AssertionError("begun");
                }))) {
            assertThatThrownBy(request::join).isInstanceOf(CancellationException.class);
        }
    }

    /** The call can't know of it before it is begun. */
    @Test
    void request_whoseBeginningGivesTheCallUp_isCancelled() {
        CompletableFuture<String> result = begin();
        CompletableFuture<String> request = new CompletableFuture<>();
        calls.get(0).await(() -> {
            result.cancel(true);
            return request;
        });
        assertThat(request).isCancelled();
    }

    @Test
    void failure_thatIsAnError_staysOne() {
        CompletableFuture<String> result =
                AsyncCall.of(call -> CompletableFuture.<String>failedFuture(new OutOfMemoryError("heap"))
                        .handle((value, failure) -> {
                            throw AsyncCall.unchecked(failure);
                        }));
        assertThatThrownBy(result::join)
                .isInstanceOf(CompletionException.class)
                .hasCauseInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void failure_thatIsChecked_isTheCallsCause() {
        CompletableFuture<String> result =
                AsyncCall.of(call -> CompletableFuture.<String>failedFuture(new IOException("cut"))
                        .handle((value, failure) -> {
                            throw AsyncCall.unchecked(failure);
                        }));
        assertThatThrownBy(result::join).hasCauseInstanceOf(IOException.class);
    }
}
