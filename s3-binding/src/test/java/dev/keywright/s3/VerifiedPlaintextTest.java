/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** How the plaintext of a verified object ends; the rules are {@link ReactiveStreamsTest}'s. */
class VerifiedPlaintextTest {
    /** What happened, in order. */
    private final List<String> log = new CopyOnWriteArrayList<>();

    private final Deque<String> texts = new ArrayDeque<>(List.of("one", "two"));

    private final PlaintextPieces pieces = new PlaintextPieces() {
        @Override
        public boolean hasNext() {
            return !texts.isEmpty();
        }

        @Override
        public ByteBuffer next() throws IOException {
            if (texts.peek().isEmpty()) {
                throw new IOException("the disk is gone");
            }
            return StandardCharsets.US_ASCII.encode(texts.remove());
        }

        @Override
        public void close() {
            log.add("closed");
        }
    };

    private final VerifiedPlaintext plaintext =
            new VerifiedPlaintext(pieces, Runnable::run, failure -> log.add("failed " + failure.getMessage()));

    /** Asks for so many. */
    private class Below implements Subscriber<ByteBuffer> {
        private final long wanted;
        private Subscription subscription;

        Below(long wanted) {
            this.wanted = wanted;
        }

        @Override
        public void onSubscribe(Subscription given) {
            subscription = given;
            if (wanted != 0) {
                given.request(wanted);
            }
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            log.add("next " + StandardCharsets.US_ASCII.decode(bytes));
        }

        @Override
        public void onError(Throwable failure) {
            log.add("error " + failure.getMessage());
        }

        @Override
        public void onComplete() {
            log.add("complete");
        }
    }

    @Test
    void plaintext_askedForMoreThanALongCounts_isGivenWhole() {
        Below below = new Below(0);
        plaintext.subscribe(below);
        below.subscription.request(1);
        below.subscription.request(Long.MAX_VALUE);
        below.subscription.request(Long.MAX_VALUE);
        assertThat(log).containsExactly("next one", "next two", "closed", "complete");
    }

    @Test
    void plaintext_askedForMoreThanALongCountsBeforeAnyComes_isGivenWhole() {
        plaintext.subscribe(new Below(Long.MAX_VALUE) {
            @Override
            public void onSubscribe(Subscription given) {
                super.onSubscribe(given);
                given.request(Long.MAX_VALUE);
                given.request(2);
            }
        });
        assertThat(log).containsExactly("next one", "next two", "closed", "complete");
    }

    @Test
    void plaintext_thatCantBeReadBack_isClosedAndTheSubscriberTold() {
        texts.addLast("");
        plaintext.subscribe(new Below(9));
        assertThat(log)
                .containsExactly("next one", "next two", "closed", "error the disk is gone", "failed the disk is gone");
    }

    @Test
    void plaintext_cancelledMidway_isClosedAndNothingMoreIsSaid() {
        Below below = new Below(1);
        plaintext.subscribe(below);
        below.subscription.cancel();
        below.subscription.request(0);
        plaintext.fail(new CancellationException("late"));
        assertThat(log).containsExactly("next one", "closed");
    }

    @Test
    void plaintext_cancelledByWhoThenBreaks_isClosedAndNothingMoreIsSaid() {
        plaintext.subscribe(new Below(9) {
            private Subscription own;

            @Override
            public void onSubscribe(Subscription given) {
                own = given;
                super.onSubscribe(given);
            }

            @Override
            public void onNext(ByteBuffer bytes) {
                own.cancel();
                throw new IllegalStateException("broken");
            }
        });
        assertThat(log).containsExactly("closed");
    }

    @Test
    void plaintext_givenUpBeforeAnyoneSubscribes_tellsWhoDoes() {
        plaintext.fail(new CancellationException("given up"));
        assertThat(log).containsExactly("closed", "failed given up");
        plaintext.subscribe(new Below(1));
        assertThat(log).containsExactly("closed", "failed given up", "error given up");
    }

    /** It is not decrypted on the thread that asks for it. */
    @Test
    void executor_takingNoMoreWork_isTheFailure() {
        VerifiedPlaintext refused = new VerifiedPlaintext(
                pieces,
                task -> {
                    throw new IllegalStateException("shut down");
                },
                failure -> log.add("because " + failure.getCause().getMessage()));
        refused.subscribe(new Below(9));
        String why = "the executor takes no more work; the plaintext ends early";
        assertThat(log).containsExactly("closed", "because shut down", "error " + why);
    }
}
