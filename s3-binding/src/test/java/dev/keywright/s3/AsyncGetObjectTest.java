/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.async.ResponsePublisher;
import software.amazon.awssdk.core.async.SdkPublisher;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

@Timeout(60)
class AsyncGetObjectTest {
    @AutoClose
    private static final AsyncLoopback LOOPBACK = new AsyncLoopback();

    /** Three segments. */
    private static final int LENGTH = 2_500_000;

    @TempDir
    Path folder;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static GetObjectRequest request() {
        return GetObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private static boolean isGet(RecordedRequest request) {
        return request.isObject("GET");
    }

    private static byte[] put(int length) {
        byte[] plaintext = Loopback.bytes(length);
        LOOPBACK.sync.encrypting.putObject(
                PutObjectRequest.builder()
                        .bucket(BUCKET)
                        .key("k")
                        .metadata(Map.of("owner", "me"))
                        .build(),
                RequestBody.fromBytes(plaintext));
        return plaintext;
    }

    /** Stored again past the client, without S3's checksum of it, which would find the damage first. */
    private static void damage(int at) {
        byte[] body = LOOPBACK.sync.stored("k").bytes();
        body[at] ^= 0x10;
        LOOPBACK.sync.s3.putObject(BUCKET, "k", body, LOOPBACK.sync.stored("k").metadata());
    }

    private EncryptingS3AsyncClient spooling() {
        return LOOPBACK.encrypting()
                .verifiedRelease(VerifiedRelease.SPOOL)
                .spoolDirectory(folder)
                .build();
    }

    private static byte[] bytes(CompletableFuture<ResponseBytes<GetObjectResponse>> got) {
        return got.join().asByteArrayUnsafe();
    }

    private static Throwable failure(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(future::join);
        return thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
    }

    /** All work that was handed to the executor is done. */
    private static void awaitExecutor() throws Exception {
        LOOPBACK.executor.submit(() -> {}).get(20, TimeUnit.SECONDS);
    }

    /** Files in the folder of this test, open ones without a name too. */
    private List<String> spools() throws Exception {
        awaitExecutor();
        List<String> open = new ArrayList<>();
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : all.toList()) {
                try {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith(folder.toString())) {
                        open.add(target);
                    }
                } catch (IOException closedMeanwhile) {
                    // not open any more
                }
            }
        }
        try (Stream<Path> all = Files.list(folder)) {
            all.map(Path::toString).forEach(open::add);
        }
        return open;
    }

    /** Notes what it is called with. */
    private static final class Noting implements AsyncResponseTransformer<GetObjectResponse, byte[]> {
        final List<String> calls = new CopyOnWriteArrayList<>();
        final ByteArrayOutputStream seen = new ByteArrayOutputStream();
        private CompletableFuture<byte[]> result = new CompletableFuture<>();

        @Override
        public synchronized CompletableFuture<byte[]> prepare() {
            calls.add("prepare");
            seen.reset();
            result = new CompletableFuture<>();
            return result;
        }

        @Override
        public synchronized void onResponse(GetObjectResponse response) {
            calls.add("onResponse " + response.contentLength() + " " + response.metadata());
        }

        @Override
        public synchronized void onStream(SdkPublisher<ByteBuffer> publisher) {
            calls.add("onStream");
            publisher.subscribe(new Subscriber<>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                    subscription.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(ByteBuffer bytes) {
                    byte[] piece = new byte[bytes.remaining()];
                    bytes.get(piece);
                    seen.writeBytes(piece);
                }

                @Override
                public void onError(Throwable failure) {
                    calls.add("onError");
                    result.completeExceptionally(failure);
                }

                @Override
                public void onComplete() {
                    calls.add("onComplete");
                    result.complete(seen.toByteArray());
                }
            });
        }

        @Override
        public synchronized void exceptionOccurred(Throwable failure) {
            calls.add("exceptionOccurred");
            result.completeExceptionally(failure);
        }
    }

    @Nested
    class Verified {
        @Test
        void getObject_inMemoryOrSpooled_givesThePlaintextAndLeavesNothing() throws Exception {
            byte[] plaintext = put(LENGTH);
            assertThat(bytes(LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isEqualTo(plaintext);
            assertThat(bytes(spooling().getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isEqualTo(plaintext);
            assertThat(spools()).isEmpty();
        }

        @Test
        void transformer_ofAWholeObject_isCalledInOrder_withThePlaintextsResponse() {
            put(LENGTH);
            Noting noting = new Noting();
            assertThat(LOOPBACK.encrypting.getObject(request(), noting).join()).hasSize(LENGTH);
            assertThat(noting.calls)
                    .containsExactly("prepare", "onResponse 2500000 {owner=me}", "onStream", "onComplete");
        }

        @ParameterizedTest
        @CsvSource({"0, AUTOMATIC", "2500015, AUTOMATIC", "0, SPOOL", "2500015, SPOOL", "1200000, SPOOL"})
        @Tag("CLI-019")
        void getObject_damaged_showsTheTransformerNothing(int at, VerifiedRelease release) throws Exception {
            put(LENGTH);
            damage(at);
            Noting noting = new Noting();
            EncryptingS3AsyncClient client = LOOPBACK.encrypting()
                    .verifiedRelease(release)
                    .spoolDirectory(folder)
                    .build();
            assertThat(failure(client.getObject(request(), noting)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("s3://bucket/k");
            assertThat(noting.calls).containsExactly("prepare", "exceptionOccurred");
            assertThat(spools()).isEmpty();
        }

        @Test
        void getObject_longerThanABufferThatIsNotToBeLeft_isRefused() {
            put(LENGTH);
            EncryptingS3AsyncClient client = LOOPBACK.encrypting()
                    .verifiedRelease(VerifiedRelease.BUFFER)
                    .bufferBytes(LENGTH)
                    .build();
            assertThat(failure(client.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("longer than the buffer of 2500000 bytes");
        }

        /** The SDK must not try again: what it says of a cancelled body may come when the next attempt has begun. */
        @RepeatedTest(20)
        void getObject_spoolThatCantBeMade_saysSo() {
            put(LENGTH);
            EncryptingS3AsyncClient client = LOOPBACK.encrypting()
                    .verifiedRelease(VerifiedRelease.SPOOL)
                    .spoolDirectory(folder.resolve("missing"))
                    .build();
            assertThat(failure(client.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .hasMessageContaining("can't hold the object in a temporary file")
                    .hasRootCauseInstanceOf(IOException.class);
            assertThat(LOOPBACK.sync.s3.requests().stream().filter(AsyncGetObjectTest::isGet))
                    .hasSize(1);
        }

        @Test
        void getObject_toAFile_writesIt() throws Exception {
            byte[] plaintext = put(LENGTH);
            Path file = folder.resolve("plaintext");
            LOOPBACK.encrypting.getObject(request(), file).join();
            assertThat(file).hasBinaryContent(plaintext);
        }

        @Test
        void getObject_askedToReadTwice_saysWhatElseToChoose() {
            put(10);
            GetObjectRequest twice = request().toBuilder()
                    .overrideConfiguration(VerifiedRelease.READ_TWICE)
                    .build();
            assertThat(failure(LOOPBACK.encrypting.getObject(twice, AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("choose another VerifiedRelease");
        }
    }

    @Nested
    class Refused {
        @Test
        void getObject_ofPlaintext_isNoEncryptedObject() {
            LOOPBACK.sync.s3.putObject(BUCKET, "k", new byte[100], Map.of());
            for (CompletableFuture<?> got : List.of(
                    LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes()),
                    LOOPBACK.encrypting.getObjectUnverified(request(), AsyncResponseTransformer.toBytes()))) {
                assertThat(failure(got))
                        .isInstanceOfSatisfying(
                                FormatException.class,
                                e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.NOT_ENCRYPTED))
                        .hasMessageContaining("there is no instruction file s3://bucket/k.instruction");
            }
        }

        @Test
        void getObject_missing_isTheClientsOwnError() {
            assertThat(failure(LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(404));
        }

        @Test
        void getObject_ofAPart_isRefused() {
            GetObjectRequest part = request().toBuilder().partNumber(1).build();
            assertThat(failure(LOOPBACK.encrypting.getObject(part, AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("partNumber");
        }

        @Test
        void getObject_answeredWithARange_isRefused() {
            put(100);
            LOOPBACK.sync.s3.injectAlways(AsyncGetObjectTest::isGet, Fault.header("Content-Range", "bytes 0-115/116"));
            assertThat(failure(LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("the response is of a range");
        }

        @Test
        void getObject_bodyShorterThanATag_isTruncated() {
            put(10);
            LOOPBACK.sync.s3.putObject(
                    BUCKET, "k", new byte[15], LOOPBACK.sync.stored("k").metadata());
            Noting noting = new Noting();
            assertThat(failure(LOOPBACK.encrypting.getObjectUnverified(request(), noting)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("no room for its tag");
            assertThat(noting.calls).doesNotContain("onResponse", "onStream");
            assertThat(failure(LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(IntegrityException.class);
        }

        @Test
        void getObjectUnverified_rangeAnsweredWithTheWhole_isRefused() {
            put(100);
            LOOPBACK.keyThreads.clear();
            S3AsyncClient ignoring = new DelegatingS3AsyncClient(LOOPBACK.plain) {
                @Override
                public <T> CompletableFuture<T> getObject(
                        GetObjectRequest ranged, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
                    return super.getObject(ranged.toBuilder().range(null).build(), transformer);
                }
            };
            EncryptingS3AsyncClient client =
                    LOOPBACK.encrypting().client(ignoring).build();
            GetObjectRequest ranged = request().toBuilder().range("bytes=3-12").build();
            assertThat(failure(client.getObjectUnverified(ranged, AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContainingAll("s3://bucket/k", "of the whole object");
            assertThat(LOOPBACK.keyThreads).as("no key was asked for").isEmpty();
        }

        @Test
        void objectReplacedWhileItsFileIsRead_isAClearError() {
            EncryptingS3Client files = LOOPBACK.sync
                    .encrypting()
                    .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                    .build();
            files.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromString("plaintext"));
            S3AsyncClient replacing = new DelegatingS3AsyncClient(LOOPBACK.plain) {
                @Override
                public <T> CompletableFuture<T> getObject(
                        GetObjectRequest get, AsyncResponseTransformer<GetObjectResponse, T> transformer) {
                    if (get.key().endsWith(".instruction")) {
                        files.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromString("another"));
                    }
                    return super.getObject(get, transformer);
                }
            };
            EncryptingS3AsyncClient client =
                    LOOPBACK.encrypting().client(replacing).build();
            assertThat(failure(client.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll("reading s3://bucket/k", "replaced", "read it again");
        }

        @Test
        void getObject_executorThatTakesNothing_fails() {
            put(100);
            EncryptingS3AsyncClient client = LOOPBACK.encrypting()
                    .executor(work -> {
                        throw new RejectedExecutionException("shut down");
                    })
                    .build();
            assertThat(failure(client.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .hasStackTraceContaining("shut down");
        }
    }

    /** Content that nothing verifies, and whose length its padding tells. */
    @Nested
    class Cbc {
        private EncryptingS3AsyncClient client(VerifiedRelease release) {
            return LOOPBACK.encrypting()
                    .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                    .enableLegacyWrappingAlgorithms(true)
                    .enableLegacyUnauthenticatedModes(true)
                    .verifiedRelease(release)
                    .spoolDirectory(folder)
                    .build();
        }

        private void store(byte[] body) {
            LOOPBACK.sync.s3.putObject(BUCKET, "k", body, KnownAnswers.V1_METADATA);
        }

        @ParameterizedTest
        @EnumSource(
                value = VerifiedRelease.class,
                names = {"BUFFER", "SPOOL"})
        void getObject_givesThePlaintextWhichDecryptedToItsEnd(VerifiedRelease release) throws Exception {
            store(KnownAnswers.CBC_BODY);
            assertThat(bytes(client(release).getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isEqualTo(KnownAnswers.PLAINTEXT);
            assertThat(bytes(client(release).getObjectUnverified(request(), AsyncResponseTransformer.toBytes())))
                    .isEqualTo(KnownAnswers.PLAINTEXT);
            assertThat(spools()).isEmpty();
        }

        @ParameterizedTest
        @EnumSource(
                value = VerifiedRelease.class,
                names = {"BUFFER", "SPOOL"})
        @Tag("SEC-023")
        void getObject_withBadPadding_showsTheTransformerNothing(VerifiedRelease release) throws Exception {
            byte[] body = KnownAnswers.CBC_BODY.clone();
            body[body.length - 17] ^= 0x40;
            store(body);
            Noting noting = new Noting();
            assertThat(failure(client(release).getObject(request(), noting)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("does not decrypt");
            assertThat(noting.calls).containsExactly("prepare", "exceptionOccurred");
            assertThat(spools()).isEmpty();
        }

        @Test
        void getObject_withoutItsSwitch_isRefused() {
            store(KnownAnswers.CBC_BODY);
            EncryptingS3AsyncClient client = LOOPBACK.encrypting()
                    .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                    .enableLegacyWrappingAlgorithms(true)
                    .build();
            assertThat(failure(client.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("legacy unauthenticated modes");
        }

        @Test
        void getObjectUnverified_range_saysWhatElseToDo() {
            store(KnownAnswers.CBC_BODY);
            GetObjectRequest ranged = request().toBuilder().range("bytes=0-3").build();
            assertThat(failure(client(VerifiedRelease.AUTOMATIC)
                            .getObjectUnverified(ranged, AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll("s3://bucket/k", "read the object whole, or by EncryptingS3Client");
        }
    }

    @Nested
    class Unverified {
        @Test
        void getObjectUnverified_damagedAtTheEnd_hasHandedOnAndFailsLoudly() {
            byte[] plaintext = put(LENGTH);
            damage(LENGTH + 3);
            Noting noting = new Noting();
            assertThat(failure(LOOPBACK.encrypting.getObjectUnverified(request(), noting)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("s3://bucket/k");
            assertThat(noting.seen.toByteArray()).isEqualTo(plaintext);
            assertThat(noting.calls).contains("onError").doesNotContain("onComplete");
        }

        @ParameterizedTest
        @CsvSource({
            "bytes=0-0, 0, 1",
            "bytes=5-70000, 5, 70001",
            "bytes=1048570-1048590, 1048570, 1048591",
            "bytes=2499999-, 2499999, 2500000",
            "bytes=-17, 2499983, 2500000",
            "bytes=100-99999999, 100, 2500000"
        })
        @Tag("RNG-001")
        void getObjectUnverified_range_isAnsweredAsOfPlaintext(String range, int from, int to) {
            byte[] plaintext = put(LENGTH);
            GetObjectRequest ranged = request().toBuilder().range(range).build();
            ResponseBytes<GetObjectResponse> got = LOOPBACK.encrypting
                    .<ResponseBytes<GetObjectResponse>>getObjectUnverified(ranged, AsyncResponseTransformer.toBytes())
                    .join();
            assertThat(got.asByteArrayUnsafe()).isEqualTo(Arrays.copyOfRange(plaintext, from, to));
            assertThat(got.response().contentLength()).isEqualTo(to - from);
            assertThat(got.response().contentRange()).isEqualTo("bytes " + from + "-" + (to - 1) + "/2500000");
        }

        @Test
        void getObject_range_isRefusedUnlessTheSwitchIsOn() {
            byte[] plaintext = put(100);
            GetObjectRequest ranged = request().toBuilder().range("bytes=10-19").build();
            assertThat(failure(LOOPBACK.encrypting.getObject(ranged, AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("enable unverified ranges");
            EncryptingS3AsyncClient client =
                    LOOPBACK.encrypting().enableUnverifiedRanges(true).build();
            assertThat(bytes(client.getObject(ranged, AsyncResponseTransformer.toBytes())))
                    .isEqualTo(Arrays.copyOfRange(plaintext, 10, 20));
        }

        @Test
        void getObjectUnverified_rangeOfNoPlaintext_is416() {
            put(100);
            GetObjectRequest ranged =
                    request().toBuilder().range("bytes=100-110").build();
            assertThat(failure(LOOPBACK.encrypting.getObjectUnverified(ranged, AsyncResponseTransformer.toBytes())))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(416));
        }
    }

    @Nested
    class Faults {
        static Stream<Fault> passing() {
            return Stream.of(
                    Fault.status(503), Fault.noAnswer(), Fault.cutResponseAfter(0), Fault.cutResponseAfter(1_500_000));
        }

        @ParameterizedTest
        @MethodSource("passing")
        void getObject_attemptThatFails_isRepeated(Fault fault) throws Exception {
            byte[] plaintext = put(LENGTH);
            LOOPBACK.sync.s3.inject(AsyncGetObjectTest::isGet, 1, fault);
            assertThat(bytes(spooling().getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isEqualTo(plaintext);
            LOOPBACK.sync.s3.inject(AsyncGetObjectTest::isGet, 1, fault);
            assertThat(bytes(LOOPBACK.encrypting.getObjectUnverified(request(), AsyncResponseTransformer.toBytes())))
                    .isEqualTo(plaintext);
            assertThat(spools()).isEmpty();
        }

        @Test
        void getObjectUnverified_everyAttemptBreaks_isTheSdksError() {
            put(LENGTH);
            LOOPBACK.sync.s3.injectAlways(AsyncGetObjectTest::isGet, Fault.cutResponseAfter(1_500_000));
            assertThat(failure(LOOPBACK.encrypting.getObjectUnverified(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(SdkClientException.class);
        }

        @ParameterizedTest
        @MethodSource("passing")
        void getObject_everyAttemptFails_failsOnceAndLeavesNothing(Fault fault) throws Exception {
            put(LENGTH);
            LOOPBACK.sync.s3.injectAlways(AsyncGetObjectTest::isGet, fault);
            Noting noting = new Noting();
            assertThat(failure(spooling().getObject(request(), noting))).isNotInstanceOf(KeywrightException.class);
            assertThat(noting.calls).containsExactly("prepare", "exceptionOccurred");
            assertThat(LOOPBACK.sync.s3.requests().stream().filter(AsyncGetObjectTest::isGet))
                    .hasSize(3);
            assertThat(spools()).isEmpty();
        }

        @Test
        void getObject_bodyShorterInGoodForm_doesNotVerify() {
            put(LENGTH);
            LOOPBACK.sync.s3.injectAlways(AsyncGetObjectTest::isGet, Fault.shortenBy(20));
            assertThat(failure(LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes())))
                    .isInstanceOf(IntegrityException.class);
        }

        @Test
        void getObject_cancelledWhileStalled_givesBackConnectionFileAndKey() throws Exception {
            put(LENGTH);
            CountDownLatch until = new CountDownLatch(1);
            LOOPBACK.sync.s3.inject(AsyncGetObjectTest::isGet, 1, Fault.stallAfter(1_500_000, until));
            EncryptingS3AsyncClient client = spooling();
            CompletableFuture<?> got = client.getObject(request(), AsyncResponseTransformer.toBytes());
            while (spools().isEmpty() && !got.isDone()) {
                Thread.onSpinWait(); // until the first run is in the file
            }
            assertThat(got.cancel(true)).isTrue();
            assertThatThrownBy(got::join).isInstanceOf(CancellationException.class);
            while (!spools().isEmpty()) {
                Thread.onSpinWait(); // the test's time limit ends it
            }
            until.countDown();
            readOnEveryConnection();
        }

        @Test
        void getObject_cancelledAtOnce_leavesNothing() {
            put(10);
            LOOPBACK.sync.s3.clearRequests();
            CompletableFuture<?> got = LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes());
            got.cancel(true);
            assertThatThrownBy(got::join).isInstanceOf(CancellationException.class);
            readOnEveryConnection();
        }

        /** The body has come, so that the SDK has nothing to tell its transformer any more. */
        @Test
        void getObject_cancelledWhileItIsChecked_dropsFileAndKey() throws Exception {
            put(LENGTH / 5);
            WatchedCipher cipher = new WatchedCipher();
            CompletableFuture<Runnable> check = new CompletableFuture<>();
            AtomicInteger count = new AtomicInteger();
            EncryptingS3AsyncClient client = LOOPBACK.encrypting()
                    .contentCipher(cipher)
                    .verifiedRelease(VerifiedRelease.SPOOL)
                    .spoolDirectory(folder)
                    .executor(work -> {
                        if (count.incrementAndGet() == 2) { // the first has the key unwrapped
                            check.complete(work);
                        } else {
                            LOOPBACK.executor.execute(work);
                        }
                    })
                    .build();
            CompletableFuture<?> got = client.getObject(request(), AsyncResponseTransformer.toBytes());
            Runnable work = check.get();
            got.cancel(true);
            work.run();
            assertThat(spools()).isEmpty();
            cipher.assertAlive(0);
            readOnEveryConnection();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, -1})
        void getObjectUnverified_subscriberThatEndsItAtOnce_givesBackTheConnection(int wanted) {
            put(LENGTH);
            for (int i = 0; i < 4; i++) { // more than there are connections
                publisherUnverified().subscribe(new Demanding(wanted));
            }
            readOnEveryConnection();
        }

        /** As where there is no memory for one more thread. */
        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3, 4, 5})
        void getObject_executorThatBreaks_failsOrEndsWell(int nth) throws Exception {
            put(LENGTH);
            AtomicInteger count = new AtomicInteger();
            EncryptingS3AsyncClient client = LOOPBACK.encrypting()
                    .verifiedRelease(VerifiedRelease.SPOOL)
                    .spoolDirectory(folder)
                    .executor(work -> {
                        if (count.incrementAndGet() == nth) {
                            throw new OutOfMemoryError("unable to create native thread");
                        }
                        LOOPBACK.executor.execute(work);
                    })
                    .build();
            Throwable failure = failure(client.getObject(request(), AsyncResponseTransformer.toBytes()));
            if (failure != null) {
                assertThat(failure).hasStackTraceContaining("unable to create native thread");
            }
            assertThat(spools()).isEmpty();
            readOnEveryConnection();
        }

        private void readOnEveryConnection() {
            List<CompletableFuture<?>> all = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                all.add(LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes()));
            }
            CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
        }

        @Test
        void reads_twoHundredOfEveryOutcomeOverAPoolOfTwo_leakNoConnection() throws Exception {
            put(300_000);
            EncryptingS3AsyncClient spooling = spooling();
            for (int i = 0; i < 200; i++) {
                switch (i % 5) {
                    case 0 -> bytes(spooling.getObject(request(), AsyncResponseTransformer.toBytes()));
                    case 1 ->
                        LOOPBACK.encrypting
                                .getObject(request(), AsyncResponseTransformer.toBytes())
                                .cancel(true);
                    case 2 -> publisher(spooling).subscribe(new Demanding(0));
                    case 3 -> publisherUnverified().subscribe(new Demanding(1));
                    default -> {
                        GetObjectRequest missing =
                                request().toBuilder().key("missing").build();
                        assertThat(failure(LOOPBACK.encrypting.getObject(missing, AsyncResponseTransformer.toBytes())))
                                .isInstanceOf(S3Exception.class);
                    }
                }
            }
            readOnEveryConnection();
            assertThat(spools()).isEmpty();
        }
    }

    private static ResponsePublisher<GetObjectResponse> publisher(EncryptingS3AsyncClient client) {
        return client.<ResponsePublisher<GetObjectResponse>>getObject(request(), AsyncResponseTransformer.toPublisher())
                .join();
    }

    private static ResponsePublisher<GetObjectResponse> publisherUnverified() {
        return LOOPBACK.encrypting
                .<ResponsePublisher<GetObjectResponse>>getObjectUnverified(
                        request(), AsyncResponseTransformer.toPublisher())
                .join();
    }

    /** Asks for so many buffers, and cancels when it has them. */
    private static class Demanding implements Subscriber<ByteBuffer> {
        private final int wanted;
        private final CompletableFuture<Throwable> error = new CompletableFuture<>();
        private Subscription subscription;
        private int got;

        Demanding(int wanted) {
            this.wanted = wanted;
        }

        @Override
        public void onSubscribe(Subscription given) {
            subscription = given;
            if (wanted == 0) {
                given.cancel();
            } else {
                given.request(wanted);
            }
        }

        @Override
        public void onNext(ByteBuffer bytes) {
            if (++got == wanted) {
                subscription.cancel();
            }
        }

        @Override
        public void onError(Throwable failure) {
            error.complete(failure);
        }

        @Override
        public void onComplete() {}
    }

    /** Leaves errors of the stream to {@code exceptionOccurred}, as transformers may that a plain client tells of them. */
    private static class LeavingErrors implements AsyncResponseTransformer<GetObjectResponse, String> {
        final CompletableFuture<Void> subscribed = new CompletableFuture<>();
        private final long wanted;
        private final CompletableFuture<String> result = new CompletableFuture<>();

        /** @param wanted how many buffers it asks for; it breaks at the first */
        LeavingErrors(long wanted) {
            this.wanted = wanted;
        }

        @Override
        public CompletableFuture<String> prepare() {
            return result;
        }

        @Override
        public void onResponse(GetObjectResponse response) {}

        @Override
        public void onStream(SdkPublisher<ByteBuffer> publisher) {
            publisher.subscribe(new Subscriber<>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                    if (wanted > 0) {
                        subscription.request(wanted);
                    }
                    subscribed.complete(null);
                }

                @Override
                public void onNext(ByteBuffer bytes) {
                    if (wanted == 1) {
                        throw new UncheckedIOException(new IOException("the disk is full"));
                    }
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onComplete() {}
            });
        }

        @Override
        public void exceptionOccurred(Throwable failure) {
            result.completeExceptionally(failure);
        }
    }

    @Nested
    class TransformersToldOfWhatTheSdkCantKnow {
        @Test
        void getObjectUnverified_doesNotVerify_failsTheCall() {
            put(LENGTH);
            damage(LENGTH + 3);
            assertThat(failure(LOOPBACK.encrypting.getObjectUnverified(request(), new LeavingErrors(Long.MAX_VALUE))))
                    .isInstanceOf(IntegrityException.class);
        }

        @Test
        void getObjectUnverified_rangeThatIsTruncated_failsTheCall() {
            put(LENGTH);
            LOOPBACK.sync.s3.injectAlways(AsyncGetObjectTest::isGet, Fault.shortenBy(20));
            GetObjectRequest ranged =
                    request().toBuilder().range("bytes=0-99999").build();
            assertThat(failure(LOOPBACK.encrypting.getObjectUnverified(ranged, new LeavingErrors(Long.MAX_VALUE))))
                    .isInstanceOf(KeywrightException.class);
        }

        @Test
        void getObject_subscriberThatBreaks_failsTheCall() {
            put(LENGTH);
            assertThat(failure(LOOPBACK.encrypting.getObject(request(), new LeavingErrors(1))))
                    .hasRootCauseMessage("the disk is full");
        }

        @Test
        void getObject_cancelledWhileItIsHandedOn_endsTheTransformer() throws Exception {
            put(LENGTH);
            LeavingErrors transformer = new LeavingErrors(0);
            CompletableFuture<?> got = LOOPBACK.encrypting.getObject(request(), transformer);
            transformer.subscribed.get();
            got.cancel(true);
            awaitExecutor();
            assertThat(failure(transformer.result)).isInstanceOf(CancellationException.class);
        }
    }

    @Nested
    class Publishers {
        @Test
        void plaintext_subscribedTwice_tellsTheSecondThatThereIsOne() {
            put(LENGTH);
            for (ResponsePublisher<GetObjectResponse> published :
                    List.of(publisher(LOOPBACK.encrypting), publisherUnverified())) {
                published.subscribe(new Demanding(1));
                Demanding second = new Demanding(1);
                published.subscribe(second);
                assertThat(second.error.join())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("one subscriber");
            }
        }

        @Test
        void plaintext_cancelledMidway_dropsTheFile() throws Exception {
            put(LENGTH);
            publisher(spooling()).subscribe(new Demanding(3));
            while (!spools().isEmpty()) {
                Thread.onSpinWait(); // the test's time limit ends it
            }
        }

        @Test
        void plaintext_subscriberThatThrows_endsAndDropsTheFile() throws Exception {
            put(LENGTH);
            Demanding throwing = new Demanding(100) {
                @Override
                public void onNext(ByteBuffer bytes) {
                    throw new UncheckedIOException(new IOException("the disk is full"));
                }
            };
            publisher(spooling()).subscribe(throwing);
            assertThat(throwing.error.join()).hasRootCauseMessage("the disk is full");
            assertThat(spools()).isEmpty();
        }
    }

    @Test
    void transformer_ofAVerifiedRead_isCalledOnTheExecutor() {
        put(10);
        List<String> threads = new CopyOnWriteArrayList<>();
        LOOPBACK.encrypting
                .getObject(request(), new LeavingErrors(0) {
                    @Override
                    public void onResponse(GetObjectResponse response) {
                        threads.add(Thread.currentThread().getName());
                        exceptionOccurred(new IllegalStateException("seen"));
                    }
                })
                .handle((result, failure) -> failure)
                .join();
        assertThat(threads).containsExactly(AsyncLoopback.KEY_THREAD);
    }

    @Test
    void keys_ofEveryRead_areHadOnTheExecutor() {
        put(LENGTH);
        LOOPBACK.keyThreads.clear();
        bytes(LOOPBACK.encrypting.getObject(request(), AsyncResponseTransformer.toBytes()));
        bytes(LOOPBACK.encrypting.getObjectUnverified(request(), AsyncResponseTransformer.toBytes()));
        bytes(LOOPBACK.encrypting.getObjectUnverified(
                request().toBuilder().range("bytes=-1").build(), AsyncResponseTransformer.toBytes()));
        assertThat(LOOPBACK.keyThreads).hasSize(3).containsOnly(AsyncLoopback.KEY_THREAD);
    }
}
