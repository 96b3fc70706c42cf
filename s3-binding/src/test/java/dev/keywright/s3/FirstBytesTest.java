/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** What is taken of a body of which only the beginning is wanted. */
class FirstBytesTest {
    private final FirstBytes transformer = new FirstBytes(10);
    private final CompletableFuture<byte[]> got = transformer.prepare();
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private Subscriber<? super ByteBuffer> told;

    private void begin(long announcedBytes) {
        transformer.onResponse(
                GetObjectResponse.builder().contentLength(announcedBytes).build());
        transformer.onStream(SdkPublisher.adapt(subscriber -> {
            told = subscriber;
            subscriber.onSubscribe(new Subscription() {
                @Override
                public void request(long n) {
                    asked.add("asked for " + n);
                }

                @Override
                public void cancel() {
                    asked.add("cancelled, with the bytes " + (got.isDone() ? "given" : "not yet given"));
                }
            });
        }));
    }

    @Test
    void body_thatIsShorter_isTakenWhole() {
        begin(9);
        told.onNext(ByteBuffer.wrap(new byte[4]));
        told.onNext(ByteBuffer.wrap(new byte[5]));
        told.onComplete();
        assertThat(got.join()).hasSize(9);
        assertThat(asked).containsExactly("asked for 1", "asked for 1", "asked for 1");
    }

    @Test
    void body_thatIsLonger_isLeft() {
        begin(1000);
        told.onNext(ByteBuffer.wrap(new byte[4]));
        told.onNext(ByteBuffer.wrap(new byte[500]));
        assertThat(got.join()).hasSize(10);
        assertThat(asked).containsExactly("asked for 1", "asked for 1", "cancelled, with the bytes given");
    }

    @Test
    void body_thatEndsEarly_isABrokenConnection() {
        begin(9);
        told.onNext(ByteBuffer.wrap(new byte[4]));
        told.onComplete();
        assertThatThrownBy(got::join)
                .hasCauseInstanceOf(RetryableException.class)
                .hasMessageContaining("after 4 bytes");
    }

    @Test
    void body_thatFails_isItsError() {
        begin(9);
        told.onError(new IOException("cut"));
        assertThatThrownBy(got::join).hasRootCauseMessage("cut");
    }
}
