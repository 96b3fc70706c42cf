/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Ranges that nothing verifies: answered as S3 would if the plaintext were stored. */
class RangeTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    /** Reads all that was ever written, and ranges by getObject too. */
    private static final EncryptingS3Client OPEN = open(LOOPBACK.encrypting());

    private static EncryptingS3Client open(EncryptingS3Client.Builder settings) {
        return settings.commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .enableLegacyWrappingAlgorithms(true)
                .enableLegacyUnauthenticatedModes(true)
                .enableUnverifiedRanges(true)
                .build();
    }

    /** The known content, 44 bytes, in each kind of body. */
    private enum Kind {
        COMMITTING,
        NOT_COMMITTING,
        CBC;

        void store() {
            switch (this) {
                case COMMITTING -> put(KnownAnswers.V3_BODY, KnownAnswers.V3_METADATA);
                case NOT_COMMITTING -> put(KnownAnswers.V2_BODY, KnownAnswers.V2_METADATA);
                case CBC -> put(KnownAnswers.CBC_BODY, KnownAnswers.V1_METADATA);
            }
        }

        private static void put(byte[] body, Map<String, String> metadata) {
            LOOPBACK.s3.putObject(BUCKET, "k", body, metadata);
        }
    }

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static GetObjectRequest request(String range) {
        return GetObjectRequest.builder().bucket(BUCKET).key("k").range(range).build();
    }

    private static List<String> ranges() {
        return LOOPBACK.s3.requests().stream()
                .map(request -> request.header("range"))
                .toList();
    }

    private static byte[] unverified(EncryptingS3Client client, String range) {
        return client.getObjectUnverified(request(range), ResponseTransformer.toBytes())
                .asByteArray();
    }

    /** What a client answers: the bytes and what the response says of them, or the error. */
    private static String answer(S3Client client, String key, String range) {
        try {
            ResponseBytes<GetObjectResponse> got =
                    client.getObjectAsBytes(request(range).toBuilder().key(key).build());
            return got.asUtf8String() + " " + got.response().contentRange() + " "
                    + got.response().contentLength();
        } catch (S3Exception e) {
            return e.statusCode() + " " + e.awsErrorDetails().errorCode();
        }
    }

    @Nested
    class AsS3Does {
        @ParameterizedTest
        @EnumSource(Kind.class)
        @Tag("RNG-001")
        @Tag("RNG-003")
        @Tag("RNG-004")
        @Tag("RGA-003")
        @Tag("RGA-010")
        void everyRange_isTheSlice(Kind kind) {
            kind.store();
            for (int from = 0; from < 44; from++) {
                for (int to = from; to < 48; to++) {
                    String range = "bytes=" + from + "-" + to;
                    assertThat(unverified(OPEN, range))
                            .as(range)
                            .isEqualTo(Arrays.copyOfRange(KnownAnswers.PLAINTEXT, from, Math.min(44, to + 1)));
                }
            }
        }

        static Stream<String> oddities() {
            return Stream.of(
                    "bytes=0-0",
                    "bytes=0-43",
                    "bytes=0-44",
                    "bytes=16-43",
                    "bytes=5-9",
                    "bytes=40-1000",
                    "bytes=43-43",
                    "bytes=43-59",
                    "bytes=0-",
                    "bytes=5-",
                    "bytes=43-",
                    "bytes=5-9223372036854775807",
                    "bytes=5-9223372036854775808",
                    "bytes=05-00009",
                    "bytes=5-99999999999999999999999999",
                    "bytes=-1",
                    "bytes=-15",
                    "bytes=-16",
                    "bytes=-17",
                    "bytes=-43",
                    "bytes=-44",
                    "bytes=-45",
                    "bytes=-61",
                    "bytes=-1000",
                    "bytes=-9223372036854775807",
                    "bytes=-99999999999999999999999999",
                    // none of the plaintext, with and without some of the tag or the padding
                    "bytes=-0",
                    "bytes=44-",
                    "bytes=44-44",
                    "bytes=44-50",
                    "bytes=47-47",
                    "bytes=48-50",
                    "bytes=50-",
                    "bytes=59-70",
                    "bytes=60-",
                    "bytes=64-",
                    "bytes=1000-2000",
                    "bytes=9223372036854775807-",
                    "bytes=9223372036854775807-9223372036854775807");
        }

        /** The plaintext itself, stored in plain, is asked for the same. */
        @ParameterizedTest
        @EnumSource(Kind.class)
        @Tag("RGA-002")
        @Tag("RGA-003")
        @Tag("RGA-005")
        @Tag("RGA-006")
        @Tag("RGA-007")
        void everyOddity_isAnsweredAsForPlaintextStoredInPlain(Kind kind) {
            kind.store();
            LOOPBACK.s3.putObject(BUCKET, "plain", KnownAnswers.PLAINTEXT, Map.of());
            oddities()
                    .forEach(range -> assertThat(answer(OPEN, "k", range))
                            .as(range)
                            .isEqualTo(answer(LOOPBACK.plain, "plain", range)));
        }

        @Test
        @Tag("RGA-002")
        void emptyObject_hasNoRange() {
            LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.V3_BODY_OF_NOTHING, KnownAnswers.V3_METADATA);
            LOOPBACK.s3.putObject(BUCKET, "plain", new byte[0], Map.of());
            for (String range : List.of("bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-0", "bytes=15-", "bytes=16-")) {
                assertThat(answer(OPEN, "k", range))
                        .as(range)
                        .isEqualTo("416 InvalidRange")
                        .isEqualTo(answer(LOOPBACK.plain, "plain", range));
            }
        }

        /** Whole blocks, in one request, without a HEAD. */
        @Test
        @Tag("RNG-002")
        @Tag("RGA-006")
        void range_isAskedForInWholeBlocksAndOneRequest() {
            Kind.COMMITTING.store();
            for (String range : List.of(
                    "bytes=20-33",
                    "bytes=16-31",
                    "bytes=0-0",
                    "bytes=17-",
                    "bytes=-5",
                    "bytes=7-9223372036854775807")) {
                unverified(OPEN, range);
            }
            assertThat(ranges())
                    .containsExactly(
                            "bytes=16-47",
                            "bytes=16-31",
                            "bytes=0-15",
                            "bytes=16-",
                            "bytes=-36",
                            "bytes=0-9223372036854775806");
            assertThat(LOOPBACK.s3.requests()).allMatch(request -> request.isObject("GET"));
        }

        @Test
        @Tag("RGA-005")
        void rangeBeyondTheBody_isS3sOwnError() {
            Kind.COMMITTING.store();
            assertThatThrownBy(() -> unverified(OPEN, "bytes=1000-")).isInstanceOfSatisfying(S3Exception.class, e -> {
                assertThat(e.statusCode()).isEqualTo(416);
                assertThat(e.requestId()).isNotNull();
            });
            assertThatThrownBy(() -> unverified(OPEN, "bytes=50-"))
                    .isInstanceOf(S3Exception.class)
                    .hasMessageContainingAll("s3://bucket/k", "bytes=50-", "44 bytes");
        }

        @Test
        void missingObject_isS3sOwnError() {
            assertThat(answer(OPEN, "k", "bytes=0-1")).isEqualTo("404 NoSuchKey");
        }

        @Test
        void response_tellsOfThePlaintext() {
            LOOPBACK.encrypting.putObject(
                    to -> to.bucket(BUCKET).key("k").metadata(Map.of("owner", "me")),
                    RequestBody.fromBytes(Loopback.bytes(1000)));
            GetObjectResponse response = OPEN.getObjectUnverified(request("bytes=-17"), ResponseTransformer.toBytes())
                    .response();
            assertThat(response.contentRange()).isEqualTo("bytes 983-999/1000");
            assertThat(response.contentLength()).isEqualTo(17);
            assertThat(response.metadata()).isEqualTo(Map.of("owner", "me"));
        }

        @Test
        void longRange_isGivenWhole() {
            byte[] plaintext = Loopback.bytes(3_000_001);
            LOOPBACK.encrypting.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(plaintext));
            assertThat(unverified(OPEN, "bytes=1000001-2900000"))
                    .isEqualTo(Arrays.copyOfRange(plaintext, 1_000_001, 2_900_001));
            assertThat(unverified(OPEN, "bytes=-2999990")).isEqualTo(Arrays.copyOfRange(plaintext, 11, 3_000_001));
        }
    }

    @Nested
    class Refused {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "bytes=9-0",
                    "bytes=99999999999999999999-99999999999999999998",
                    "bytes=0-1,3-4",
                    "bytes=0-1,",
                    "items=0-1",
                    "Bytes=0-1",
                    "bytes 0-1",
                    "bytes=",
                    "bytes=-",
                    "bytes=a-b",
                    "bytes= 0-1",
                    "bytes=0-1 ",
                    "bytes=--1",
                    "bytes=+1-2",
                    "bytes=\u0661-\u0662",
                    "0-1",
                    ""
                })
        @Tag("RGA-007")
        void otherRanges_areRefusedAndNeverWidened(String range) {
            Kind.COMMITTING.store();
            for (Runnable read : List.<Runnable>of(
                    () -> OPEN.getObjectAsBytes(request(range)), () -> OPEN.getObjectUnverified(request(range)))) {
                assertThatThrownBy(read::run)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll("s3://bucket/k", "range '" + range + "'", "never widened");
            }
            assertThat(LOOPBACK.s3.requests()).isEmpty();
        }

        @Test
        @Tag("CLI-016")
        @Tag("CLI-017")
        void getObject_withoutTheSwitch_namesTheAlternatives() {
            Kind.COMMITTING.store();
            EncryptingS3Client legacyOnly = LOOPBACK.encrypting()
                    .enableLegacyUnauthenticatedModes(true)
                    .enableLegacyWrappingAlgorithms(true)
                    .build();
            for (EncryptingS3Client client : List.of(LOOPBACK.encrypting, legacyOnly)) {
                assertThatThrownBy(() -> client.getObjectAsBytes(request("bytes=0-1")))
                        .isInstanceOf(PolicyException.class)
                        .hasMessageContainingAll(
                                "s3://bucket/k", "openVerified", "getObjectUnverified", "enable unverified ranges");
            }
            assertThat(LOOPBACK.s3.requests()).isEmpty();
            assertThat(unverified(LOOPBACK.encrypting, "bytes=4-8")).asString().isEqualTo("quick");
        }

        /** Each switch for itself. */
        @Test
        void cbcRange_needsTheSwitchesOfCbcToo() {
            Kind.CBC.store();
            EncryptingS3Client rangesOnly = LOOPBACK.encrypting()
                    .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                    .enableLegacyWrappingAlgorithms(true)
                    .enableUnverifiedRanges(true)
                    .build();
            assertThatThrownBy(() -> rangesOnly.getObjectAsBytes(request("bytes=0-1")))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("legacy unauthenticated modes");
        }

        @Test
        @Tag("DCM-002")
        void nonCommittingObject_underTheDefaultPolicy_isRefused() {
            Kind.NOT_COMMITTING.store();
            assertThatThrownBy(() -> unverified(LOOPBACK.encrypting, "bytes=0-1"))
                    .isInstanceOf(PolicyException.class);
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-amz-d", "x-amz-i"})
        @Tag("RGA-008")
        @Tag("SEC-009")
        @Tag("SEC-010")
        void commitmentThatDoesNotHold_isFoundBeforeAnyByte(String field) {
            Map<String, String> metadata = new HashMap<>(KnownAnswers.V3_METADATA);
            metadata.compute(field, (name, value) -> (value.startsWith("A") ? "B" : "A") + value.substring(1));
            LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.V3_BODY, metadata);
            AtomicInteger called = new AtomicInteger();
            assertThatThrownBy(() -> OPEN.getObjectUnverified(
                            request("bytes=0-1"), (response, stream) -> called.incrementAndGet()))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.COMMITMENT));
            assertThat(called).hasValue(0);
        }

        @Test
        @Tag("SEC-023")
        void cbcWithBadPadding_failsAsAWholeReadDoes() {
            byte[] body = KnownAnswers.CBC_BODY.clone();
            body[body.length - 17] ^= 0x40;
            LOOPBACK.s3.putObject(BUCKET, "k", body, KnownAnswers.V1_METADATA);
            for (String range : List.of("bytes=0-1", "bytes=-3", "bytes=40-")) {
                assertThatThrownBy(() -> unverified(OPEN, range))
                        .isInstanceOf(IntegrityException.class)
                        .hasMessageContaining("does not decrypt");
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "bytes 0-15/",
                    "bytes */60",
                    "bytes 16-31/60",
                    "bytes 1-16/60",
                    "bytes 0-9/60",
                    "bytes 0-15/15",
                    "bytes 15-0/60",
                    "bytes 0-16/60",
                    "bytes 0-15/99999999999999999999"
                })
        void answerOfAnotherRange_isRefused(String contentRange) {
            Kind.COMMITTING.store();
            LOOPBACK.s3.injectAlways(request -> true, Fault.header("Content-Range", contentRange));
            assertThatThrownBy(() -> unverified(OPEN, "bytes=3-12"))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("s3://bucket/k")
                    .hasMessageContaining("a range was asked for that this is not");
        }

        @Test
        void lastBlocksOfCbc_thatAreOthers_areRefused() {
            Kind.CBC.store();
            LOOPBACK.s3.injectAlways(
                    request -> "bytes=16-47".equals(request.header("range")),
                    Fault.header("Content-Range", "bytes 0-31/48"));
            assertThatThrownBy(() -> unverified(OPEN, "bytes=3-4"))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContainingAll("s3://bucket/k", "bytes 0-31");
        }

        @Test
        void answerOfTheWhole_isRefused() {
            Kind.COMMITTING.store();
            S3Client ignoring = new DelegatingS3Client(LOOPBACK.plain) {
                @Override
                public <T> T getObject(
                        GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
                    return super.getObject(request.toBuilder().range(null).build(), transformer);
                }
            };
            assertThatThrownBy(() ->
                            unverified(LOOPBACK.encrypting().client(ignoring).build(), "bytes=3-12"))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("of the whole object");
        }

        @Test
        void bodyShorterThanATag_isTruncated() {
            LOOPBACK.s3.putObject(BUCKET, "k", Arrays.copyOf(KnownAnswers.V3_BODY, 15), KnownAnswers.V3_METADATA);
            assertThatThrownBy(() -> unverified(OPEN, "bytes=0-"))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("truncated");
        }
    }

    @Nested
    class InstructionFiles {
        @Test
        void range_ofAnObjectWhoseEnvelopeIsInAFile_isReadPinned() {
            byte[] plaintext = Loopback.bytes(1000);
            LOOPBACK.encrypting()
                    .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                    .build()
                    .putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(plaintext));
            LOOPBACK.s3.clearRequests();

            assertThat(unverified(OPEN, "bytes=100-200")).isEqualTo(Arrays.copyOfRange(plaintext, 100, 201));

            List<RecordedRequest> requests = LOOPBACK.s3.requests();
            assertThat(ranges()).containsExactly("bytes=96-207", null, "bytes=96-207");
            assertThat(requests.get(2).header("if-match"))
                    .isEqualTo(LOOPBACK.stored("k").etag());
        }

        @Test
        @Tag("RGA-010")
        void cbcRange_ofAnObjectWhoseEnvelopeIsInAFile_isRead() {
            LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.CBC_BODY, Map.of());
            LOOPBACK.s3.putObject(BUCKET, "k.instruction", json(KnownAnswers.V1_METADATA), Map.of());
            assertThat(unverified(OPEN, "bytes=-4")).asString().isEqualTo("dog.");
        }

        /** The second and third request are of the object that the first has met. */
        @Test
        void cbcRange_isReadPinned() {
            Kind.CBC.store();
            assertThat(unverified(OPEN, "bytes=5-9")).isEqualTo(Arrays.copyOfRange(KnownAnswers.PLAINTEXT, 5, 10));
            assertThat(LOOPBACK.s3.requests().stream().map(request -> request.header("if-match")))
                    .containsExactly(
                            null,
                            LOOPBACK.stored("k").etag(),
                            LOOPBACK.stored("k").etag());
        }

        private static byte[] json(Map<String, String> fields) {
            StringBuilder text = new StringBuilder();
            new TreeMap<>(fields)
                    .forEach((name, value) ->
                            text.append(text.isEmpty() ? "{" : ",").append('"' + name + "\":\"" + value + '"'));
            return text.append('}').toString().getBytes(StandardCharsets.US_ASCII);
        }
    }

    @Nested
    class Connections {
        @Test
        void ranges_howeverTheyEnd_leakNoConnection() throws IOException {
            byte[] plaintext = Loopback.bytes(300_000);
            LOOPBACK.encrypting.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(plaintext));
            LOOPBACK.s3.putObject(BUCKET, "cbc", KnownAnswers.CBC_BODY, KnownAnswers.V1_METADATA);
            try (S3Client one = LOOPBACK.client(Apache5HttpClient.builder()
                    .maxConnections(1)
                    .connectionAcquisitionTimeout(Duration.ofSeconds(5))
                    .build())) {
                EncryptingS3Client client = open(LOOPBACK.encrypting().client(one));
                for (int i = 0; i < 200; i++) {
                    ResponseInputStream<GetObjectResponse> stream =
                            client.getObjectUnverified(request("bytes=" + i + "-"));
                    assertThat(stream.readNBytes(i)).isEqualTo(Arrays.copyOfRange(plaintext, i, 2 * i));
                    if (i % 2 == 0) {
                        stream.abort();
                    } else {
                        stream.close();
                    }
                    assertThatThrownBy(() -> client.getObject(request("bytes=300001-")))
                            .isInstanceOf(S3Exception.class);
                    ResponseInputStream<GetObjectResponse> legacy = client.getObject(
                            request("bytes=40-").toBuilder().key("cbc").build());
                    assertThat(legacy.read()).isEqualTo('d');
                    legacy.abort();
                }
            }
        }

        @Test
        void transferThatBreaks_isNoEnd() {
            LOOPBACK.encrypting.putObject(
                    to -> to.bucket(BUCKET).key("k"), RequestBody.fromBytes(Loopback.bytes(300_000)));
            LOOPBACK.s3.injectAlways(request -> request.isObject("GET"), Fault.cutResponseAfter(100_000));
            assertThatThrownBy(
                            () -> OPEN.getObjectUnverified(request("bytes=5-")).readAllBytes())
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> unverified(OPEN, "bytes=5-")).isInstanceOf(SdkClientException.class);
        }
    }
}
