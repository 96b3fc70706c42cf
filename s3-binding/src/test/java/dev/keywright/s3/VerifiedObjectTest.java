/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Objects that were verified once, and of which any range is then read verified. */
class VerifiedObjectTest {
    private static final int SEGMENT = 1 << 16;

    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private final EncryptingS3Client client = LOOPBACK.encrypting;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static byte[] put(int length) {
        byte[] plaintext = Loopback.bytes(length);
        LOOPBACK.encrypting.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(plaintext));
        LOOPBACK.s3.putObject(
                BUCKET, "k", LOOPBACK.stored("k").bytes(), LOOPBACK.stored("k").metadata());
        LOOPBACK.s3.clearRequests();
        return plaintext;
    }

    private static boolean isRange(RecordedRequest request) {
        return request.header("range") != null;
    }

    @Test
    void ranges_areTheSlicesAndTakeOnlyTheirSegments() throws IOException {
        byte[] plaintext = put(4 * SEGMENT + 1000);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            assertThat(object.lengthBytes()).isEqualTo(plaintext.length);
            assertThat(object.segmentBytes()).isEqualTo(SEGMENT);
            assertThat(object.digestBytes()).isBetween(5 * 64L, 5 * 256L);
            assertThat(object.response().contentLength()).isEqualTo(plaintext.length);
            LOOPBACK.s3.clearRequests();

            assertThat(object.read(SEGMENT - 1, 2)).isEqualTo(Arrays.copyOfRange(plaintext, SEGMENT - 1, SEGMENT + 1));
            assertThat(object.read(3 * SEGMENT, SEGMENT))
                    .isEqualTo(Arrays.copyOfRange(plaintext, 3 * SEGMENT, 4 * SEGMENT));
            assertThat(object.read(plaintext.length - 1, 1)).containsExactly(plaintext[plaintext.length - 1]);
            assertThat(object.read(plaintext.length, 0)).isEmpty();
            try (ResponseInputStream<GetObjectResponse> range = object.range(5, 3L * SEGMENT)) {
                assertThat(range.response().contentRange())
                        .isEqualTo("bytes 5-" + (3 * SEGMENT + 4) + "/" + plaintext.length);
                assertThat(range.response().contentLength()).isEqualTo(3L * SEGMENT);
                assertThat(range.readAllBytes()).isEqualTo(Arrays.copyOfRange(plaintext, 5, 5 + 3 * SEGMENT));
            }
            assertThat(LOOPBACK.s3.requests().stream().map(request -> request.header("range")))
                    .containsExactly(
                            "bytes=0-" + (2 * SEGMENT - 1),
                            "bytes=" + 3 * SEGMENT + "-" + (4 * SEGMENT - 1),
                            "bytes=" + 4 * SEGMENT + "-" + (plaintext.length - 1),
                            "bytes=0-" + (4 * SEGMENT - 1));
            assertThat(LOOPBACK.s3.requests())
                    .allMatch(request -> LOOPBACK.stored("k").etag().equals(request.header("if-match")));
            try (InputStream whole = object.stream()) {
                assertThat(whole.readAllBytes()).isEqualTo(plaintext);
            }
        }
    }

    @Test
    void emptyObject_isOpenedAndHasNoRange() throws IOException {
        put(0);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            assertThat(object.lengthBytes()).isZero();
            assertThat(object.read(0, 0)).isEmpty();
            assertThat(object.stream().readAllBytes()).isEmpty();
            assertThatThrownBy(() -> object.range(0, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void rangesThatThereAreNot_areRefused() {
        put(100);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            LOOPBACK.s3.clearRequests();
            for (Runnable read : List.<Runnable>of(
                    () -> object.read(0, 101),
                    () -> object.read(-1, 1),
                    () -> object.read(101, 0),
                    () -> object.range(100, 1),
                    () -> object.range(1, Long.MAX_VALUE))) {
                assertThatThrownBy(read::run).isInstanceOf(IndexOutOfBoundsException.class);
            }
            assertThatThrownBy(() -> object.range(1, 0)).isInstanceOf(IllegalArgumentException.class);
            assertThat(LOOPBACK.s3.requests()).isEmpty();
        }
    }

    @Test
    @Tag("CLI-019")
    @Tag("SEC-025")
    void everyBitAlteredBefore_isNotOpened() {
        put(9);
        for (int bit = 0; bit < 25 * 8; bit++) {
            LOOPBACK.s3.flip(BUCKET, "k", bit / 8, 1 << bit % 8);
            assertThatThrownBy(() -> client.openVerified(BUCKET, "k"))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("s3://bucket/k");
            LOOPBACK.s3.flip(BUCKET, "k", bit / 8, 1 << bit % 8);
        }
    }

    @Test
    @Tag("CLI-019")
    void everyBitAlteredAfter_releasesNothing() {
        byte[] plaintext = put(9);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            for (int bit = 0; bit < 9 * 8; bit++) {
                LOOPBACK.s3.clearFaults();
                LOOPBACK.s3.injectAlways(VerifiedObjectTest::isRange, Fault.flipResponseByte(bit / 8, 1 << bit % 8));
                ByteArrayOutputStream seen = new ByteArrayOutputStream();
                assertThatThrownBy(() -> object.range(2, 3, (response, stream) -> stream.transferTo(seen)))
                        .isInstanceOf(IntegrityException.class)
                        .hasMessageContainingAll("s3://bucket/k", "not what was verified");
                assertThat(seen.size()).isZero();
            }
            LOOPBACK.s3.clearFaults();
            assertThat(object.read(2, 3)).isEqualTo(Arrays.copyOfRange(plaintext, 2, 5));
        }
    }

    @Test
    void segmentAltered_spoilsNoOther() {
        byte[] plaintext = put(3 * SEGMENT);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            LOOPBACK.s3.injectAlways(
                    request -> "bytes=65536-131071".equals(request.header("range")), Fault.flipResponseByte(77, 2));
            assertThatThrownBy(() -> object.read(SEGMENT + 500, 1))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("bytes 65536 to 131071");
            assertThat(object.read(5, 5)).isEqualTo(Arrays.copyOfRange(plaintext, 5, 10));
            assertThat(object.read(2 * SEGMENT, 5))
                    .isEqualTo(Arrays.copyOfRange(plaintext, 2 * SEGMENT, 2 * SEGMENT + 5));
        }
    }

    @Test
    void answerOfAnotherRange_isRefused() {
        put(3 * SEGMENT);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            LOOPBACK.s3.injectAlways(
                    VerifiedObjectTest::isRange, Fault.header("Content-Range", "bytes 0-65535/196624"));
            assertThatThrownBy(() -> object.read(SEGMENT, 1))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("s3://bucket/k");
        }
    }

    @Test
    void objectReplaced_isAClearError() {
        put(1000);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            put(1001);
            assertThatThrownBy(() -> object.read(0, 10))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessage(
                            "reading s3://bucket/k: the object was replaced since it was first read (412); read it again");
        }
    }

    @Test
    void manyThreads_readAtOnce() throws Exception {
        byte[] plaintext = put(5 * SEGMENT + 77);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            List<Callable<Void>> reads = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                int seed = i;
                reads.add(() -> {
                    Random random = new Random(seed);
                    int from = random.nextInt(plaintext.length);
                    int length = random.nextInt(plaintext.length - from + 1);
                    assertThat(object.read(from, length))
                            .as("seed %d", seed)
                            .isEqualTo(Arrays.copyOfRange(plaintext, from, from + length));
                    return null;
                });
            }
            for (Future<Void> read : threads.invokeAll(reads)) {
                read.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void closed_readsNothing() throws IOException {
        put(3 * SEGMENT);
        VerifiedObject object = client.openVerified(BUCKET, "k");
        InputStream open = object.range(0, 2 * SEGMENT);
        assertThat(open.read()).isNotNegative();
        object.close();
        object.close();
        LOOPBACK.s3.clearRequests();
        assertThatIllegalStateException().isThrownBy(() -> object.read(0, 1)).withMessageContaining("s3://bucket/k");
        assertThatIllegalStateException().isThrownBy(object::stream);
        assertThat(LOOPBACK.s3.requests()).isEmpty();
        assertThatIllegalStateException().isThrownBy(open::readAllBytes);
        open.close();
    }

    @Test
    void oneConnection_isEnough() throws IOException {
        byte[] plaintext = put(5 * SEGMENT);
        try (S3Client one = LOOPBACK.client(Apache5HttpClient.builder()
                        .maxConnections(1)
                        .connectionAcquisitionTimeout(Duration.ofSeconds(5))
                        .build());
                VerifiedObject object =
                        LOOPBACK.encrypting().client(one).build().openVerified(BUCKET, "k")) {
            for (int i = 0; i < 60; i++) {
                ResponseInputStream<GetObjectResponse> stream = i % 3 == 0 ? object.stream() : object.range(i, 200_000);
                int from = i % 3 == 0 ? 0 : i;
                assertThat(stream.readNBytes(100)).isEqualTo(Arrays.copyOfRange(plaintext, from, from + 100));
                if (i % 2 == 0) {
                    stream.abort();
                } else {
                    stream.close();
                }
                assertThat(object.read(i, 10)).isEqualTo(Arrays.copyOfRange(plaintext, i, i + 10));
            }
        }
    }

    @Test
    void objectThatNothingVerifies_isRefused() {
        LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.CBC_BODY, KnownAnswers.V1_METADATA);
        EncryptingS3Client open = LOOPBACK.encrypting()
                .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .enableLegacyUnauthenticatedModes(true)
                .enableLegacyWrappingAlgorithms(true)
                .build();
        assertThatThrownBy(() -> open.openVerified(BUCKET, "k"))
                .isInstanceOf(PolicyException.class)
                .hasMessageContainingAll("s3://bucket/k", "getObject");
    }

    @Test
    void requestOfARange_isRefused() {
        assertThatThrownBy(() -> client.openVerified(GetObjectRequest.builder()
                        .bucket(BUCKET)
                        .key("k")
                        .range("bytes=0-1")
                        .build()))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContainingAll("s3://bucket/k", "without range");
    }

    @Test
    void instructionFile_isReadOnce() {
        byte[] plaintext = Loopback.bytes(1000);
        LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build()
                .putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(plaintext));
        try (VerifiedObject object = client.openVerified(BUCKET, "k")) {
            LOOPBACK.s3.clearRequests();
            assertThat(object.read(100, 10)).isEqualTo(Arrays.copyOfRange(plaintext, 100, 110));
            assertThat(LOOPBACK.s3.requests()).hasSize(1);
        }
    }
}
