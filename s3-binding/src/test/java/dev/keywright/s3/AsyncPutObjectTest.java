/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.InstructionFile;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

@Timeout(60)
class AsyncPutObjectTest {
    @AutoClose
    private static final AsyncLoopback LOOPBACK = new AsyncLoopback();

    /** Three runs. */
    private static final int LENGTH = 2_500_000;

    private final EncryptingS3AsyncClient client = LOOPBACK.encrypting;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static PutObjectRequest request() {
        return PutObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private static boolean isPut(RecordedRequest request) {
        return request.isObject("PUT");
    }

    private static byte[] read() {
        return LOOPBACK.sync
                .encrypting
                .getObjectAsBytes(from -> from.bucket(BUCKET).key("k"))
                .asByteArrayUnsafe();
    }

    private static Throwable failure(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(future::join);
        return thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
    }

    /** A body whose every reading is what the function makes of its number. */
    private static AsyncRequestBody body(long lengthBytes, java.util.function.IntFunction<byte[]> readings) {
        AtomicInteger count = new AtomicInteger();
        return new AsyncRequestBody() {
            @Override
            public Optional<Long> contentLength() {
                return Optional.of(lengthBytes);
            }

            @Override
            public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
                AsyncRequestBody.fromBytes(readings.apply(count.getAndIncrement()))
                        .subscribe(subscriber);
            }
        };
    }

    @Test
    void keys_ofEveryWrite_areHadOnTheExecutor() {
        client.putObject(request(), AsyncRequestBody.fromBytes(new byte[100])).join();
        assertThat(LOOPBACK.keyThreads).containsExactly(AsyncLoopback.KEY_THREAD);
    }

    @Test
    void client_givenNoExecutor_hasThreadsOfItsOwn() {
        EncryptingS3AsyncClient own = EncryptingS3AsyncClient.builder()
                .client(LOOPBACK.plain)
                .materialsManager(LOOPBACK.watched())
                .build();
        own.putObject(request(), AsyncRequestBody.fromBytes(new byte[100])).join();
        assertThat(LOOPBACK.keyThreads).hasSize(1).allMatch(name -> name.matches("keywright-\\d+"));
    }

    @Test
    void client_closed_letsItsThreadsEndWhateverTheClientBelowThrows() throws Exception {
        AtomicReference<Thread> thread = new AtomicReference<>();
        CryptographicMaterialsManager materials = LOOPBACK.watched();
        EncryptingS3AsyncClient own = EncryptingS3AsyncClient.builder()
                .client(new DelegatingS3AsyncClient(LOOPBACK.plain) {
                    @Override
                    public void close() {
                        throw new IllegalStateException("can't be closed");
                    }
                })
                .materialsManager(new CryptographicMaterialsManager() {
                    @Override
                    public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                        thread.set(Thread.currentThread());
                        return materials.forEncrypt(object, request);
                    }

                    @Override
                    public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                        return materials.forDecrypt(object, wrapped, request);
                    }
                })
                .build();
        own.putObject(request(), AsyncRequestBody.fromBytes(new byte[100])).join();
        assertThat(thread.get().isDaemon()).isTrue();
        assertThatThrownBy(own::close).hasMessage("can't be closed");
        thread.get().join(20_000);
        assertThat(thread.get().isAlive()).isFalse();
    }

    static Stream<Fault> passing() {
        return Stream.of(Fault.status(503), Fault.cutRequestAfter(1_500_000), Fault.noAnswer());
    }

    @ParameterizedTest
    @MethodSource("passing")
    void putObject_attemptThatFails_isRepeated(Fault fault) {
        LOOPBACK.sync.s3.inject(AsyncPutObjectTest::isPut, 1, fault);
        client.putObject(request(), AsyncRequestBody.fromBytes(Loopback.bytes(LENGTH)))
                .join();
        assertThat(read()).isEqualTo(Loopback.bytes(LENGTH));
        assertThat(LOOPBACK.keyThreads).as("one key").hasSize(1);
    }

    /** The change is in the first, second and last run, and at the last's end. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1_048_575, 1_048_576, 2_100_000, LENGTH - 1})
    void putObject_plaintextChangedBetweenAttempts_isRefused(int at) {
        LOOPBACK.sync.s3.inject(AsyncPutObjectTest::isPut, 1, Fault.status(503));
        AsyncRequestBody changing = body(LENGTH, reading -> {
            byte[] plaintext = Loopback.bytes(LENGTH);
            plaintext[at] ^= (byte) reading;
            return plaintext;
        });
        assertThat(failure(client.putObject(request(), changing)))
                .isInstanceOf(IntegrityException.class)
                .hasMessageContaining("changed between two attempts");
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    void putObject_bodyThatCantBeReadAgain_failsSayingSo() throws Exception {
        LOOPBACK.sync.s3.injectAlways(AsyncPutObjectTest::isPut, Fault.status(503));
        ExecutorService reader = Executors.newSingleThreadExecutor();
        try {
            AsyncRequestBody once = AsyncRequestBody.fromInputStream(
                    new ByteArrayInputStream(Loopback.bytes(LENGTH)) {
                        @Override
                        public boolean markSupported() {
                            return false;
                        }
                    },
                    (long) LENGTH,
                    reader);
            assertThat(failure(client.putObject(request(), once))).isNotNull();
        } finally {
            reader.shutdown();
        }
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {LENGTH - 1, LENGTH + 1, 0, 2 * LENGTH})
    void putObject_bodyOfAnotherLengthThanSaid_storesNothing(int really) {
        assertThat(failure(client.putObject(request(), body(LENGTH, reading -> Loopback.bytes(really)))))
                .hasMessageContaining(
                        really < LENGTH ? "ended after " + really + " of 2500000" : "longer than the 2500000");
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    void putObject_unknownLength_isRefusedBeforeAKeyIsHad() {
        AsyncRequestBody unknown =
                AsyncRequestBody.fromPublisher(AsyncRequestBody.fromString("plaintext of an unknown length"));
        assertThat(failure(client.putObject(request(), unknown)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("set contentLength on the request");
        assertThat(LOOPBACK.keyThreads).isEmpty();
        client.putObject(request().toBuilder().contentLength(30L).build(), unknown)
                .join();
        assertThat(read()).asString().isEqualTo("plaintext of an unknown length");
    }

    @Test
    @Tag("INT-024")
    void putObject_checksumOfOtherPlaintext_storesNothing() {
        PutObjectRequest claiming =
                request().toBuilder().contentMD5("1B2M2Y8AsgTpgAmY7PhCfg==").build();
        assertThat(failure(client.putObject(claiming, AsyncRequestBody.fromBytes(Loopback.bytes(LENGTH)))))
                .isInstanceOf(IntegrityException.class)
                .hasMessageContaining("Content-MD5");
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
        PutObjectRequest wrong =
                request().toBuilder().contentMD5("AAAAAAAAAAAAAAAAAAAAAA==").build();
        assertThat(failure(client.putObject(wrong, AsyncRequestBody.empty()))).isInstanceOf(IntegrityException.class);
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
        client.putObject(claiming, AsyncRequestBody.empty()).join();
        assertThat(read()).isEmpty();
    }

    @Test
    void putObject_bodyThatFails_failsOnceWithItsError() {
        AsyncRequestBody failing = new AsyncRequestBody() {
            @Override
            public Optional<Long> contentLength() {
                return Optional.of(100L);
            }

            @Override
            public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
                subscriber.onSubscribe(new Subscription() {
                    @Override
                    public void request(long n) {
                        subscriber.onError(new IllegalStateException("the source is gone"));
                    }

                    @Override
                    public void cancel() {}
                });
            }
        };
        assertThat(failure(client.putObject(request(), failing))).hasStackTraceContaining("the source is gone");
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    void putObject_cancelledWhileItsBodyStalls_cancelsTheBody() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<Void> cancelled = new CompletableFuture<>();
        AsyncRequestBody stalling = new AsyncRequestBody() {
            @Override
            public Optional<Long> contentLength() {
                return Optional.of((long) LENGTH);
            }

            @Override
            public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
                subscriber.onSubscribe(new Subscription() {
                    @Override
                    public void request(long n) {
                        asked.countDown();
                    }

                    @Override
                    public void cancel() {
                        cancelled.complete(null);
                    }
                });
            }
        };
        CompletableFuture<?> put = client.putObject(request(), stalling);
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        put.cancel(true);
        assertThatThrownBy(put::join).isInstanceOf(CancellationException.class);
        cancelled.get(20, TimeUnit.SECONDS);
        for (int i = 0; i < 4; i++) {
            client.putObject(request(), AsyncRequestBody.fromString("next")).join();
        }
    }

    @Test
    @Tag("SEC-029")
    void putObject_thatCantBeHonoured_isRefusedBeforeAKeyIsHad() {
        assertThat(failure(client.putObject(
                        request().toBuilder().writeOffsetBytes(5L).build(), AsyncRequestBody.fromString("more"))))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("can't be appended to");
        assertThat(failure(client.putObject(
                        request().toBuilder()
                                .metadata(Map.of("x-amz-i", "mine"))
                                .build(),
                        AsyncRequestBody.fromString("plaintext"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("belongs to the encryption envelope");
        EncryptingS3AsyncClient writing = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        assertThat(failure(writing.putObject(
                        request().toBuilder().ifNoneMatch("*").build(), AsyncRequestBody.fromString("plaintext"))))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("instruction file");
        assertThat(LOOPBACK.keyThreads).isEmpty();
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    void putObject_howeverItEnds_wipesItsKey() throws Exception {
        WatchedCipher cipher = new WatchedCipher();
        EncryptingS3AsyncClient watched =
                LOOPBACK.encrypting().contentCipher(cipher).build();
        watched.putObject(request(), AsyncRequestBody.fromBytes(Loopback.bytes(LENGTH)))
                .join();
        cipher.assertAllWiped(1);
        LOOPBACK.sync.s3.injectAlways(AsyncPutObjectTest::isPut, Fault.status(403));
        assertThat(failure(watched.putObject(request(), AsyncRequestBody.fromBytes(Loopback.bytes(LENGTH)))))
                .isInstanceOf(S3Exception.class);
        cipher.assertAllWiped(2);
        CompletableFuture<Void> encrypted = new CompletableFuture<>();
        AsyncRequestBody stalling = new AsyncRequestBody() {
            @Override
            public Optional<Long> contentLength() {
                return Optional.of((long) LENGTH);
            }

            @Override
            public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
                subscriber.onSubscribe(new Subscription() {
                    private boolean brought;

                    @Override
                    public void request(long n) {
                        if (brought) {
                            encrypted.complete(null);
                        } else {
                            brought = true;
                            subscriber.onNext(ByteBuffer.allocate(LENGTH - 1));
                        }
                    }

                    @Override
                    public void cancel() {}
                });
            }
        };
        CompletableFuture<?> put = watched.putObject(request(), stalling);
        encrypted.get();
        cipher.assertAlive(1);
        put.cancel(true);
        cipher.assertAllWiped(3);
    }

    /** The first attempt's body was torn, which is not what the second failed by. */
    @Test
    void putObject_bodyThatFailedOnce_isNotBlamedForTheNextAttempt() {
        LOOPBACK.sync.s3.injectAlways(AsyncPutObjectTest::isPut, Fault.status(403));
        AtomicInteger readings = new AtomicInteger();
        AsyncRequestBody torn = new AsyncRequestBody() {
            @Override
            public Optional<Long> contentLength() {
                return Optional.of((long) LENGTH);
            }

            @Override
            public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
                if (readings.getAndIncrement() > 0) {
                    AsyncRequestBody.fromBytes(Loopback.bytes(LENGTH)).subscribe(subscriber);
                    return;
                }
                subscriber.onSubscribe(new Subscription() {
                    @Override
                    public void request(long n) {
                        subscriber.onError(new IOException("torn"));
                    }

                    @Override
                    public void cancel() {}
                });
            }
        };
        assertThat(failure(client.putObject(request(), torn))).isInstanceOf(S3Exception.class);
        assertThat(readings).hasValueGreaterThan(1);
    }

    @Test
    void putObject_fromAFile_isStored(@TempDir Path folder) throws IOException {
        Path file = Files.write(folder.resolve("plaintext"), Loopback.bytes(LENGTH));
        client.putObject(request(), file).join();
        assertThat(read()).isEqualTo(Loopback.bytes(LENGTH));
    }

    @Test
    void instructionFile_ofAPut_isReadCopiedAndDeletedWithItsObject() {
        EncryptingS3AsyncClient writing = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        writing.putObject(request(), AsyncRequestBody.fromString("plaintext")).join();
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).containsExactly("k", "k" + InstructionFile.SUFFIX);
        assertThat(read()).asString().isEqualTo("plaintext");
        client.copyObject(CopyObjectRequest.builder()
                        .sourceBucket(BUCKET)
                        .sourceKey("k")
                        .destinationBucket(BUCKET)
                        .destinationKey("copy")
                        .build())
                .join();
        assertThat(client.getObject(
                                from -> from.bucket(BUCKET).key("copy"),
                                software.amazon.awssdk.core.async.AsyncResponseTransformer.toBytes())
                        .join()
                        .asUtf8String())
                .isEqualTo("plaintext");
        client.deleteObject(of -> of.bucket(BUCKET).key("k")).join();
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).containsExactly("copy", "copy" + InstructionFile.SUFFIX);
        client.deleteObjects(of -> of.bucket(BUCKET)
                        .delete(Delete.builder()
                                .objects(ObjectIdentifier.builder().key("copy").build())
                                .build()))
                .join();
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
    }

    /** A file that is copied first would take the place of that of an object which stays. */
    @Test
    void copyObject_whoseConditionDoesNotHold_leavesTheDestinationReadable() {
        EncryptingS3AsyncClient writing = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        PutObjectResponse stored = writing.putObject(request(), AsyncRequestBody.fromString("plaintext"))
                .join();
        writing.putObject(request().toBuilder().key("copy").build(), AsyncRequestBody.fromString("another"))
                .join();
        assertThat(failure(client.copyObject(copy("\"e\""))))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        assertThat(readCopy()).isEqualTo("another");
        client.copyObject(copy(stored.eTag())).join();
        assertThat(readCopy()).isEqualTo("plaintext");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void copyObject_failingHalfway_saysWhatWasLeftBehind(boolean conditional) {
        EncryptingS3AsyncClient writing = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        PutObjectResponse stored = writing.putObject(request(), AsyncRequestBody.fromString("plaintext"))
                .join();
        String second = conditional ? "copy" + InstructionFile.SUFFIX : "copy";
        LOOPBACK.sync.s3.injectAlways(
                request -> request.isObject("PUT") && request.key().equals(second), Fault.status(403));
        assertThat(failure(client.copyObject(copy(conditional ? stored.eTag() : null))))
                .isInstanceOf(S3Exception.class)
                .satisfies(e -> assertThat(e.getSuppressed())
                        .anySatisfy(also -> assertThat(also)
                                .hasMessageContainingAll("s3://bucket/copy", "instruction file", "again")));
    }

    private static CopyObjectRequest copy(@Nullable String ifMatch) {
        return CopyObjectRequest.builder()
                .sourceBucket(BUCKET)
                .sourceKey("k")
                .destinationBucket(BUCKET)
                .destinationKey("copy")
                .copySourceIfMatch(ifMatch)
                .build();
    }

    private String readCopy() {
        return client.getObject(
                        from -> from.bucket(BUCKET).key("copy"),
                        software.amazon.awssdk.core.async.AsyncResponseTransformer.toBytes())
                .join()
                .asUtf8String();
    }

    @Test
    void instructionFile_whoseObjectIsNotPut_isSpokenOf() {
        EncryptingS3AsyncClient writing = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        LOOPBACK.sync.s3.injectAlways(request -> isPut(request) && request.key().equals("k"), Fault.status(403));
        Throwable failure = failure(writing.putObject(request(), AsyncRequestBody.fromString("plaintext")));
        assertThat(failure).isInstanceOf(S3Exception.class);
        assertThat(failure.getSuppressed())
                .anySatisfy(left -> assertThat(left).hasMessageContaining("its instruction file was written"));
    }

    @Test
    void headObject_ofAnEncryptedObject_saysThePlaintextsLength() {
        client.putObject(
                        request().toBuilder().metadata(Map.of("owner", "me")).build(),
                        AsyncRequestBody.fromString("plaintext"))
                .join();
        var head = client.headObject(of -> of.bucket(BUCKET).key("k")).join();
        assertThat(head.contentLength()).isEqualTo(9);
        assertThat(head.metadata()).isEqualTo(Map.of("owner", "me"));
        assertThat(failure(client.headObject(of -> of.bucket(BUCKET).key("k").range("bytes=0-1"))))
                .isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void copyObject_replacingTheMetadata_isRefused() {
        assertThat(failure(client.copyObject(of -> of.sourceBucket(BUCKET)
                        .sourceKey("k")
                        .destinationBucket(BUCKET)
                        .destinationKey("copy")
                        .metadataDirective("REPLACE"))))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("drops the envelope");
    }
}
