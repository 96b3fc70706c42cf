/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** The ways to verify an object before any of it is released. */
class VerifiedReleaseTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    @TempDir
    private Path folder;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static GetObjectRequest request() {
        return GetObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private static byte[] put(int length) {
        byte[] plaintext = Loopback.bytes(length);
        LOOPBACK.encrypting.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(plaintext));
        // Without S3's checksum of it, which would find damage first.
        LOOPBACK.s3.putObject(
                BUCKET, "k", LOOPBACK.stored("k").bytes(), LOOPBACK.stored("k").metadata());
        LOOPBACK.s3.clearRequests();
        return plaintext;
    }

    private EncryptingS3Client client(VerifiedRelease release) {
        return LOOPBACK.encrypting()
                .verifiedRelease(release)
                .bufferBytes(1 << 20)
                .spoolDirectory(folder)
                .build();
    }

    private static boolean isSecond(RecordedRequest request) {
        return request.isObject("GET") && request.header("if-match") != null;
    }

    /** Reads, and says what plaintext was seen before it failed. */
    private static byte[] released(EncryptingS3Client client) {
        ByteArrayOutputStream seen = new ByteArrayOutputStream();
        assertThatThrownBy(() -> client.getObject(request(), (response, stream) -> stream.transferTo(seen)))
                .isInstanceOf(IntegrityException.class)
                .hasMessageContaining("s3://bucket/k");
        assertThatThrownBy(() -> {
                    try (InputStream stream = client.getObject(request())) {
                        stream.transferTo(seen);
                    }
                })
                .isInstanceOf(IntegrityException.class);
        return seen.toByteArray();
    }

    private static Stream<byte[]> alterations(byte[] body) {
        Stream<byte[]> bits = IntStream.range(0, body.length * 8).mapToObj(bit -> {
            byte[] altered = body.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            return altered;
        });
        return Stream.concat(
                bits,
                IntStream.rangeClosed(0, body.length + 17)
                        .filter(length -> length != body.length)
                        .mapToObj(length -> Arrays.copyOf(body, length)));
    }

    @ParameterizedTest
    @EnumSource(VerifiedRelease.class)
    void everyWay_givesThePlaintext(VerifiedRelease release) throws IOException {
        for (int length : new int[] {0, 1, 15, 16, 17, 1000, (1 << 20) - 16}) {
            byte[] plaintext = put(length);
            try (ResponseInputStream<GetObjectResponse> read = client(release).getObject(request())) {
                assertThat(read.response().contentLength()).isEqualTo(length);
                assertThat(read.response().contentRange()).isNull();
                assertThat(read.readAllBytes()).isEqualTo(plaintext);
            }
        }
    }

    /** Stored so: what was altered is met by the first reading. */
    @ParameterizedTest
    @EnumSource(VerifiedRelease.class)
    @Tag("CLI-019")
    @Tag("SEC-025")
    void everyBitAndEveryOtherLength_releasesNothing(VerifiedRelease release) {
        EncryptingS3Client client = client(release);
        put(3);
        byte[] body = LOOPBACK.stored("k").bytes();
        Map<String, String> metadata = LOOPBACK.stored("k").metadata();
        alterations(body).forEach(altered -> {
            LOOPBACK.s3.putObject(BUCKET, "k", altered, metadata);
            AtomicInteger called = new AtomicInteger();
            assertThatThrownBy(() -> client.getObject(request(), (response, stream) -> called.incrementAndGet()))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("s3://bucket/k");
            assertThat(called).hasValue(0);
        });
    }

    @ParameterizedTest
    @EnumSource(VerifiedRelease.class)
    @Tag("CLI-019")
    void anyBitOfALongObject_releasesNothing(VerifiedRelease release) {
        put(900_000);
        Random random = new Random(7);
        for (int i = 0; i < 10; i++) {
            long at = random.nextInt(900_016);
            LOOPBACK.s3.flip(BUCKET, "k", at, 1 << i % 8);
            assertThat(released(client(release))).isEmpty();
            LOOPBACK.s3.flip(BUCKET, "k", at, 1 << i % 8);
        }
    }

    @Nested
    class Buffer {
        @Test
        void longerObject_isRefusedSayingSo() {
            put((1 << 20) - 16);
            assertThat(client(VerifiedRelease.BUFFER)
                            .getObjectAsBytes(request())
                            .asByteArray())
                    .hasSize((1 << 20) - 16);
            put((1 << 20) - 15);
            assertThatThrownBy(() -> client(VerifiedRelease.BUFFER).getObject(request()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContainingAll("s3://bucket/k", "buffer of 1048576 bytes", "enlarge", "read twice");
        }

        @Test
        void noObject_touchesTheDisk() {
            put(1000);
            EncryptingS3Client client = LOOPBACK.encrypting()
                    .verifiedRelease(VerifiedRelease.BUFFER)
                    .spoolDirectory(folder.resolve("absent"))
                    .build();
            assertThat(client.getObjectAsBytes(request()).asByteArray()).hasSize(1000);
        }
    }

    @Nested
    class Spool {
        @Test
        void smallObject_goesToTheDiskToo() {
            put(10);
            EncryptingS3Client client = LOOPBACK.encrypting()
                    .verifiedRelease(VerifiedRelease.SPOOL)
                    .spoolDirectory(folder.resolve("absent"))
                    .build();
            assertThatThrownBy(() -> client.getObject(request()))
                    .isInstanceOf(SdkClientException.class)
                    .hasMessageContaining("temporary file");
        }

        /** It has arrived, and is being written. */
        @Test
        void thread_interrupted_isAnAbortAndNoTroubleWithTheDisk() {
            put(3 << 20);
            S3Client interrupting = new DelegatingS3Client(LOOPBACK.plain) {
                @Override
                public <T> T getObject(
                        GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
                    return super.getObject(request, (response, body) -> {
                        byte[] all = body.readAllBytes();
                        Thread.currentThread().interrupt();
                        return transformer.transform(
                                response, AbortableInputStream.create(new ByteArrayInputStream(all)));
                    });
                }
            };
            EncryptingS3Client client = LOOPBACK.encrypting()
                    .client(interrupting)
                    .verifiedRelease(VerifiedRelease.SPOOL)
                    .build();
            Throwable thrown = catchThrowable(() -> client.getObject(request()));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(thrown)
                    .isInstanceOf(AbortedException.class)
                    .hasMessageContainingAll("reading s3://bucket/k", "interrupted");
        }
    }

    @Nested
    class ReadTwice {
        private final EncryptingS3Client twice = LOOPBACK.encrypting()
                .verifiedRelease(VerifiedRelease.READ_TWICE)
                .bufferBytes(0)
                .spoolDirectory(Path.of("there", "is", "none"))
                .build();

        @Test
        void longObject_isReadByTwoRequestsWithoutDisk() {
            byte[] plaintext = put(2_500_000);
            assertThat(twice.getObjectAsBytes(request()).asByteArray()).isEqualTo(plaintext);
            List<RecordedRequest> requests = LOOPBACK.s3.requests();
            assertThat(requests).hasSize(2).allMatch(request -> request.isObject("GET"));
            assertThat(requests.get(0).header("if-match")).isNull();
            assertThat(requests.get(1).header("if-match"))
                    .isEqualTo(LOOPBACK.stored("k").etag());
        }

        /** The body that the second request gives is another in one bit: nothing of that segment is released. */
        @Test
        @Tag("CLI-019")
        void everyBitOfTheSecondBody_isMissed() {
            byte[] plaintext = put(9);
            for (int bit = 0; bit < 25 * 8; bit++) {
                int at = bit / 8;
                LOOPBACK.s3.clearFaults();
                LOOPBACK.s3.injectAlways(VerifiedReleaseTest::isSecond, Fault.flipResponseByte(at, 1 << bit % 8));
                ByteArrayOutputStream seen = new ByteArrayOutputStream();
                assertThatThrownBy(() -> twice.getObject(request(), (response, stream) -> stream.transferTo(seen)))
                        .isInstanceOf(IntegrityException.class)
                        .hasMessageContainingAll("s3://bucket/k", "not what was verified");
                // Behind the plaintext stands the tag, and what came before it was verified.
                assertThat(seen.toByteArray()).isEqualTo(at < 9 ? new byte[0] : plaintext);
            }
        }

        @Test
        void secondBodyOfAnotherLength_hasNoEnd() {
            byte[] plaintext = put(1_500_000);
            for (long less : new long[] {1, 16, 17, 600_000, 1_400_000}) {
                LOOPBACK.s3.clearFaults();
                LOOPBACK.s3.injectAlways(VerifiedReleaseTest::isSecond, Fault.shortenBy(less));
                ByteArrayOutputStream seen = new ByteArrayOutputStream();
                assertThatThrownBy(() -> twice.getObject(request(), (response, stream) -> stream.transferTo(seen)))
                        .isInstanceOf(IntegrityException.class);
                assertThat(seen.toByteArray()).isEqualTo(Arrays.copyOf(plaintext, seen.size()));
                assertThat(seen.size() % (1 << 20) == 0 || seen.size() == plaintext.length)
                        .as("whole segments, %d bytes", seen.size())
                        .isTrue();
            }
        }

        @Test
        void secondBodyChangedInALaterSegment_releasesThoseBefore() {
            byte[] plaintext = put(2_500_000);
            LOOPBACK.s3.injectAlways(VerifiedReleaseTest::isSecond, Fault.flipResponseByte(1_100_000, 1));
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            assertThatThrownBy(() -> twice.getObject(request(), (response, stream) -> stream.transferTo(seen)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("bytes 1048576 to 2097151");
            assertThat(seen.toByteArray()).isEqualTo(Arrays.copyOf(plaintext, 1 << 20));
        }

        /** Between the requests the object is put anew. */
        @Test
        void objectReplacedInBetween_isAClearError() {
            put(1000);
            S3Client replacing = new DelegatingS3Client(LOOPBACK.plain) {
                private int gets;

                @Override
                public <T> T getObject(
                        GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
                    if (gets++ % 2 == 1) {
                        put(1000 + gets);
                    }
                    return super.getObject(request, transformer);
                }
            };
            EncryptingS3Client client = LOOPBACK.encrypting()
                    .client(replacing)
                    .verifiedRelease(VerifiedRelease.READ_TWICE)
                    .build();
            assertThat(released(client)).isEmpty();
            assertThatThrownBy(() -> client.getObject(request()))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining(
                            "reading s3://bucket/k: the object was replaced since it was first read (412)");
        }

        @Test
        void versionId_whereTheStoreTellsIt_pinsToo() {
            put(1000);
            LOOPBACK.s3.inject(request -> request.isObject("GET"), 1, Fault.header("x-amz-version-id", "v7"));
            assertThatThrownBy(() -> twice.getObject(request())) // as MiniS3 has no versions
                    .isInstanceOf(S3Exception.class);
            assertThat(LOOPBACK.s3.requests().get(1).query()).containsEntry("versionId", "v7");
        }

        @Test
        void oneConnection_isEnough() throws IOException {
            byte[] plaintext = put(1_500_000);
            try (S3Client one = LOOPBACK.client(Apache5HttpClient.builder()
                    .maxConnections(1)
                    .connectionAcquisitionTimeout(Duration.ofSeconds(5))
                    .build())) {
                EncryptingS3Client client = LOOPBACK.encrypting()
                        .client(one)
                        .verifiedRelease(VerifiedRelease.READ_TWICE)
                        .build();
                for (int i = 0; i < 30; i++) {
                    ResponseInputStream<GetObjectResponse> stream = client.getObject(request());
                    assertThat(stream.readNBytes(i)).isEqualTo(Arrays.copyOf(plaintext, i));
                    if (i % 2 == 0) {
                        stream.close();
                    } else {
                        stream.abort();
                    }
                }
                assertThat(client.getObjectAsBytes(request()).asByteArray()).isEqualTo(plaintext);
                LOOPBACK.s3.flip(BUCKET, "k", 5, 1);
                for (int i = 0; i < 5; i++) {
                    assertThat(released(client)).isEmpty();
                }
            }
        }

        /** It said that it would hand the stream on, and then did not. */
        @Test
        void transformerThatClosesWhatItMayLeaveOpen_leavesNoKey() {
            byte[] plaintext = put(1000);
            WatchedCipher cipher = new WatchedCipher();
            EncryptingS3Client client = LOOPBACK.encrypting()
                    .contentCipher(cipher)
                    .verifiedRelease(VerifiedRelease.READ_TWICE)
                    .build();
            byte[] read = client.getObject(request(), new ResponseTransformer<>() {
                @Override
                public byte[] transform(GetObjectResponse response, AbortableInputStream stream) throws IOException {
                    try (stream) {
                        return stream.readAllBytes();
                    }
                }

                @Override
                public boolean needsConnectionLeftOpen() {
                    return true;
                }
            });
            assertThat(read).isEqualTo(plaintext);
            cipher.assertAllWiped(1);
        }

        @Test
        void brokenTransfer_inEitherRequest_isRetried() {
            byte[] plaintext = put(300_000);
            LOOPBACK.s3.inject(request -> request.isObject("GET"), 1, Fault.cutResponseAfter(100_000));
            LOOPBACK.s3.inject(VerifiedReleaseTest::isSecond, 1, Fault.status(503));
            assertThat(twice.getObjectAsBytes(request()).asByteArray()).isEqualTo(plaintext);
            assertThat(LOOPBACK.s3.requests()).hasSize(4);
        }

        @Test
        void cbcObject_isHeldAsUsual() {
            LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.CBC_BODY, KnownAnswers.V1_METADATA);
            EncryptingS3Client client = LOOPBACK.encrypting()
                    .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                    .enableLegacyUnauthenticatedModes(true)
                    .enableLegacyWrappingAlgorithms(true)
                    .verifiedRelease(VerifiedRelease.READ_TWICE)
                    .build();
            assertThat(client.getObjectAsBytes(request()).asByteArray()).isEqualTo(KnownAnswers.PLAINTEXT);
            assertThat(LOOPBACK.s3.requests()).hasSize(1);
        }

        @Test
        void transformerOfTheCaller_thatFails_isHeard() {
            put(1000);
            AtomicInteger called = new AtomicInteger();
            assertThatThrownBy(() -> twice.getObject(request(), (response, stream) -> {
                        called.incrementAndGet();
                        throw new UncheckedIOException(new IOException("disk full"));
                    }))
                    .hasStackTraceContaining("disk full");
            assertThat(called).hasPositiveValue();
        }
    }

    @Nested
    class ByRequest {
        @Test
        void request_overridesTheClient() {
            put(1000);
            GetObjectRequest twice = request().toBuilder()
                    .overrideConfiguration(VerifiedRelease.READ_TWICE)
                    .build();
            client(VerifiedRelease.BUFFER).getObjectAsBytes(twice);
            assertThat(LOOPBACK.s3.requests()).hasSize(2);
            LOOPBACK.s3.clearRequests();
            GetObjectRequest once = request().toBuilder()
                    .overrideConfiguration(VerifiedRelease.BUFFER)
                    .build();
            client(VerifiedRelease.READ_TWICE).getObjectAsBytes(once);
            assertThat(LOOPBACK.s3.requests()).hasSize(1);
        }

        @Test
        void request_mayHaveAnEncryptionContextBesides() {
            put(1000);
            GetObjectRequest both = request().toBuilder()
                    .overrideConfiguration(
                            EncryptionContext.of(Map.of("tenant", "blue")).andThen(VerifiedRelease.READ_TWICE))
                    .build();
            assertThatThrownBy(() -> client(VerifiedRelease.AUTOMATIC).getObject(both))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CANNOT_BIND_CONTEXT));
        }
    }
}
