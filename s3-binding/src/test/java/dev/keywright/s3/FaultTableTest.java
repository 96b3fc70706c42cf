/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.KeywrightException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Every trouble a network makes, at every request of every operation. Whatever the outcome: it is the right one or an error
 * of a known type; nothing hangs; no counter block ever meets two plaintexts; no upload, temporary file or connection is
 * left behind. A pool of two connections shows the last.
 */
@Timeout(value = 30, unit = TimeUnit.SECONDS)
class FaultTableTest {
    private static final String KEY = "k";

    /** Two segments; also long enough that no buffer of a socket takes it whole. */
    private static final byte[] PLAINTEXT = Loopback.bytes(1_200_000);

    /** Two parts. */
    private static final byte[] LONG_PLAINTEXT = Loopback.bytes(5_300_000);

    private static final byte[] NEW_PLAINTEXT = Loopback.bytes(1_200_001);

    /** How many attempts the client's retry strategy makes. */
    private static final int ATTEMPTS = 3;

    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    /** One for all cells, as each has threads. */
    private static final AsyncWireTap ASYNC_WIRE = new AsyncWireTap(NettyNioAsyncHttpClient.builder()
            .maxConcurrency(2)
            .connectionAcquisitionTimeout(Duration.ofSeconds(2))
            .readTimeout(Duration.ofMillis(600))
            .build());

    private static final S3AsyncClient ASYNC_BELOW = ASYNC_WIRE.client(LOOPBACK.s3.endpoint());

    @AutoClose
    private static final EncryptingS3AsyncClient ASYNCHRONOUS = EncryptingS3AsyncClient.builder()
            .client(ASYNC_BELOW)
            .keyring(LOOPBACK.keyring)
            .build();

    @TempDir
    private Path folder;

    private final WireTap wire = new WireTap(Apache5HttpClient.builder()
            .maxConnections(2)
            .connectionAcquisitionTimeout(Duration.ofSeconds(2))
            .socketTimeout(Duration.ofMillis(600))
            .build());

    @AutoClose
    private final S3Client below = wire.client(LOOPBACK.s3.endpoint());

    private final EncryptingS3Client client =
            LOOPBACK.encrypting().client(below).build();

    private EncryptingS3Client spooling() {
        return LOOPBACK.encrypting()
                .client(below)
                .bufferBytes(0)
                .spoolDirectory(folder)
                .build();
    }

    private static final InstructionFileConfig WRITTEN = InstructionFileConfig.DEFAULT.withWrites(true);

    /** What is done while there is trouble. */
    enum Operation {
        PUT(1, true) {
            @Override
            void run(FaultTableTest test) {
                test.client.putObject(put(), RequestBody.fromBytes(NEW_PLAINTEXT));
                test.requireStored(NEW_PLAINTEXT);
            }
        },
        PUT_WITH_INSTRUCTION_FILE(2, true) {
            @Override
            void run(FaultTableTest test) {
                EncryptingS3Client writing = LOOPBACK.encrypting()
                        .client(test.below)
                        .instructionFiles(WRITTEN)
                        .build();
                writing.putObject(put(), RequestBody.fromBytes(NEW_PLAINTEXT));
                test.requireStored(NEW_PLAINTEXT);
            }
        },
        GET_IN_MEMORY(1, true) {
            @Override
            void run(FaultTableTest test) {
                requirePlaintext(test.client.getObjectAsBytes(get()).asByteArray());
            }
        },
        GET_SPOOLED(1, true) {
            @Override
            void run(FaultTableTest test) {
                requirePlaintext(test.spooling().getObjectAsBytes(get()).asByteArray());
            }
        },
        GET_SPOOLED_STREAM(1, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                try (var stream = test.spooling().getObject(get())) {
                    requirePlaintext(stream.readAllBytes());
                }
            }
        },
        GET_WITH_INSTRUCTION_FILE(3, true) {
            @Override
            void prepare() {
                LOOPBACK.encrypting()
                        .instructionFiles(WRITTEN)
                        .build()
                        .putObject(put(), RequestBody.fromBytes(PLAINTEXT));
            }

            @Override
            void run(FaultTableTest test) {
                requirePlaintext(test.client.getObjectAsBytes(get()).asByteArray());
            }
        },
        /** A stream's later reads are the caller's: the SDK can't repeat what was given away. */
        GET_UNVERIFIED_STREAM(1, false) {
            @Override
            void run(FaultTableTest test) throws Exception {
                try (var stream = test.client.getObjectUnverified(get())) {
                    requirePlaintext(stream.readAllBytes());
                }
            }
        },
        GET_READ_TWICE(2, true) {
            @Override
            void run(FaultTableTest test) {
                requirePlaintext(test.client
                        .getObjectAsBytes(get().toBuilder()
                                .overrideConfiguration(VerifiedRelease.READ_TWICE)
                                .build())
                        .asByteArray());
            }
        },
        GET_UNVERIFIED_RANGE(1, true) {
            @Override
            void run(FaultTableTest test) {
                byte[] got = test.client.getObjectUnverified(
                        get().toBuilder().range("bytes=100-1150099").build(), (response, body) -> {
                            try {
                                return body.readAllBytes();
                            } catch (IOException e) {
                                throw RetryableException.create("cut", e);
                            }
                        });
                requireSame(Arrays.copyOfRange(PLAINTEXT, 100, 1_150_100), got);
            }
        },
        OPEN_VERIFIED_AND_READ(2, true) {
            @Override
            void run(FaultTableTest test) {
                try (VerifiedObject object = test.client.openVerified(get())) {
                    requireSame(Arrays.copyOfRange(PLAINTEXT, 100, 1_150_100), object.read(100, 1_150_000));
                }
            }
        },
        /** Two parts, and the tag with the second: created, two put, completed. */
        PUT_IN_PARTS(4, true) {
            @Override
            void run(FaultTableTest test) {
                EncryptingS3Client inParts = LOOPBACK.encrypting()
                        .client(test.below)
                        .multipartThresholdBytes(LONG_PLAINTEXT.length)
                        .partBytes(5 << 20)
                        .multipartThreads(2)
                        .build();
                inParts.putObject(put(), RequestBody.fromBytes(LONG_PLAINTEXT));
                test.requireStored(LONG_PLAINTEXT);
            }
        },
        PART_BY_PART(4, true) {
            @Override
            void run(FaultTableTest test) {
                String id = test.client
                        .createMultipartUpload(create -> create.bucket(BUCKET).key(KEY))
                        .uploadId();
                try {
                    List<CompletedPart> parts = new ArrayList<>();
                    for (int number = 1; number <= 2; number++) {
                        int part = number;
                        byte[] plaintext = Arrays.copyOfRange(
                                LONG_PLAINTEXT,
                                (number - 1) * (5 << 20),
                                number == 1 ? 5 << 20 : LONG_PLAINTEXT.length);
                        String eTag = test.client
                                .uploadPart(
                                        of -> of.bucket(BUCKET)
                                                .key(KEY)
                                                .uploadId(id)
                                                .partNumber(part),
                                        RequestBody.fromBytes(plaintext))
                                .eTag();
                        parts.add(CompletedPart.builder()
                                .partNumber(part)
                                .eTag(eTag)
                                .build());
                    }
                    test.client.completeMultipartUpload(
                            of -> of.bucket(BUCKET).key(KEY).uploadId(id).multipartUpload(all -> all.parts(parts)));
                } catch (RuntimeException e) { // as any user of these operations must
                    LOOPBACK.s3.clearFaults();
                    test.abort(id, e);
                    throw e;
                }
                test.requireStored(LONG_PLAINTEXT);
            }
        },
        HEAD(1, true) {
            @Override
            void run(FaultTableTest test) {
                test.client.headObject(of -> of.bucket(BUCKET).key(KEY));
            }
        },
        COPY(1, true) {
            @Override
            void run(FaultTableTest test) {
                test.client.copyObject(copy -> copy.sourceBucket(BUCKET)
                        .sourceKey(KEY)
                        .destinationBucket(BUCKET)
                        .destinationKey("copy"));
            }
        },
        DELETE(2, true) {
            @Override
            void run(FaultTableTest test) {
                test.client.deleteObject(of -> of.bucket(BUCKET).key(KEY));
            }
        },
        ASYNC_PUT(1, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                await(ASYNCHRONOUS.putObject(put(), AsyncRequestBody.fromBytes(NEW_PLAINTEXT)));
                test.requireStored(NEW_PLAINTEXT);
            }
        },
        ASYNC_GET(1, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                requirePlaintext(await(ASYNCHRONOUS.getObject(get(), AsyncResponseTransformer.toBytes()))
                        .asByteArray());
            }
        },
        ASYNC_GET_SPOOLED(1, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                EncryptingS3AsyncClient spooling = EncryptingS3AsyncClient.builder()
                        .client(ASYNC_BELOW)
                        .keyring(LOOPBACK.keyring)
                        .bufferBytes(0)
                        .spoolDirectory(test.folder)
                        .build();
                requirePlaintext(await(spooling.getObject(get(), AsyncResponseTransformer.toBytes()))
                        .asByteArray());
            }
        },
        ASYNC_GET_UNVERIFIED(1, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                requirePlaintext(await(ASYNCHRONOUS.getObjectUnverified(get(), AsyncResponseTransformer.toBytes()))
                        .asByteArray());
            }
        },
        ASYNC_UNVERIFIED_RANGE(1, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                requireSame(
                        Arrays.copyOfRange(PLAINTEXT, 100, 1_150_100),
                        await(ASYNCHRONOUS.getObjectUnverified(
                                        get().toBuilder()
                                                .range("bytes=100-1150099")
                                                .build(),
                                        AsyncResponseTransformer.toBytes()))
                                .asByteArray());
            }
        },
        ASYNC_PART_BY_PART(4, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                String id = await(ASYNCHRONOUS.createMultipartUpload(
                                create -> create.bucket(BUCKET).key(KEY)))
                        .uploadId();
                try {
                    List<CompletedPart> parts = new ArrayList<>();
                    for (int number = 1; number <= 2; number++) {
                        int part = number;
                        byte[] plaintext = Arrays.copyOfRange(
                                LONG_PLAINTEXT,
                                (number - 1) * (5 << 20),
                                number == 1 ? 5 << 20 : LONG_PLAINTEXT.length);
                        String eTag = await(ASYNCHRONOUS.uploadPart(
                                        of -> of.bucket(BUCKET)
                                                .key(KEY)
                                                .uploadId(id)
                                                .partNumber(part),
                                        AsyncRequestBody.fromBytes(plaintext)))
                                .eTag();
                        parts.add(CompletedPart.builder()
                                .partNumber(part)
                                .eTag(eTag)
                                .build());
                    }
                    await(ASYNCHRONOUS.completeMultipartUpload(
                            of -> of.bucket(BUCKET).key(KEY).uploadId(id).multipartUpload(all -> all.parts(parts))));
                } catch (RuntimeException e) { // as any user of these operations must
                    LOOPBACK.s3.clearFaults();
                    test.abort(id, e);
                    throw e;
                }
                test.requireStored(LONG_PLAINTEXT);
            }
        },
        ASYNC_DELETE(2, true) {
            @Override
            void run(FaultTableTest test) throws Exception {
                await(ASYNCHRONOUS.deleteObject(of -> of.bucket(BUCKET).key(KEY)));
            }
        };

        /** How many requests it makes when all is well. */
        private final int requests;
        /** Whether one trouble that passes must not be noticed. */
        private final boolean outlivesOneTrouble;

        Operation(int requests, boolean outlivesOneTrouble) {
            this.requests = requests;
            this.outlivesOneTrouble = outlivesOneTrouble;
        }

        /** Puts what is read. */
        void prepare() {
            LOOPBACK.encrypting.putObject(put(), RequestBody.fromBytes(PLAINTEXT));
        }

        /** Does it, and checks what it gave. */
        abstract void run(FaultTableTest test) throws Exception;

        private static <T> T await(CompletableFuture<T> future) throws Exception {
            try {
                return future.get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }

        private static void requirePlaintext(byte[] got) {
            requireSame(PLAINTEXT, got);
        }

        private static void requireSame(byte[] wanted, byte[] got) {
            if (!Arrays.equals(wanted, got)) {
                throw new AssertionError("read " + got.length + " bytes that are not the plaintext");
            }
        }
    }

    /** What goes wrong. */
    enum Trouble {
        STATUS_500(true) {
            @Override
            Fault fault() {
                return Fault.status(500);
            }
        },
        STATUS_503(true) {
            @Override
            Fault fault() {
                return Fault.status(503);
            }
        },
        STATUS_403(false) {
            @Override
            Fault fault() {
                return Fault.status(403);
            }
        },
        REDIRECT(false) {
            @Override
            Fault fault() {
                return Fault.redirect(URI.create("http://127.0.0.1:1/elsewhere"));
            }
        },
        ANSWER_LOST(true) {
            @Override
            Fault fault() {
                return Fault.noAnswer();
            }
        },
        ERROR_AFTER_EFFECT(true) {
            @Override
            Fault fault() {
                return Fault.statusAfterEffect(500);
            }
        },
        REQUEST_CUT(true) {
            @Override
            Fault fault() {
                return Fault.cutRequestAfter(600_000);
            }
        },
        RESPONSE_CUT_EARLY(true) {
            @Override
            Fault fault() {
                return Fault.cutResponseAfter(50);
            }
        },
        RESPONSE_CUT_LATE(true) {
            @Override
            Fault fault() {
                return Fault.cutResponseAfter(600_000);
            }
        },
        RESPONSE_STALLED(true) {
            @Override
            Fault fault() {
                return Fault.stallAfter(600_000, new CountDownLatch(1));
            }
        },
        RESPONSE_SHORTER(false) {
            @Override
            Fault fault() {
                return Fault.shortenBy(1);
            }
        },
        LENGTH_WRONG(true) {
            @Override
            Fault fault() {
                return Fault.declareLength(PLAINTEXT.length + 1000);
            }
        };

        /** Whether the SDK repeats a request that has met it. */
        private final boolean repeated;

        Trouble(boolean repeated) {
            this.repeated = repeated;
        }

        abstract Fault fault();
    }

    static Stream<Arguments> cells() {
        List<Arguments> cells = new ArrayList<>();
        for (Operation operation : Operation.values()) {
            for (Trouble trouble : Trouble.values()) {
                for (int nth = 1; nth <= operation.requests; nth++) {
                    cells.add(Arguments.of(operation, trouble, nth));
                }
            }
        }
        return cells.stream();
    }

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
        ASYNC_WIRE.attempts.clear();
    }

    @ParameterizedTest(name = "{0}, {1} at request {2}")
    @MethodSource("cells")
    void operation_troubleOnce_endsWellOrInAnErrorAndLeavesNothing(Operation operation, Trouble trouble, int nth)
            throws Exception {
        operation.prepare();
        LOOPBACK.s3.inject(FaultTableTest::isOfObject, nth, trouble.fault());
        Exception error = outcome(operation);
        if (trouble.repeated && operation.outlivesOneTrouble && !isFinal(operation, trouble, nth)) {
            assertThat(error).isNull();
        }
        requireNothingLeft(error);
    }

    @ParameterizedTest(name = "{0}, {1} from request {2} on")
    @MethodSource("cells")
    void operation_troubleThatStays_endsInAnErrorAndLeavesNothing(Operation operation, Trouble trouble, int nth)
            throws Exception {
        operation.prepare();
        LOOPBACK.s3.inject(FaultTableTest::isOfObject, nth, trouble.fault());
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            LOOPBACK.s3.inject(FaultTableTest::isOfObject, nth + attempt, trouble.fault());
        }
        Exception error = outcome(operation);
        requireNothingLeft(error);
    }

    /** Trouble that the SDK repeats for other operations, and not for this, or that we refuse. */
    private static boolean isFinal(Operation operation, Trouble trouble, int nth) {
        return switch (operation) {
            // The answer is a document, and the SDK does not repeat what it can't parse.
            case PUT_IN_PARTS, PART_BY_PART, ASYNC_PART_BY_PART ->
                trouble == Trouble.RESPONSE_CUT_EARLY && (nth == 1 || nth == 4);
            // What the headers say contradicts itself.
            case GET_UNVERIFIED_RANGE, OPEN_VERIFIED_AND_READ, ASYNC_UNVERIFIED_RANGE ->
                trouble == Trouble.LENGTH_WRONG;
            default -> false;
        };
    }

    private static boolean isOfObject(RecordedRequest request) {
        return !request.key().isEmpty();
    }

    /** The error, of a type that callers know; null if there was none. */
    private @Nullable Exception outcome(Operation operation) {
        try {
            operation.run(this);
            return null;
        } catch (KeywrightException | SdkException | IOException e) {
            return e;
        } catch (Exception e) {
            throw new AssertionError("an error of a type that nobody expects", e);
        }
    }

    /** An upload whose completion was carried out, though not told, is no more. */
    private void abort(String id, RuntimeException failure) {
        try {
            client.abortMultipartUpload(of -> of.bucket(BUCKET).key(KEY).uploadId(id));
        } catch (S3Exception e) {
            assertThat(e.statusCode()).isEqualTo(404);
            failure.addSuppressed(e);
        }
    }

    /** Past all trouble. */
    private void requireStored(byte[] plaintext) {
        LOOPBACK.s3.clearFaults();
        assertThat(LOOPBACK.encrypting.getObjectAsBytes(get()).asByteArray()).isEqualTo(plaintext);
    }

    private void requireNothingLeft(@Nullable Exception error) throws Exception {
        LOOPBACK.s3.clearFaults();
        requireNoNonceTwice();
        assertThat(folder).isEmptyDirectory();
        requireNoUploadLeft(error);
        for (int i = 0; i < 3; i++) { // more than there are connections
            client.putObject(put(), RequestBody.fromString("well"));
            assertThat(client.getObjectAsBytes(get()).asUtf8String()).isEqualTo("well");
            assertThat(ASYNCHRONOUS
                            .getObject(get(), AsyncResponseTransformer.toBytes())
                            .get()
                            .asUtf8String())
                    .isEqualTo("well");
        }
    }

    /**
     * No upload is left that the client knew of, or the error names it, which S3 would not abort. Of one whose creation was
     * not answered nobody knows; it is empty.
     */
    private static void requireNoUploadLeft(@Nullable Exception error) {
        for (MultipartUpload upload :
                LOOPBACK.plain.listMultipartUploads(in -> in.bucket(BUCKET)).uploads()) {
            String id = upload.uploadId();
            boolean known = LOOPBACK.s3.requests().stream()
                    .anyMatch(request -> id.equals(request.query().get("uploadId")));
            if (known) {
                assertThat(error).isNotNull();
                assertThat(Stream.of(error.getSuppressed()).map(Throwable::getMessage))
                        .anyMatch(message -> message.contains(id));
            }
        }
    }

    /** All bodies that were sent from one place of one message are beginnings of one and the same ciphertext. */
    private void requireNoNonceTwice() {
        Map<String, byte[]> longest = new LinkedHashMap<>();
        List<WireTap.Attempt> attempts = new ArrayList<>(wire.attempts);
        attempts.addAll(ASYNC_WIRE.attempts);
        for (WireTap.Attempt attempt : attempts) {
            String place = place(attempt.request());
            if (place == null) {
                continue;
            }
            byte[] sent = attempt.bytes();
            byte[] before = longest.getOrDefault(place, new byte[0]);
            int both = Math.min(sent.length, before.length);
            assertThat(Arrays.mismatch(sent, 0, both, before, 0, both))
                    .as("ciphertext at %s", place)
                    .isNegative();
            if (sent.length >= before.length) {
                longest.put(place, sent);
            }
        }
    }

    /** The message and the place in it; null if the body is not of an object's content. */
    private static @Nullable String place(SdkHttpRequest request) {
        String messageId = request.firstMatchingHeader("x-amz-meta-x-amz-i").orElse(null);
        if (messageId != null) {
            return messageId;
        }
        Map<String, List<String>> query = request.rawQueryParameters();
        return query.containsKey("partNumber") ? query.get("uploadId") + " " + query.get("partNumber") : null;
    }

    private static PutObjectRequest put() {
        return PutObjectRequest.builder().bucket(BUCKET).key(KEY).build();
    }

    private static GetObjectRequest get() {
        return GetObjectRequest.builder().bucket(BUCKET).key(KEY).build();
    }
}
