/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.SdkPojo;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** {@code putObject} of what is long, or of unknown length. */
class MultipartPutTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private static final int PART = 64 << 10;

    private final WatchedCipher cipher = new WatchedCipher();
    private final EncryptingS3Client client = builder().contentCipher(cipher).build();

    private static EncryptingS3Client.Builder builder() {
        return LOOPBACK.encrypting()
                .multipartThresholdBytes(2 * PART)
                .partBytes(PART)
                .multipartThreads(3);
    }

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
        LOOPBACK.s3.minimumPartBytes(PART);
    }

    private static PutObjectRequest request() {
        return PutObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private static RequestBody unknown(InputStream stream) {
        return RequestBody.fromContentProvider(() -> stream, "text/plain");
    }

    private static RequestBody unknown(byte[] plaintext) {
        return unknown(new ByteArrayInputStream(plaintext));
    }

    private static RequestBody known(InputStream stream, int length) {
        return RequestBody.fromContentProvider(() -> stream, length, "text/plain");
    }

    private static boolean isPart(RecordedRequest request) {
        return request.method().equals("PUT") && request.query().containsKey("partNumber");
    }

    private static List<String> operations() {
        return LOOPBACK.s3.requests().stream()
                .map(request -> request.method() + new TreeSet<>(request.query().keySet()))
                .distinct()
                .sorted()
                .toList();
    }

    private static void assertStored(byte[] plaintext) {
        assertThat(LOOPBACK.encrypting
                        .getObjectAsBytes(from -> from.bucket(BUCKET).key("k"))
                        .asByteArrayUnsafe())
                .isEqualTo(plaintext);
    }

    private void assertNothingLeft() {
        assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
        assertThat(LOOPBACK.uploads()).isEmpty();
        cipher.assertAllWiped(1);
    }

    @Nested
    class OfKnownLength {
        @ParameterizedTest
        @CsvSource({"131071,false", "131072,true", "131073,true", "196608,true", "400000,true"})
        void putObject_fromTheThreshold_goesInParts(int length, boolean inParts) {
            byte[] plaintext = Loopback.bytes(length);
            PutObjectResponse response = client.putObject(request(), RequestBody.fromBytes(plaintext));
            int parts = (length + PART - 1) / PART;
            if (inParts) {
                assertThat(response.eTag()).endsWith("-" + parts + "\"");
                assertThat(operations())
                        .containsExactly("POST[uploadId]", "POST[uploads]", "PUT[partNumber, uploadId]");
            } else {
                assertThat(response.eTag()).doesNotContain("-");
                assertThat(operations()).containsExactly("PUT[]");
            }
            assertThat(LOOPBACK.stored("k").length()).isEqualTo(length + 16);
            assertStored(plaintext);
            cipher.assertAllWiped(1);
        }

        @Test
        void putObject_withTheUsualSettings_isOneRequestBelow64MiB() {
            LOOPBACK.encrypting.putObject(request(), RequestBody.fromBytes(new byte[9 << 20]));
            assertThat(operations()).containsExactly("PUT[]");
            assertThat(MultipartSettings.DEFAULT).isEqualTo(new MultipartSettings(64 << 20, 8 << 20, 2));
        }

        @Test
        void putObject_plaintextShorterOrLongerThanSaid_failsAndLeavesNothing() {
            for (int length : new int[] {299_999, 300_001}) {
                assertThatThrownBy(() -> client.putObject(
                                request(),
                                RequestBody.fromContentProvider(
                                        () -> new ByteArrayInputStream(new byte[length]), 300_000, "text/plain")))
                        .isInstanceOf(SdkClientException.class)
                        .hasMessageContainingAll("s3://bucket/k", "300000");
                assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
                assertThat(LOOPBACK.uploads()).isEmpty();
            }
        }

        @Test
        @Tag("ENC-002")
        void putObject_longerThanTheSuiteTakes_isRefusedBeforeAnythingIsSent() {
            assertThatThrownBy(() -> client.putObject(
                            request(),
                            RequestBody.fromContentProvider(
                                    () -> new ByteArrayInputStream(new byte[0]), (1L << 36) - 31, "text/plain")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("68719476704");
            assertThat(LOOPBACK.s3.requests()).isEmpty();
        }
    }

    @Nested
    class OfUnknownLength {
        /** As large as they must be, whatever is asked for: 10,000 of them hold whatever comes. */
        private static final int ENOUGH = 6_871_952;

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 1000, 1 << 16, (1 << 16) + 1, ENOUGH - 1, ENOUGH, ENOUGH + 1, 2 * ENOUGH + 100})
        void putObject_anyLength_isStored(int length) {
            assertThat(new MultipartSettings(0, PART, 1).partBytes((1L << 36) - 32))
                    .isEqualTo(ENOUGH);
            byte[] plaintext = Loopback.bytes(length);
            client.putObject(request(), unknown(plaintext));
            assertThat(operations())
                    .containsExactly(
                            length < ENOUGH
                                    ? new String[] {"PUT[]"}
                                    : new String[] {"POST[uploadId]", "POST[uploads]", "PUT[partNumber, uploadId]"});
            assertThat(LOOPBACK.stored("k").length()).isEqualTo(length + 16);
            assertThat(LOOPBACK.stored("k").headers()).containsEntry("content-type", "text/plain");
            assertStored(plaintext);
        }

        /** Short reads are none of the end. */
        @Test
        void putObject_streamThatGivesLittleAtATime_isStored() {
            byte[] plaintext = Loopback.bytes(300_000);
            client.putObject(request(), unknown(new FilterInputStream(new ByteArrayInputStream(plaintext)) {
                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    return super.read(into, offset, Math.min(length, 1000));
                }
            }));
            assertStored(plaintext);
        }

        @Test
        void putObject_shortAndAnswered503_isSentAgain() {
            LOOPBACK.s3.inject(request -> request.isObject("PUT"), 1, Fault.status(503));
            client.putObject(request(), unknown(Loopback.bytes(1000)));
            assertStored(Loopback.bytes(1000));
        }
    }

    @Nested
    class Faults {
        private final byte[] plaintext = Loopback.bytes(5 * PART + 7);

        @ParameterizedTest
        @ValueSource(ints = {1, 3, 6})
        @Tag("MPU-005")
        void part_failingOnce_isSentAgainFromMemory(int nth) {
            LOOPBACK.s3.inject(MultipartPutTest::isPart, nth, Fault.status(503));
            LOOPBACK.s3.inject(MultipartPutTest::isPart, nth + 2, Fault.cutRequestAfter(1000));
            AtomicInteger opened = new AtomicInteger();
            client.putObject(
                    request(),
                    RequestBody.fromContentProvider(
                            () -> {
                                opened.incrementAndGet();
                                return new ByteArrayInputStream(plaintext);
                            },
                            plaintext.length,
                            "text/plain"));
            assertThat(opened).hasValue(1);
            assertStored(plaintext);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 6})
        void part_failingForGood_abortsTheUpload(int number) {
            LOOPBACK.s3.injectAlways(
                    request ->
                            isPart(request) && request.query().get("partNumber").equals(String.valueOf(number)),
                    Fault.status(503));
            assertThatThrownBy(() -> client.putObject(request(), RequestBody.fromBytes(plaintext)))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
            assertNothingLeft();
        }

        @Test
        void completion_failingForGood_abortsTheUpload() {
            LOOPBACK.s3.injectAlways(
                    request -> request.query().containsKey("uploadId")
                            && request.method().equals("POST"),
                    Fault.status(503));
            assertThatThrownBy(() -> client.putObject(request(), RequestBody.fromBytes(plaintext)))
                    .isInstanceOf(S3Exception.class);
            assertNothingLeft();
        }

        @Test
        void abortion_failingToo_namesTheUploadThatIsLeft() {
            LOOPBACK.s3.injectAlways(MultipartPutTest::isPart, Fault.status(503));
            LOOPBACK.s3.injectAlways(request -> request.method().equals("DELETE"), Fault.status(403));
            Throwable thrown = catchThrowable(() -> client.putObject(request(), RequestBody.fromBytes(plaintext)));
            String left = LOOPBACK.uploads().get(0).uploadId();
            assertThat(thrown.getSuppressed())
                    .anySatisfy(
                            suppressed -> assertThat(suppressed).hasMessageContainingAll(left, "could not be aborted"));
        }

        /** Whatever the abort fails with, the first failure is the one to know of. */
        @Test
        void abortion_failingOtherwise_hidesNothing() {
            IllegalArgumentException first = new IllegalArgumentException("first");
            S3Client below = new RecordingS3Client(arguments -> {
                        if (arguments.get(0) instanceof CreateMultipartUploadRequest) {
                            return CreateMultipartUploadResponse.builder()
                                    .uploadId("id")
                                    .build();
                        }
                        throw arguments.get(0) instanceof UploadPartRequest
                                ? first
                                : new IllegalStateException("the client below is closed");
                    })
                    .client;
            assertThatThrownBy(() ->
                            builder().client(below).build().putObject(request(), RequestBody.fromBytes(plaintext)))
                    .isSameAs(first)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(left -> assertThat(left)
                                    .hasMessageContaining("could not be aborted")
                                    .hasRootCauseMessage("the client below is closed")));
        }

        /** Read and not yet encrypted: nobody else may find it. */
        @ParameterizedTest
        @CsvSource({"false,100000", "false,7000000", "true,5", "true,65541"})
        void plaintext_thatWasReadBeforeAFailure_isWiped(boolean known, int failingAt) {
            List<byte[]> buffers = Collections.synchronizedList(new ArrayList<>());
            InputStream failing = new InputStream() {
                private int read;

                @Override
                public int read() {
                    throw new AssertionError("one by one");
                }

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    if (read == failingAt) {
                        throw new IOException("the disk is gone");
                    }
                    buffers.add(into);
                    int count = Math.min(length, failingAt - read);
                    Arrays.fill(into, offset, offset + count, (byte) 'p');
                    read += count;
                    return count;
                }
            };
            assertThatThrownBy(() -> builder()
                            .multipartThreads(1)
                            .build()
                            .putObject(request(), known ? known(failing, 5 * PART) : unknown(failing)))
                    .isInstanceOf(SdkClientException.class)
                    .hasMessageContaining("the disk is gone");
            assertWiped(buffers);
        }

        /** But for the small one in which the SDK reads a body of unknown length. */
        private static void assertWiped(List<byte[]> buffers) {
            assertThat(buffers)
                    .filteredOn(buffer -> buffer.length >= PART)
                    .isNotEmpty()
                    .allMatch(buffer -> Arrays.equals(buffer, new byte[buffer.length]));
        }

        @Test
        void plaintext_forWhichNoKeyIsHad_isWiped() {
            List<byte[]> buffers = new ArrayList<>();
            InputStream zeros = new InputStream() {
                @Override
                public int read() {
                    throw new AssertionError("one by one");
                }

                @Override
                public int read(byte[] into, int offset, int length) {
                    buffers.add(into);
                    Arrays.fill(into, offset, offset + length, (byte) 'p');
                    return length;
                }
            };
            Keyring closed = JcaKeyrings.platform().aes("closed", new byte[32]);
            closed.close();
            assertThatThrownBy(() -> builder().keyring(closed).build().putObject(request(), unknown(zeros)))
                    .isInstanceOf(RuntimeException.class);
            assertWiped(buffers);
            assertThat(LOOPBACK.uploads()).isEmpty();
        }

        @Test
        void plaintext_failingMidway_abortsTheUpload() {
            InputStream failing = new FilterInputStream(new ByteArrayInputStream(plaintext)) {
                private int left = 3 * PART + 5;

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    if (left == 0) {
                        throw new IOException("the disk is gone");
                    }
                    int read = super.read(into, offset, Math.min(left, length));
                    left -= read;
                    return read;
                }
            };
            assertThatThrownBy(() -> client.putObject(request(), known(failing, plaintext.length)))
                    .isInstanceOf(SdkClientException.class)
                    .hasMessageContainingAll("s3://bucket/k", "the disk is gone");
            assertNothingLeft();
        }

        @Test
        void plaintext_thatIsNotThatOfItsChecksum_abortsTheUpload() {
            assertThatThrownBy(() -> client.putObject(
                            request().toBuilder().checksumCRC32("AAAAAA==").build(), RequestBody.fromBytes(plaintext)))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("checksumCRC32");
            assertNothingLeft();
        }

        @Test
        void plaintext_ofItsChecksum_isStoredAndTheChecksumIsNotSent() {
            java.util.zip.CRC32 crc = new java.util.zip.CRC32();
            crc.update(plaintext);
            String right = java.util.Base64.getEncoder()
                    .encodeToString(java.nio.ByteBuffer.allocate(4)
                            .putInt((int) crc.getValue())
                            .array());
            client.putObject(request().toBuilder().checksumCRC32(right).build(), RequestBody.fromBytes(plaintext));
            assertStored(plaintext);
        }

        /** The second part stalls on the calling thread or on another, as it comes. */
        @RepeatedTest(10)
        void thread_interrupted_abortsTheUploadAndStaysInterrupted() throws Exception {
            CountDownLatch sending = new CountDownLatch(1);
            CountDownLatch never = new CountDownLatch(1);
            List<Object> ends = new ArrayList<>();
            InputStream stalling = new FilterInputStream(new ByteArrayInputStream(plaintext)) {
                private int left = 2 * PART;

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    if (left == 0) {
                        sending.countDown();
                        try {
                            never.await();
                        } catch (InterruptedException e) {
                            throw new java.io.InterruptedIOException();
                        }
                    }
                    int read = super.read(into, offset, Math.min(left, length));
                    left -= read;
                    return read;
                }
            };
            Thread putting = new Thread(() -> {
                ends.add(catchThrowable(() -> client.putObject(request(), known(stalling, plaintext.length))));
                ends.add(Thread.currentThread().isInterrupted());
            });
            putting.start();
            sending.await();
            putting.interrupt();
            putting.join();
            assertThat(ends.get(0)).isInstanceOf(SdkClientException.class);
            assertThat(ends.get(1)).isEqualTo(true);
            assertNothingLeft();
        }

        @Test
        void condition_thatDoesNotHold_isS3sAnswerAndTheUploadIsAborted() {
            LOOPBACK.s3.putObject(BUCKET, "k", new byte[1], Map.of());
            assertThatThrownBy(() -> client.putObject(
                            request().toBuilder().ifNoneMatch("*").build(), RequestBody.fromBytes(plaintext)))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
            assertThat(LOOPBACK.stored("k").length()).isEqualTo(1);
            assertThat(LOOPBACK.uploads()).isEmpty();
        }

        @Test
        void checksumAlgorithm_isOfTheCiphertextInEveryPart() {
            client.putObject(
                    request().toBuilder()
                            .checksumAlgorithm(ChecksumAlgorithm.SHA256)
                            .build(),
                    RequestBody.fromBytes(plaintext));
            assertStored(plaintext);
        }

        @Test
        void completion_failingAfterTheFile_saysWhatWasLeftBehind() {
            LOOPBACK.s3.injectAlways(
                    request -> request.query().containsKey("uploadId")
                            && request.method().equals("POST"),
                    Fault.status(503));
            EncryptingS3Client files = builder()
                    .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                    .build();
            assertThatThrownBy(() -> files.putObject(request(), RequestBody.fromBytes(plaintext)))
                    .isInstanceOf(S3Exception.class)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(
                                    left -> assertThat(left).hasMessageContaining("its instruction file was written")));
        }

        /** Who pays, who owns the bucket, and what the caller set for every request, the abort's too. */
        @Test
        void everyRequest_isSentAsTheCallersIs() {
            LOOPBACK.s3.injectAlways(
                    request -> request.query().containsKey("uploadId")
                            && request.method().equals("POST"),
                    Fault.status(503));
            assertThatThrownBy(() -> client.putObject(
                            request().toBuilder()
                                    .requestPayer("requester")
                                    .expectedBucketOwner("123456789012")
                                    .overrideConfiguration(configuration -> configuration.putHeader("x-traced", "yes"))
                                    .build(),
                            RequestBody.fromBytes(plaintext)))
                    .isInstanceOf(S3Exception.class);
            assertThat(operations())
                    .containsExactly(
                            "DELETE[uploadId]", "POST[uploadId]", "POST[uploads]", "PUT[partNumber, uploadId]");
            assertThat(LOOPBACK.s3.requests())
                    .allSatisfy(request -> assertThat(request.headers())
                            .containsEntry("x-traced", "yes")
                            .containsEntry("x-amz-request-payer", "requester")
                            .containsEntry("x-amz-expected-bucket-owner", "123456789012"));
        }

        @Test
        void instructionFile_isPutBeforeTheObjectAppears() {
            EncryptingS3Client files = builder()
                    .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                    .build();
            files.putObject(request(), RequestBody.fromBytes(plaintext));
            assertThat(LOOPBACK.s3.requests())
                    .filteredOn(request -> !isPart(request))
                    .extracting(request -> request.method() + " " + request.key())
                    .containsExactly("POST k", "PUT k.instruction", "POST k");
            assertStored(plaintext);
        }
    }

    /** Every field of the SDK's requests, also of a later SDK. */
    @Nested
    class Fields {
        /** Checked here, and never sent. */
        private static final List<String> OF_THE_PLAINTEXT = List.of(
                "ContentMD5",
                "ChecksumCRC32",
                "ChecksumCRC32C",
                "ChecksumCRC64NVME",
                "ChecksumSHA1",
                "ChecksumSHA256",
                "ChecksumSHA512",
                "ChecksumMD5",
                "ChecksumXXHASH64",
                "ChecksumXXHASH3",
                "ChecksumXXHASH128");

        private final List<SdkPojo> sent = new CopyOnWriteArrayList<>();
        private final CompleteMultipartUploadResponse completed =
                filled(CompleteMultipartUploadResponse.builder(), List.of()).build();
        private final RecordingS3Client below = new RecordingS3Client(arguments -> {
            sent.add((SdkPojo) arguments.get(0));
            if (arguments.get(0) instanceof CreateMultipartUploadRequest) {
                return CreateMultipartUploadResponse.builder().uploadId("id").build();
            }
            return arguments.get(0) instanceof UploadPartRequest
                    ? UploadPartResponse.builder().eTag("etag").build()
                    : completed;
        });

        /** Text fields hold their own names. */
        private static <B extends SdkPojo> B filled(B builder, List<String> without) {
            for (SdkField<?> field : builder.sdkFields()) {
                if (!without.contains(field.memberName())) {
                    if (field.marshallingType() == MarshallingType.STRING) {
                        field.set(builder, field.memberName());
                    } else if (field.marshallingType() == MarshallingType.INSTANT) {
                        field.set(builder, Instant.EPOCH);
                    } else if (field.marshallingType() == MarshallingType.BOOLEAN) {
                        field.set(builder, true);
                    }
                }
            }
            return builder;
        }

        private static Map<String, Object> set(SdkPojo pojo) {
            Map<String, Object> set = new TreeMap<>();
            for (SdkField<?> field : pojo.sdkFields()) {
                Object value = field.getValueOrDefault(pojo);
                if (value != null && !value.equals(Map.of())) {
                    set.put(field.memberName(), value);
                }
            }
            return set;
        }

        @Test
        void fieldsOfThePut_reachS3InOneRequestAtLeast() {
            PutObjectRequest request = filled(PutObjectRequest.builder(), OF_THE_PLAINTEXT)
                    .metadata(Map.of("author", "me"))
                    .build();
            builder().client(below.client).build().putObject(request, RequestBody.fromBytes(new byte[2 * PART]));
            assertThat(sent).hasSize(4).last().isInstanceOf(CompleteMultipartUploadRequest.class);
            Map<String, Object> left = set(request);
            for (SdkPojo each : sent) {
                for (SdkField<?> field : each.sdkFields()) {
                    Object wanted = set(request).get(field.memberName());
                    Object given = field.getValueOrDefault(each);
                    if (wanted != null && !field.memberName().equals("Metadata")) {
                        assertThat(given)
                                .as("%s of %s", field.memberName(), each.getClass())
                                .isEqualTo(wanted);
                    }
                    left.remove(field.memberName());
                }
                assertThat(set(each)).doesNotContainKeys(OF_THE_PLAINTEXT.toArray(String[]::new));
            }
            assertThat(left).isEmpty();
        }

        @Test
        void fieldsOfTheAnswers_reachTheCaller() {
            PutObjectResponse response = builder()
                    .client(below.client)
                    .build()
                    .putObject(request(), RequestBody.fromBytes(new byte[2 * PART]));
            Map<String, Object> wanted = set(completed);
            wanted.keySet().removeAll(List.of("Location", "Bucket", "Key"));
            assertThat(set(response)).containsAllEntriesOf(wanted);
            assertThat(wanted).containsKeys("ETag", "VersionId", "Expiration", "ServerSideEncryption");
        }
    }

    @Nested
    class Settings {
        @Test
        void partBytes_growSoThatTenThousandSuffice() {
            long max = (1L << 36) - 32;
            int grown = new MultipartSettings(0, 5 << 20, 2).partBytes(max);
            assertThat(grown % 16).isZero();
            assertThat(grown * 10_000L).isBetween(max, max + 16 * 10_000);
            assertThat(MultipartSettings.DEFAULT.partBytes(max)).isEqualTo(8 << 20);
            assertThat(new MultipartSettings(0, 7 << 20, 2).partBytes(max)).isEqualTo(7 << 20);
        }

        @Test
        void threads_areNoMoreThanParts() {
            MultipartSettings settings = new MultipartSettings(0, 16, 5);
            assertThat(settings.threads(15)).isEqualTo(1);
            assertThat(settings.threads(33)).isEqualTo(3);
            assertThat(settings.threads(Long.MAX_VALUE)).isEqualTo(5);
        }

        @ParameterizedTest
        @CsvSource({"-1,16,1", "0,0,1", "0,8,1", "0,17,1", "0,1073741840,1", "0,16,0"})
        void settings_outOfRange_areRefused(long threshold, int part, int threads) {
            assertThatThrownBy(() -> LOOPBACK.encrypting()
                            .multipartThresholdBytes(threshold)
                            .partBytes(part)
                            .multipartThreads(threads)
                            .build())
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void interruption_beforeTheFirstPart_isAnAbort() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> client.putObject(request(), RequestBody.fromBytes(new byte[2 * PART])))
                    .isInstanceOf(AbortedException.class);
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
        assertThat(LOOPBACK.uploads()).isEmpty();
    }
}
