/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.InstructionFile;
import dev.keywright.spi.IntegrityException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.AbortMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.NoSuchUploadException;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * Uploads part by part through the asynchronous client. Where parts lie and what is refused is one code with the synchronous
 * client, and shown by {@link MultipartTest}; here is what is sent, when, and on which thread.
 */
@Timeout(20)
@SuppressWarnings("FutureReturnValueIgnored") // Listeners.
class AsyncMultipartTest {
    @AutoClose
    private static final AsyncLoopback LOOPBACK = new AsyncLoopback();

    private static final int MIB = 1 << 20;
    private static final int SMALL = 4096;

    private final EncryptingS3AsyncClient client = LOOPBACK.encrypting;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
        LOOPBACK.sync.s3.minimumPartBytes(1);
    }

    private static boolean isPart(RecordedRequest request) {
        return request.method().equals("PUT") && request.query().containsKey("partNumber");
    }

    private static Throwable failure(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(future::join);
        return thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
    }

    private static byte[] slice(byte[] whole, int number, int partBytes) {
        int from = (number - 1) * partBytes;
        return Arrays.copyOfRange(whole, from, Math.min(whole.length, from + partBytes));
    }

    private static void assertStored(byte[] plaintext) {
        assertThat(LOOPBACK.sync.stored("k").length()).isEqualTo(plaintext.length + 16);
        assertThat(LOOPBACK.sync
                        .encrypting
                        .getObjectAsBytes(from -> from.bucket(BUCKET).key("k"))
                        .asByteArrayUnsafe())
                .isEqualTo(plaintext);
    }

    private static List<String> partsSent() {
        return LOOPBACK.sync.s3.requests().stream()
                .filter(AsyncMultipartTest::isPart)
                .map(request -> request.query().get("partNumber") + ": "
                        + request.headers().getOrDefault("x-amz-decoded-content-length", "-"))
                .sorted()
                .toList();
    }

    /** One upload to {@code bucket/k}. */
    private static final class Upload {
        final String id;
        private final EncryptingS3AsyncClient client;
        private final Map<Integer, CompletedPart> sent = new ConcurrentSkipListMap<>();

        Upload(EncryptingS3AsyncClient client, long partBytes) {
            this.client = client;
            this.id = client.createMultipartUpload(
                            to -> to.bucket(BUCKET).key("k").overrideConfiguration(MultipartPartSize.of(partBytes)))
                    .join()
                    .uploadId();
        }

        CompletableFuture<UploadPartResponse> part(int number, byte[] plaintext) {
            return part(number, AsyncRequestBody.fromBytes(plaintext), to -> {});
        }

        CompletableFuture<UploadPartResponse> part(
                int number, AsyncRequestBody body, Consumer<UploadPartRequest.Builder> more) {
            return sending(number, body, more).thenApply(response -> {
                sent.put(
                        number,
                        CompletedPart.builder()
                                .partNumber(number)
                                .eTag(response.eTag())
                                .build());
                return response;
            });
        }

        /** The client's own future, which can be cancelled. */
        CompletableFuture<UploadPartResponse> sending(
                int number, AsyncRequestBody body, Consumer<UploadPartRequest.Builder> more) {
            return client.uploadPart(
                    to -> to.bucket(BUCKET)
                            .key("k")
                            .uploadId(id)
                            .partNumber(number)
                            .applyMutation(more),
                    body);
        }

        CompletableFuture<AbortMultipartUploadResponse> abort() {
            return client.abortMultipartUpload(of -> of.bucket(BUCKET).key("k").uploadId(id));
        }

        CompletableFuture<CompleteMultipartUploadResponse> complete() {
            return client.completeMultipartUpload(
                    to -> to.bucket(BUCKET).key("k").uploadId(id).multipartUpload(list -> list.parts(sent.values())));
        }
    }

    @RepeatedTest(5)
    void upload_shuffledParallelRepeatedParts_isOneObject(RepetitionInfo repetition) {
        Random random = new Random(repetition.getCurrentRepetition());
        int partBytes = 16 * (1 + random.nextInt(200_000));
        byte[] plaintext = Loopback.bytes(partBytes * (1 + random.nextInt(6)) + random.nextInt(partBytes));
        List<Integer> order = new ArrayList<>();
        for (int number = 1; (number - 1) * partBytes < plaintext.length; number++) {
            order.add(number);
        }
        Collections.shuffle(order, random);
        Upload upload = new Upload(client, partBytes);
        List<CompletableFuture<?>> sending = new ArrayList<>();
        order.forEach(number -> sending.add(upload.part(number, slice(plaintext, number, partBytes))));
        sending.forEach(CompletableFuture::join);
        upload.part(order.get(0), slice(plaintext, order.get(0), partBytes)).join();
        upload.complete().join();
        assertStored(plaintext);
    }

    @ParameterizedTest
    @EnumSource(AsyncClients.class)
    void upload_overEveryClientOfTheSdk_isOneObject(AsyncClients below) {
        LOOPBACK.sync.s3.minimumPartBytes(5 * MIB);
        byte[] plaintext = Loopback.bytes(11 * MIB + 5);
        try (EncryptingS3AsyncClient encrypting = LOOPBACK.encrypting()
                .client(below.at(LOOPBACK.sync.s3.endpoint()))
                .build()) {
            Upload upload = new Upload(encrypting, 5 * MIB);
            CompletableFuture<?> second = upload.part(2, slice(plaintext, 2, 5 * MIB));
            CompletableFuture<?> last = upload.part(3, slice(plaintext, 3, 5 * MIB));
            upload.part(1, slice(plaintext, 1, 5 * MIB)).join();
            CompletableFuture.allOf(second, last).join();
            upload.complete().join();
        }
        assertStored(plaintext);
    }

    @Test
    void keys_areHadOnTheExecutor() {
        new Upload(client, SMALL);
        assertThat(LOOPBACK.keyThreads).containsExactly(AsyncLoopback.KEY_THREAD);
    }

    @Test
    void lastPartSentLast_holdsTheTag() {
        byte[] plaintext = Loopback.bytes(SMALL + 10);
        Upload upload = new Upload(client, SMALL);
        upload.part(1, slice(plaintext, 1, SMALL)).join();
        upload.part(2, slice(plaintext, 2, SMALL)).join();
        assertThat(partsSent()).containsExactly("1: 4096", "2: 26");
        upload.complete().join();
        assertStored(plaintext);
    }

    @Test
    void shortLastPartSentFirst_isHeldAndSentWithTheTagAtTheEnd() {
        byte[] plaintext = Loopback.bytes(SMALL + 10);
        Upload upload = new Upload(client, SMALL);
        assertThat(upload.part(2, slice(plaintext, 2, SMALL)).join().eTag()).contains("held");
        assertThat(partsSent()).isEmpty();
        upload.part(1, slice(plaintext, 1, SMALL)).join();
        upload.complete().join();
        assertThat(partsSent()).containsExactly("1: 4096", "2: 26");
        assertStored(plaintext);
    }

    @Test
    void noShortPart_theTagIsAPartOfItsOwn() {
        byte[] plaintext = Loopback.bytes(2 * SMALL);
        Upload upload = new Upload(client, SMALL);
        upload.part(1, slice(plaintext, 1, SMALL)).join();
        upload.part(2, slice(plaintext, 2, SMALL)).join();
        upload.complete().join();
        assertThat(partsSent()).containsExactly("1: 4096", "2: 4096", "3: 16");
        assertStored(plaintext);
    }

    @Test
    void part_answered503_isSentAgain() {
        byte[] plaintext = Loopback.bytes(3 * MIB);
        LOOPBACK.sync.s3.inject(AsyncMultipartTest::isPart, 1, Fault.status(503));
        Upload upload = new Upload(client, 3 * MIB);
        upload.part(1, plaintext).join();
        upload.complete().join();
        assertStored(plaintext);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, SMALL - 1})
    void part_changedBetweenTwoCalls_isRefusedAndNothingOfTheChangeIsSent(int at) {
        byte[] plaintext = Loopback.bytes(SMALL);
        Upload upload = new Upload(client, SMALL);
        upload.part(1, plaintext).join();
        byte[] changed = plaintext.clone();
        changed[at] ^= 1;
        assertThat(failure(upload.part(1, changed)))
                .isInstanceOf(IntegrityException.class)
                .hasMessageContainingAll("part 1 of upload", "plaintext changed", "abort");
        upload.complete().join();
        assertStored(plaintext);
    }

    /** A part has no tag, whose absence would tell S3 that it is not whole. */
    @Test
    void part_whosePlaintextIsNotThatOfItsChecksum_isNotStored() {
        Upload upload = new Upload(client, SMALL);
        assertThat(failure(upload.part(
                        1, AsyncRequestBody.fromBytes(new byte[SMALL]), to -> to.checksumCRC32("AAAAAA=="))))
                .isInstanceOf(IntegrityException.class)
                .hasMessageContaining("checksumCRC32");
        assertThat(LOOPBACK.sync
                        .plain
                        .listParts(of -> of.bucket(BUCKET).key("k").uploadId(upload.id))
                        .parts())
                .isEmpty();
    }

    @Test
    void part_longerThanItsBodySays_isNotStored() {
        Upload upload = new Upload(client, SMALL);
        AsyncRequestBody longer = new AsyncRequestBody() {
            @Override
            public Optional<Long> contentLength() {
                return Optional.of((long) SMALL);
            }

            @Override
            public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
                AsyncRequestBody.fromByteBuffers(ByteBuffer.allocate(SMALL), ByteBuffer.allocate(1))
                        .subscribe(subscriber);
            }
        };
        assertThat(failure(upload.part(1, longer, to -> {})))
                .isInstanceOf(SdkClientException.class)
                .hasMessageContaining("longer than the 4096 bytes");
        assertThat(LOOPBACK.sync
                        .plain
                        .listParts(of -> of.bucket(BUCKET).key("k").uploadId(upload.id))
                        .parts())
                .isEmpty();
    }

    /** Nobody learns its id. */
    @Test
    void creation_cancelledJustAsS3Answers_leavesNoUpload() throws Exception {
        Late late = new Late(LOOPBACK.plain);
        EncryptingS3AsyncClient cancelling = LOOPBACK.encrypting().client(late).build();
        CompletableFuture<?> creating = cancelling.createMultipartUpload(
                to -> to.bucket(BUCKET).key("k").requestPayer("requester"));
        CreateMultipartUploadResponse created = late.created.get();
        assertThat(LOOPBACK.sync.uploads()).hasSize(1);
        creating.cancel(true);
        late.answer.complete(created);
        assertThat(late.aborted.get().requestPayerAsString()).isEqualTo("requester");
        assertThat(failure(cancelling.uploadPart(
                        to -> to.bucket(BUCKET)
                                .key("k")
                                .uploadId(created.uploadId())
                                .partNumber(1),
                        AsyncRequestBody.fromBytes(new byte[SMALL]))))
                .hasMessageContaining("not under way in this client");
        assertThat(LOOPBACK.sync.uploads()).isEmpty();
    }

    /** Its request is on its way: S3 may have created it, and only its answer tells the id. */
    @Test
    void creation_cancelledBeforeS3Answers_leavesNoUpload() throws Exception {
        CountDownLatch until = new CountDownLatch(1);
        LOOPBACK.sync.s3.inject(request -> request.method().equals("POST"), 1, Fault.stallAfter(10, until));
        CompletableFuture<?> creating =
                client.createMultipartUpload(to -> to.bucket(BUCKET).key("k"));
        while (LOOPBACK.sync.uploads().isEmpty()) {
            Thread.onSpinWait(); // the test's time limit ends it
        }
        assertThat(creating.cancel(true)).isTrue();
        until.countDown();
        while (!LOOPBACK.sync.uploads().isEmpty()) {
            Thread.onSpinWait();
        }
    }

    @Test
    void creation_thatTheExecutorDoesNotTake_leavesItsPlaceToAnother() {
        AtomicBoolean full = new AtomicBoolean(true);
        EncryptingS3AsyncClient busy = LOOPBACK.encrypting()
                .executor(work -> {
                    if (full.get()) {
                        throw new RejectedExecutionException("the queue is full");
                    }
                    LOOPBACK.executor.execute(work);
                })
                .build();
        for (int i = 0; i < UploadsUnderWay.MAX_UPLOADS; i++) {
            assertThat(failure(
                            busy.createMultipartUpload(to -> to.bucket(BUCKET).key("k"))))
                    .isInstanceOf(RejectedExecutionException.class);
        }
        full.set(false);
        new Upload(busy, SMALL);
        assertThat(LOOPBACK.sync.uploads()).hasSize(1);
    }

    /** Creates uploads, and answers when it is told, cancelled or not. */
    private static final class Late extends DelegatingS3AsyncClient {
        final CompletableFuture<CreateMultipartUploadResponse> created = new CompletableFuture<>();
        final CompletableFuture<AbortMultipartUploadRequest> aborted = new CompletableFuture<>();
        final CompletableFuture<CreateMultipartUploadResponse> answer = new CompletableFuture<>() {
            @Override
            public boolean cancel(boolean mayInterrupt) {
                return false;
            }
        };

        Late(S3AsyncClient client) {
            super(client);
        }

        @Override
        public CompletableFuture<CreateMultipartUploadResponse> createMultipartUpload(
                CreateMultipartUploadRequest request) {
            super.createMultipartUpload(request).thenAccept(created::complete);
            return answer;
        }

        @Override
        public CompletableFuture<AbortMultipartUploadResponse> abortMultipartUpload(
                AbortMultipartUploadRequest request) {
            return super.abortMultipartUpload(request).whenComplete((response, failure) -> aborted.complete(request));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {SMALL, 100})
    void part_cancelledWhileItsPlaintextStalls_canBeSentAgain(int length) throws Exception {
        Upload upload = new Upload(client, SMALL);
        byte[] plaintext = Loopback.bytes(SMALL + 100);
        Stalling stalling = new Stalling(length);
        int number = length == SMALL ? 1 : 2; // the second is held
        CompletableFuture<?> sending = upload.sending(number, stalling, to -> {});
        stalling.subscribed.get();
        assertThat(failure(upload.part(number, slice(plaintext, number, SMALL))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("being sent by another call");
        sending.cancel(true);
        stalling.cancelled.get();
        upload.part(2, slice(plaintext, 2, SMALL)).join();
        upload.part(1, slice(plaintext, 1, SMALL)).join();
        upload.complete().join();
        assertStored(plaintext);
    }

    /** Says that it has bytes, and brings none. */
    private static final class Stalling implements AsyncRequestBody, Subscription {
        final CompletableFuture<Void> subscribed = new CompletableFuture<>();
        final CompletableFuture<Void> cancelled = new CompletableFuture<>();
        private final long length;

        Stalling(long length) {
            this.length = length;
        }

        @Override
        public Optional<Long> contentLength() {
            return Optional.of(length);
        }

        @Override
        public void subscribe(Subscriber<? super ByteBuffer> subscriber) {
            subscriber.onSubscribe(this);
            subscribed.complete(null);
        }

        @Override
        public void request(long count) {}

        @Override
        public void cancel() {
            cancelled.complete(null);
        }
    }

    @Test
    void completion_thatFailed_canBeCalledAgain() {
        byte[] plaintext = Loopback.bytes(SMALL);
        Upload upload = new Upload(client, SMALL);
        upload.part(1, plaintext).join();
        LOOPBACK.sync.s3.injectAlways(request -> request.method().equals("POST"), Fault.status(503));
        assertThat(failure(upload.complete())).isInstanceOf(S3Exception.class);
        LOOPBACK.sync.s3.clearFaults();
        upload.complete().join();
        assertStored(plaintext);
        assertThat(failure(upload.complete())).hasMessageContaining("not under way in this client");
    }

    @Test
    void creation_withAMetadataNameOfTheEnvelope_isRefused() {
        assertThat(failure(client.createMultipartUpload(
                        to -> to.bucket(BUCKET).key("k").metadata(Map.of("x-amz-i", "mine")))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("belongs to the encryption envelope");
        assertThat(LOOPBACK.keyThreads).isEmpty();
    }

    @Test
    void creation_ofMoreThanAClientHolds_isRefused() {
        AtomicInteger count = new AtomicInteger();
        EncryptingS3AsyncClient many = LOOPBACK.encrypting()
                .client(new DelegatingS3AsyncClient(LOOPBACK.plain) {
                    @Override
                    public CompletableFuture<CreateMultipartUploadResponse> createMultipartUpload(
                            CreateMultipartUploadRequest request) {
                        return CompletableFuture.completedFuture(CreateMultipartUploadResponse.builder()
                                .uploadId("upload " + count.incrementAndGet())
                                .build());
                    }
                })
                .build();
        for (int i = 0; i < UploadsUnderWay.MAX_UPLOADS; i++) {
            many.createMultipartUpload(to -> to.bucket(BUCKET).key("k")).join();
        }
        assertThat(failure(many.createMultipartUpload(to -> to.bucket(BUCKET).key("k"))))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1000 multipart uploads under way");
        assertThat(count).hasValue(UploadsUnderWay.MAX_UPLOADS);
    }

    @Test
    void completion_withAChecksumOfThePlaintext_isRefused() {
        Upload upload = new Upload(client, SMALL);
        upload.part(1, new byte[SMALL]).join();
        assertThat(failure(client.completeMultipartUpload(of -> of.bucket(BUCKET)
                        .key("k")
                        .uploadId(upload.id)
                        .checksumCRC32("AAAAAA==")
                        .multipartUpload(list -> list.parts(upload.sent.values())))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("can't be checked any more");
        upload.complete().join();
    }

    @Test
    void completion_whileAPartIsSent_isRefused() throws Exception {
        Upload upload = new Upload(client, SMALL);
        Stalling stalling = new Stalling(SMALL);
        CompletableFuture<?> sending = upload.sending(1, stalling, to -> {});
        stalling.subscribed.get();
        assertThat(failure(upload.complete()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("still being sent");
        sending.cancel(true);
    }

    @Test
    void uploadThatS3NoLongerHas_isOverHereToo() {
        for (boolean completing : new boolean[] {true, false}) {
            Upload upload = new Upload(client, SMALL);
            upload.part(1, new byte[SMALL]).join();
            LOOPBACK.sync.plain.abortMultipartUpload(
                    of -> of.bucket(BUCKET).key("k").uploadId(upload.id));
            assertThat(failure(completing ? upload.complete() : upload.abort()))
                    .isInstanceOf(NoSuchUploadException.class);
            assertThat(failure(upload.part(1, new byte[SMALL]))).hasMessageContaining("not under way in this client");
        }
    }

    @Test
    void abortion_thatS3Refuses_leavesTheUploadUnderWay() {
        byte[] plaintext = Loopback.bytes(SMALL);
        Upload upload = new Upload(client, SMALL);
        LOOPBACK.sync.s3.injectAlways(request -> request.method().equals("DELETE"), Fault.status(403));
        assertThat(failure(upload.abort())).isInstanceOf(S3Exception.class);
        LOOPBACK.sync.s3.clearFaults();
        upload.part(1, plaintext).join();
        upload.complete().join();
        assertStored(plaintext);
    }

    @Test
    void heldPart_whoseBodyEndsEarly_canBeSentAgain() {
        byte[] plaintext = Loopback.bytes(SMALL + 100);
        Upload upload = new Upload(client, SMALL);
        assertThat(failure(upload.part(2, AsyncRequestBody.fromBytes(new byte[99]), to -> to.contentLength(100L))))
                .isInstanceOf(IllegalArgumentException.class);
        AsyncRequestBody shorter = AsyncRequestBody.fromPublisher(AsyncRequestBody.fromBytes(new byte[99]));
        assertThat(failure(upload.part(2, shorter, to -> to.contentLength(100L))))
                .hasMessageContaining("the body ended after 99 of 100 bytes");
        upload.part(2, slice(plaintext, 2, SMALL)).join();
        upload.part(1, slice(plaintext, 1, SMALL)).join();
        upload.complete().join();
        assertStored(plaintext);
    }

    @Test
    void completion_withoutAPartThatWasSent_isRefused() {
        Upload upload = new Upload(client, SMALL);
        upload.part(1, new byte[SMALL]).join();
        assertThat(failure(client.completeMultipartUpload(
                        of -> of.bucket(BUCKET).key("k").uploadId(upload.id))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("parts [1] were sent and are not in the list");
    }

    @Test
    void abortion_endsTheUploadHereAndThere() {
        Upload upload = new Upload(client, SMALL);
        client.abortMultipartUpload(of -> of.bucket(BUCKET).key("k").uploadId(upload.id))
                .join();
        assertThat(LOOPBACK.sync.uploads()).isEmpty();
        assertThat(failure(upload.part(1, new byte[SMALL]))).hasMessageContaining("not under way in this client");
    }

    @Test
    void upload_withInstructionFile_putsTheFileJustBeforeTheObjectAppears() {
        EncryptingS3AsyncClient files = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        byte[] plaintext = Loopback.bytes(100);
        Upload upload = new Upload(files, SMALL);
        upload.part(1, plaintext).join();
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
        upload.complete().join();
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).containsExactly("k", "k" + InstructionFile.SUFFIX);
        assertStored(plaintext);
    }

    @Test
    void completion_failingAfterTheFile_saysWhatWasLeftBehind() {
        EncryptingS3AsyncClient files = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        Upload upload = new Upload(files, SMALL);
        upload.part(1, new byte[100]).join();
        LOOPBACK.sync.s3.injectAlways(request -> request.method().equals("POST"), Fault.status(503));
        assertThat(failure(upload.complete()).getSuppressed())
                .anySatisfy(left -> assertThat(left).hasMessageContaining("instruction file"));
    }

    /** There is no file yet, and nothing to warn of. */
    @Test
    void completion_failingBeforeTheFile_saysNothingOfIt() {
        EncryptingS3AsyncClient files = LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build();
        Upload upload = new Upload(files, SMALL);
        upload.part(1, new byte[SMALL]).join();
        LOOPBACK.sync.s3.injectAlways(request -> request.query().containsKey("partNumber"), Fault.status(503));
        assertThat(failure(upload.complete()).getSuppressed())
                .noneSatisfy(left -> assertThat(left).hasMessageContaining("instruction file"));
        assertThat(LOOPBACK.sync.s3.keys(BUCKET)).isEmpty();
    }

    @Test
    @Tag("MPU-008")
    void keysAndDigests_afterCompletionAbortionAndClose_areWiped() {
        WatchedCipher cipher = new WatchedCipher();
        EncryptingS3AsyncClient watched = EncryptingS3AsyncClient.builder()
                .client(AsyncClients.NETTY.at(LOOPBACK.sync.s3.endpoint()))
                .keyring(LOOPBACK.sync.keyring)
                .contentCipher(cipher)
                .build();
        Upload completed = new Upload(watched, SMALL);
        completed.part(1, new byte[SMALL]).join();
        cipher.assertAlive(1);
        completed.complete().join();
        cipher.assertAllWiped(1);
        Upload aborted = new Upload(watched, SMALL);
        aborted.part(1, new byte[10]).join();
        watched.abortMultipartUpload(of -> of.bucket(BUCKET).key("k").uploadId(aborted.id))
                .join();
        cipher.assertAllWiped(2);
        new Upload(watched, SMALL).part(1, new byte[10]).join();
        cipher.assertAlive(1);
        watched.close();
        cipher.assertAllWiped(3);
    }
}
