/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** What the pump does with publishers and subscribers that don't keep the rules; the rules are {@link ReactiveStreamsTest}'s. */
class BytePumpTest {
    /** What happened, in order. */
    private final List<String> log = new ArrayList<>();

    private final BytePump.Work work = new BytePump.Work() {
        @Override
        public ByteBuffer take(ByteBuffer arrived) {
            byte[] all = new byte[arrived.remaining()];
            arrived.get(all);
            return ByteBuffer.wrap(all);
        }

        @Override
        public ByteBuffer end() {
            return ByteBuffer.allocate(0);
        }

        @Override
        public void release() {
            log.add("released");
        }

        @Override
        public void failed(Throwable failure) {
            log.add("failed " + failure.getMessage());
        }
    };

    /** Asks for everything at once. */
    private class Below implements Subscriber<ByteBuffer> {
        Subscription subscription;

        @Override
        public void onSubscribe(Subscription given) {
            subscription = given;
            given.request(Long.MAX_VALUE);
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

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
    }

    /** Brings all of these whenever it is asked for one, and ends if it is to. */
    private Publisher<ByteBuffer> bringing(boolean ends, String... atOnce) {
        return subscriber -> subscriber.onSubscribe(new Subscription() {
            private boolean done;

            @Override
            public void request(long n) {
                if (done) {
                    return;
                }
                done = true;
                for (String text : atOnce) {
                    subscriber.onNext(bytes(text));
                }
                if (ends) {
                    subscriber.onComplete();
                }
            }

            @Override
            public void cancel() {
                log.add("cancelled");
            }
        });
    }

    @Test
    void publisher_bringingMoreThanItWasAskedFor_isCancelledAndTheSubscriberTold() {
        BytePump.connect(bringing(false, "one", "two"), work, new Below());
        String why = "the publisher brought more buffers than it was asked for";
        assertThat(log).containsExactly("failed " + why, "released", "cancelled", "error " + why);
    }

    @Test
    void publisher_endingWithItsOnlyBuffer_isHandedOnWhole() {
        BytePump.connect(bringing(true, "one"), work, new Below());
        assertThat(log).containsExactly("next one", "released", "complete");
    }

    @Test
    void subscriber_askingForMoreThanALongCounts_isGivenAll() {
        BytePump.connect(bringing(true, "one"), work, new Below() {
            @Override
            public void onSubscribe(Subscription given) {
                super.onSubscribe(given);
                given.request(Long.MAX_VALUE);
            }
        });
        assertThat(log).containsExactly("next one", "released", "complete");
    }

    @Test
    void publisher_thatTakesItsTime_isAskedOnceHoweverOftenThePumpIs() {
        Below below = new Below();
        BytePump.connect(
                subscriber -> subscriber.onSubscribe(new Subscription() {
                    @Override
                    public void request(long n) {
                        log.add("asked for " + n);
                    }

                    @Override
                    public void cancel() {}
                }),
                work,
                below);
        below.subscription.request(1);
        below.subscription.request(7);
        assertThat(log).containsExactly("asked for 1");
    }

    @Test
    void publisher_thatCantBeSubscribedTo_isTheSubscribersError() {
        BytePump.connect(
                subscriber -> {
                    throw new IllegalStateException("it was read before");
                },
                work,
                new Below());
        assertThat(log).containsExactly("failed it was read before", "released", "error it was read before");
    }

    @Test
    void publisher_thatThrowsWhenCancelled_leavesNothingUnwiped() {
        Below below = new Below();
        BytePump.connect(
                subscriber -> subscriber.onSubscribe(new Subscription() {
                    @Override
                    public void request(long n) {}

                    @Override
                    public void cancel() {
                        throw new IllegalStateException("it can't be cancelled");
                    }
                }),
                work,
                below);
        assertThatIllegalStateException().isThrownBy(below.subscription::cancel).withMessage("it can't be cancelled");
        assertThat(log).containsExactly("released");
    }

    @Test
    void subscriber_thatBreaks_isToldAndNothingElseComes() {
        BytePump.connect(bringing(false, "one"), work, new Below() {
            @Override
            public void onNext(ByteBuffer bytes) {
                throw new AssertionError("out of order");
            }
        });
        assertThat(log).containsExactly("failed out of order", "released", "cancelled", "error out of order");
    }

    @Test
    void subscriber_cancellingAtOnce_cancelsThePublisherToo() {
        BytePump.connect(bringing(true, "one"), work, new Below() {
            @Override
            public void onSubscribe(Subscription given) {
                given.cancel();
            }
        });
        assertThat(log).containsExactly("released", "cancelled");
    }

    /** Nothing is told after the end, and nothing released twice. */
    @Test
    void signals_afterTheEnd_changeNothing() {
        Below below = new Below();
        List<Subscriber<? super ByteBuffer>> pumps = new ArrayList<>();
        BytePump.connect(
                subscriber -> {
                    pumps.add(subscriber);
                    bringing(true, "one").subscribe(subscriber);
                },
                work,
                below);
        log.clear();
        below.subscription.request(0);
        below.subscription.cancel();
        pumps.get(0).onNext(bytes("late"));
        pumps.get(0).onError(new IllegalStateException("late"));
        pumps.get(0).onComplete();
        assertThat(log).isEmpty();
    }
}
