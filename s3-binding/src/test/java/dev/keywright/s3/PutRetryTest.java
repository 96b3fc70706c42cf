/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.IntegrityException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** An attempt that fails is repeated with the same ciphertext; no nonce ever meets two plaintexts. */
class PutRetryTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    /** Three segments. */
    private static final int LENGTH = 2_500_000;

    private final WireTap wire = new WireTap();

    private final EncryptingS3Client client =
            LOOPBACK.encrypting().client(wire.client(LOOPBACK.s3.endpoint())).build();

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static boolean isPut(RecordedRequest request) {
        return request.isObject("PUT");
    }

    private static PutObjectRequest request() {
        return PutObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private byte[] get() {
        return LOOPBACK.encrypting
                .getObjectAsBytes(from -> from.bucket(BUCKET).key("k"))
                .asByteArray();
    }

    private static RequestBody body(ContentStreamProvider provider) {
        return RequestBody.fromContentProvider(provider, LENGTH, "application/octet-stream");
    }

    @Test
    void putObject_firstAnswer503_sendsTheSameCiphertextAgain() {
        LOOPBACK.s3.inject(PutRetryTest::isPut, 1, Fault.status(503));
        client.putObject(request(), RequestBody.fromBytes(Loopback.bytes(LENGTH)));
        assertThat(wire.attempts).hasSize(2);
        assertThat(wire.attempts.get(1).bytes())
                .isEqualTo(wire.attempts.get(0).bytes())
                .isEqualTo(LOOPBACK.stored("k").bytes());
        assertThat(get()).isEqualTo(Loopback.bytes(LENGTH));
    }

    @Test
    void putObject_connectionCutMidway_sendsTheSameCiphertextAgain() {
        LOOPBACK.s3.inject(PutRetryTest::isPut, 1, Fault.cutRequestAfter(1_500_000));
        client.putObject(request(), RequestBody.fromBytes(Loopback.bytes(LENGTH)));
        assertThat(wire.attempts).hasSize(2);
        byte[] second = wire.attempts.get(1).bytes();
        byte[] first = wire.attempts.get(0).bytes();
        assertThat(first).isNotEmpty().isEqualTo(Arrays.copyOf(second, first.length));
        assertThat(get()).isEqualTo(Loopback.bytes(LENGTH));
    }

    @Test
    void putObject_answerLost_storesTheSameAgain() {
        LOOPBACK.s3.inject(PutRetryTest::isPut, 1, Fault.noAnswer());
        client.putObject(request(), RequestBody.fromBytes(Loopback.bytes(LENGTH)));
        assertThat(get()).isEqualTo(Loopback.bytes(LENGTH));
    }

    /** The change is in the first, second and last segment, and at the last's end. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1_048_575, 1_048_576, 2_100_000, LENGTH - 1})
    void putObject_plaintextChangedBetweenAttempts_isRefusedWithNothingOfTheChangeSent(int at) {
        LOOPBACK.s3.inject(PutRetryTest::isPut, 1, Fault.status(503));
        AtomicInteger opened = new AtomicInteger();
        ContentStreamProvider changing = () -> {
            byte[] plaintext = Loopback.bytes(LENGTH);
            if (opened.getAndIncrement() > 0) {
                plaintext[at] ^= 1;
            }
            return new ByteArrayInputStream(plaintext);
        };
        assertThatThrownBy(() -> client.putObject(request(), body(changing)))
                .isInstanceOfSatisfying(
                        IntegrityException.class,
                        e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                .hasMessageContainingAll(
                        "s3://bucket/k", "changed between two attempts", "nothing of the change was sent");
        assertThat(opened).hasValue(2);
        byte[] whole = wire.attempts.get(0).bytes();
        byte[] refused = wire.attempts.get(1).bytes();
        assertThat(whole).hasSize(LENGTH + 16);
        assertThat(refused.length).isLessThanOrEqualTo(at);
        assertThat(refused).isEqualTo(Arrays.copyOf(whole, refused.length));
        assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    void putObject_plaintextThatCantBeReadAgain_failsSayingSo() {
        LOOPBACK.s3.inject(PutRetryTest::isPut, 1, Fault.status(503));
        AtomicInteger opened = new AtomicInteger();
        ContentStreamProvider once = () -> {
            if (opened.getAndIncrement() > 0) {
                throw new IllegalStateException("read once already");
            }
            return new ByteArrayInputStream(Loopback.bytes(LENGTH));
        };
        assertThatThrownBy(() -> client.putObject(request(), body(once))).hasStackTraceContaining("read once already");
        assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    void putObject_everyOutcome_closesEveryPlaintextStream() {
        List<OpenStream> streams = new ArrayList<>();
        ContentStreamProvider counted = () -> {
            OpenStream stream = new OpenStream(Loopback.bytes(LENGTH));
            streams.add(stream);
            return stream;
        };
        LOOPBACK.s3.inject(PutRetryTest::isPut, 1, Fault.status(503));
        client.putObject(request(), body(counted));
        assertThat(streams).hasSize(2).allMatch(stream -> stream.closed);
        LOOPBACK.s3.injectAlways(PutRetryTest::isPut, Fault.cutRequestAfter(100));
        assertThatThrownBy(() -> client.putObject(request(), body(counted))).isInstanceOf(SdkClientException.class);
        assertThat(streams).hasSize(5).allMatch(stream -> stream.closed);
    }

    private static final class OpenStream extends FilterInputStream {
        private boolean closed;

        OpenStream(byte[] bytes) {
            super(new ByteArrayInputStream(bytes));
        }

        @Override
        public void close() throws IOException {
            closed = true;
            super.close();
        }
    }
}
