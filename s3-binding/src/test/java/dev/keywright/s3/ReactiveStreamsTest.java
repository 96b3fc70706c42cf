/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.Keyring;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import org.reactivestreams.tck.PublisherVerification;
import org.reactivestreams.tck.SubscriberBlackboxVerification;
import org.reactivestreams.tck.TestEnvironment;
import org.testng.SkipException;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** Our publishers and subscribers keep the rules of Reactive Streams 1.0.4. A buffer is an element. */
class ReactiveStreamsTest {
    private static final ObjectName OBJECT = new ObjectName("bucket", "key");

    /** As many elements as the rules ask for at most. */
    private static final int MOST = 64;

    private static final Keyring KEYRING = JcaKeyrings.platform().aes("test", new byte[32]);
    private static final CryptographicMaterialsManager MATERIALS =
            CryptographicMaterialsManager.rotating(KEYRING, List.of(KEYRING), new SecureRandom());

    @AutoClose("shutdownNow")
    private static final ExecutorService EXECUTOR = Executors.newFixedThreadPool(2);

    private static TestEnvironment environment() {
        return new TestEnvironment(1000, 20, 100);
    }

    private static EncryptedObject encrypted(byte[] plaintext) {
        return ObjectEncryptor.builder(MATERIALS, JcaContentCipher.platform())
                .build()
                .encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
    }

    /** A body that is as many buffers long, the last of which is the tag. */
    private static Publisher<ByteBuffer> sentBody(long elements) {
        if (elements == 0) {
            throw new SkipException("a body has a tag, at least");
        }
        byte[] plaintext = new byte[(int) (elements - 1) * BytePump.SLICE_BYTES];
        SentRuns runs = SentRuns.of(OBJECT, encrypted(plaintext), plaintext.length);
        PlaintextChecksums none =
                PlaintextChecksums.of(OBJECT, PutObjectRequest.builder().build());
        return new SentAsyncBody(AsyncRequestBody.fromBytes(plaintext), runs, none, plaintext.length + 16);
    }

    /** A stored body, and the decryption of it. */
    private static <T> T stored(long plaintextBytes, BiFunction<byte[], Decryption, T> opening) {
        try (EncryptedObject object = encrypted(new byte[(int) plaintextBytes]);
                InputStream body = object.openBody();
                Decryption decryption = ObjectDecryptor.builder(MATERIALS, JcaContentCipher.platform())
                        .build()
                        .begin(OBJECT, object.envelope(), Map.of())) {
            return opening.apply(body.readAllBytes(), decryption);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static VerifiedPlaintext verified(long elements) {
        return stored(elements * BytePump.SLICE_BYTES, (body, decryption) -> {
            HeldBody held = new HeldBody(VerifiedRelease.AUTOMATIC, Integer.MAX_VALUE, null);
            BodyCheck check = BodyCheck.of(decryption, body.length);
            check.update(ByteBuffer.wrap(body));
            try {
                held.append(ByteBuffer.wrap(body));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return new VerifiedPlaintext(check.end(held, body.length), EXECUTOR, failure -> {});
        });
    }

    /** A body comes in as many buffers, tag included. */
    private static Publisher<ByteBuffer> unverified(long elements) {
        return stored(
                Math.max(0, elements * BytePump.SLICE_BYTES - 16),
                (body, decryption) -> new UnverifiedPlaintext(
                        AsyncRequestBody.fromBytes(body),
                        UnverifiedPieces.of(decryption.unverified(body.length)),
                        failure -> {},
                        failure -> {}));
    }

    @TestFactory
    Stream<DynamicTest> sentBody_asPublisher() {
        return Tck.rulesOf(() -> new Publishers(ReactiveStreamsTest::sentBody));
    }

    @TestFactory
    Stream<DynamicTest> verifiedPlaintext_asPublisher() {
        return Tck.rulesOf(() -> new Publishers(ReactiveStreamsTest::verified));
    }

    @TestFactory
    Stream<DynamicTest> unverifiedPlaintext_asPublisher() {
        return Tck.rulesOf(() -> new Publishers(ReactiveStreamsTest::unverified));
    }

    @TestFactory
    Stream<DynamicTest> bytePump_asSubscriber() {
        return Tck.rulesOf(() ->
                new Subscribers(above -> BytePump.connect(above, new Unchanged(), new Subscriber<ByteBuffer>() {
                    @Override
                    public void onSubscribe(Subscription subscription) {
                        subscription.request(Long.MAX_VALUE);
                    }

                    @Override
                    public void onNext(ByteBuffer bytes) {}

                    @Override
                    public void onError(Throwable failure) {}

                    @Override
                    public void onComplete() {}
                })));
    }

    @TestFactory
    Stream<DynamicTest> ciphertextIntake_asSubscriber() {
        return Tck.rulesOf(() -> new Subscribers(above -> above.subscribe(stored(
                1 << 20,
                (body, decryption) -> new CiphertextIntake(
                        "reading " + OBJECT,
                        BodyCheck.of(decryption, body.length),
                        new HeldBody(VerifiedRelease.AUTOMATIC, Integer.MAX_VALUE, null),
                        body.length,
                        EXECUTOR)))));
    }

    @TestFactory
    Stream<DynamicTest> firstBytes_asSubscriber() {
        return Tck.rulesOf(() -> new Subscribers(above -> {
            FirstBytes transformer = new FirstBytes(1 << 20);
            assertThat(transformer.prepare()).isNotDone();
            transformer.onStream(SdkPublisher.adapt(above));
        }));
    }

    /** The rules for publishers. */
    public static final class Publishers extends PublisherVerification<ByteBuffer> {
        private final LongFunction<Publisher<ByteBuffer>> maker;

        Publishers(LongFunction<Publisher<ByteBuffer>> maker) {
            super(environment());
            this.maker = maker;
        }

        @Override
        public Publisher<ByteBuffer> createPublisher(long elements) {
            return maker.apply(elements);
        }

        @Override
        public long maxElementsFromPublisher() {
            return MOST;
        }

        /** None of ours fails before it is asked for something. */
        @Override
        public @Nullable Publisher<ByteBuffer> createFailedPublisher() {
            return null;
        }
    }

    /** The rules for subscribers, of which a publisher is told. */
    public static final class Subscribers extends SubscriberBlackboxVerification<ByteBuffer> {
        private final Consumer<Publisher<ByteBuffer>> connection;

        Subscribers(Consumer<Publisher<ByteBuffer>> connection) {
            super(environment());
            this.connection = connection;
        }

        @Override
        @SuppressWarnings("unchecked")
        public Subscriber<ByteBuffer> createSubscriber() {
            AtomicReference<Subscriber<? super ByteBuffer>> told = new AtomicReference<>();
            connection.accept(told::set);
            return (Subscriber<ByteBuffer>) told.get();
        }

        @Override
        public ByteBuffer createElement(int element) {
            return ByteBuffer.wrap(new byte[] {(byte) element});
        }
    }

    /** Hands on what arrives. */
    private static final class Unchanged implements BytePump.Work {
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
        public void release() {}

        @Override
        public void failed(Throwable failure) {}
    }
}
