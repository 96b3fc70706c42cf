/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.StoredObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * Reads whose attempts the SDK gives up and begins anew, by its time limits or after a cancellation, while something of the
 * one before is still to be done on the executor.
 */
@Timeout(20)
class AsyncAttemptsTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    /** Two segments. */
    private static final int LENGTH = 1_200_000;

    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final WatchedCipher cipher = new WatchedCipher();

    @BeforeEach
    void put() {
        LOOPBACK.reset();
        LOOPBACK.encrypting.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(Loopback.bytes(LENGTH)));
    }

    /** Gives its attempts' signals when it is told. */
    private static final class Scripted extends DelegatingS3AsyncClient {
        private final CompletableFuture<Object> answer = new CompletableFuture<>();
        private final StoredObject stored = LOOPBACK.stored("k");
        private AsyncResponseTransformer<GetObjectResponse, ?> transformer;

        Scripted() {
            super(S3AsyncClient.builder().region(Region.US_EAST_1).build());
        }

        @Override
        @SuppressWarnings("unchecked")
        public <T> CompletableFuture<T> getObject(
                GetObjectRequest request, AsyncResponseTransformer<GetObjectResponse, T> given) {
            transformer = given;
            return (CompletableFuture<T>) answer;
        }

        /** One attempt, whose body comes at once. */
        Body attempt() {
            return attempt(stored.bytes());
        }

        /** One attempt, and what comes of its body, which has no end unless it is all of it. */
        Body attempt(byte[] bytes) {
            assertThat(transformer.prepare()).isNotNull();
            transformer.onResponse(GetObjectResponse.builder()
                    .metadata(stored.metadata())
                    .contentLength(stored.length())
                    .build());
            Body body = new Body(bytes, bytes.length == stored.length());
            transformer.onStream(body);
            return body;
        }
    }

    /** Notes whether it was cancelled. */
    private static final class Body implements SdkPublisher<ByteBuffer> {
        private final AsyncRequestBody bytes;
        private final boolean ends;
        private boolean cancelled;

        Body(byte[] bytes, boolean ends) {
            this.bytes = AsyncRequestBody.fromBytes(bytes);
            this.ends = ends;
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
            bytes.subscribe(new Subscriber<ByteBuffer>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                    subscriber.onSubscribe(new Subscription() {
                        @Override
                        public void request(long n) {
                            subscription.request(n);
                        }

                        @Override
                        public void cancel() {
                            cancelled = true;
                            subscription.cancel();
                        }
                    });
                }

                @Override
                public void onNext(ByteBuffer next) {
                    subscriber.onNext(next);
                }

                @Override
                public void onError(Throwable failure) {
                    subscriber.onError(failure);
                }

                @Override
                public void onComplete() {
                    if (ends) {
                        subscriber.onComplete();
                    }
                }
            });
        }
    }

    /** Notes that it was told of a failure. */
    private static final class Noting implements AsyncResponseTransformer<GetObjectResponse, String> {
        private final List<String> calls = new CopyOnWriteArrayList<>();

        @Override
        public CompletableFuture<String> prepare() {
            calls.add("prepare");
            return new CompletableFuture<>();
        }

        @Override
        public void onResponse(GetObjectResponse response) {
            calls.add("onResponse");
        }

        @Override
        public void onStream(SdkPublisher<ByteBuffer> publisher) {
            calls.add("onStream");
        }

        @Override
        public void exceptionOccurred(Throwable failure) {
            calls.add("exceptionOccurred");
        }
    }

    private EncryptingS3AsyncClient over(Scripted below) {
        return EncryptingS3AsyncClient.builder()
                .client(below)
                .keyring(LOOPBACK.keyring)
                .contentCipher(cipher)
                .executor(tasks::add)
                .build();
    }

    private static GetObjectRequest request() {
        return GetObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private void runAll() {
        for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
            task.run();
        }
    }

    @Test
    void getObject_attemptGivenUpWhileItIsChecked_isWiped() {
        Scripted below = new Scripted();
        CompletableFuture<?> got = over(below).getObject(request(), AsyncResponseTransformer.toBytes());
        Body first = below.attempt(Arrays.copyOf(below.stored.bytes(), LENGTH - 1));
        runAll();
        cipher.assertAlive(1);
        below.attempt();
        runAll();
        assertThat(first.cancelled).isTrue();
        cipher.assertAlive(1); // the second's
        got.cancel(true);
        runAll();
        cipher.assertAllWiped(2);
    }

    @Test
    void getObject_attemptVerifiedAndNotTaken_isWiped() {
        Scripted below = new Scripted();
        assertThat(over(below).getObject(request(), AsyncResponseTransformer.toBytes()))
                .isNotDone();
        below.attempt();
        runAll();
        cipher.assertAlive(1);
        assertThat(below.transformer.prepare()).isNotDone();
        runAll();
        cipher.assertAllWiped(1);
    }

    @Test
    void getObject_attemptBegunAfterACancellation_isNotOpened() {
        Scripted below = new Scripted();
        over(below).getObject(request(), AsyncResponseTransformer.toBytes()).cancel(true);
        Body body = below.attempt();
        runAll();
        assertThat(body.cancelled).isTrue();
        cipher.assertAllWiped(0);
    }

    @Test
    void getObjectUnverified_publisherThatNobodyIsGiven_isWiped() {
        Scripted below = new Scripted();
        CompletableFuture<?> got = over(below).getObjectUnverified(request(), AsyncResponseTransformer.toPublisher());
        below.attempt();
        runAll();
        cipher.assertAlive(1);
        got.cancel(true);
        cipher.assertAllWiped(1);
    }

    @Test
    void getObjectUnverified_cancelledBeforeItsKeyIsHad_isNotHandedOn() {
        Scripted below = new Scripted();
        Noting noting = new Noting();
        CompletableFuture<?> got = over(below).getObjectUnverified(request(), noting);
        Body body = below.attempt();
        got.cancel(true);
        runAll();
        assertThat(body.cancelled).isTrue();
        assertThat(noting.calls).containsExactly("prepare");
    }

    @Test
    void getObjectUnverified_cancelledBeforeAnyoneSubscribes_isWiped() {
        Scripted below = new Scripted();
        CompletableFuture<?> got = over(below).getObjectUnverified(request(), new Noting());
        below.attempt();
        runAll();
        cipher.assertAlive(1);
        got.cancel(true);
        cipher.assertAllWiped(1);
    }

    /** As a retry strategy of one's own may have it repeated. */
    @Test
    void getObjectUnverified_attemptThatDidNotVerify_isNotBlamedForTheNext() {
        Scripted below = new Scripted();
        CompletableFuture<?> got = over(below).getObjectUnverified(request(), AsyncResponseTransformer.toBytes());
        byte[] damaged = below.stored.bytes();
        damaged[7] ^= 1;
        below.attempt(damaged);
        runAll();
        below.attempt();
        runAll();
        below.answer.completeExceptionally(new UncheckedIOException(new IOException("the second's")));
        assertThatThrownBy(got::join).hasRootCauseMessage("the second's");
        cipher.assertAllWiped(2);
    }

    /** The transformer is prepared for the second attempt by then. */
    @Test
    void getObjectUnverified_attemptGivenUpWhoseKeyIsRefusedLate_isNotSpokenOf() {
        Scripted below = new Scripted();
        Noting noting = new Noting();
        EncryptingS3AsyncClient client = EncryptingS3AsyncClient.builder()
                .client(below)
                .materialsManager(new RefusingMaterials())
                .executor(tasks::add)
                .build();
        CompletableFuture<?> got = client.getObjectUnverified(request(), noting);
        Body first = below.attempt();
        Body second = below.attempt();
        tasks.remove().run();
        assertThat(noting.calls).containsExactly("prepare", "prepare");
        assertThat(first.cancelled).isTrue();
        assertThat(second.cancelled).isFalse();
        runAll();
        assertThat(noting.calls).containsExactly("prepare", "prepare", "exceptionOccurred");
        assertThat(got).isNotDone();
    }

    /** Lends no key. */
    private static final class RefusingMaterials implements CryptographicMaterialsManager {
        @Override
        public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
            throw new UnsupportedOperationException("not asked for here");
        }

        @Override
        public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
            throw new KeyringException(KeyringException.Reason.UNAVAILABLE, "the token is away");
        }
    }
}
