/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.KeywrightException;
import dev.keywright.spi.PolicyException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.RetryableException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

class GetObjectTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private final EncryptingS3Client client = LOOPBACK.encrypting;

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

    private static long gets() {
        return LOOPBACK.s3.requests().stream().filter(GetObjectTest::isGet).count();
    }

    private static byte[] put(int length) {
        byte[] plaintext = Loopback.bytes(length);
        LOOPBACK.encrypting.putObject(
                PutObjectRequest.builder()
                        .bucket(BUCKET)
                        .key("k")
                        .metadata(Map.of("owner", "me"))
                        .build(),
                RequestBody.fromBytes(plaintext));
        return plaintext;
    }

    /** As stored, and without S3's checksum of it, which would find the damage first. */
    private static void store(byte[] body, Map<String, String> metadata) {
        LOOPBACK.s3.putObject(BUCKET, "k", body, metadata);
    }

    /** Puts an object and flips a bit of its stored body. */
    private static byte[] putDamaged(int length, int at) {
        byte[] plaintext = put(length);
        byte[] body = LOOPBACK.stored("k").bytes();
        body[at] ^= 0x10;
        store(body, LOOPBACK.stored("k").metadata());
        return plaintext;
    }

    private EncryptingS3Client spooling() {
        return LOOPBACK.encrypting().bufferBytes(0).spoolDirectory(folder).build();
    }

    /** Temporary files of the test's folder that are still open, by the names that they had. */
    private List<String> openSpools() throws IOException {
        Path descriptors = Path.of("/proc/self/fd");
        assumeThat(descriptors).exists();
        List<String> open = new ArrayList<>();
        try (Stream<Path> all = Files.list(descriptors)) {
            for (Path descriptor : all.toList()) {
                String target = target(descriptor);
                if (target.startsWith(folder.toString())) {
                    open.add(target);
                }
            }
        }
        try (Stream<Path> all = Files.list(folder)) {
            all.map(Path::toString).forEach(open::add);
        }
        return open;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException closedMeanwhile) {
            return "";
        }
    }

    /** The ways to read an object, each of which says what plaintext it has seen. */
    enum Consumer {
        BYTES {
            @Override
            void read(Reader reader, ByteArrayOutputStream seen, Path folder) throws IOException {
                seen.write(reader.<ResponseBytes<GetObjectResponse>>get(ResponseTransformer.toBytes())
                        .asByteArray());
            }
        },
        FILE {
            @Override
            void read(Reader reader, ByteArrayOutputStream seen, Path folder) throws IOException {
                Path file = folder.resolve("plaintext");
                try {
                    reader.<GetObjectResponse>get(ResponseTransformer.toFile(file));
                } finally {
                    if (Files.exists(file)) {
                        seen.write(Files.readAllBytes(file));
                        Files.delete(file);
                    }
                }
            }
        },
        OUTPUT_STREAM {
            @Override
            void read(Reader reader, ByteArrayOutputStream seen, Path folder) {
                reader.<GetObjectResponse>get(ResponseTransformer.toOutputStream(seen));
            }
        },
        INPUT_STREAM {
            @Override
            void read(Reader reader, ByteArrayOutputStream seen, Path folder) throws IOException {
                try (ResponseInputStream<GetObjectResponse> stream = reader.get(ResponseTransformer.toInputStream())) {
                    drain(stream, seen);
                }
            }
        },
        UNMANAGED {
            @Override
            void read(Reader reader, ByteArrayOutputStream seen, Path folder) throws IOException {
                try (InputStream stream =
                        reader.get(ResponseTransformer.unmanaged((response, content) -> (InputStream) content))) {
                    drain(stream, seen);
                }
            }
        },
        CUSTOM {
            @Override
            void read(Reader reader, ByteArrayOutputStream seen, Path folder) {
                reader.<Long>get((response, content) -> {
                    drain(content, seen);
                    return response.contentLength();
                });
            }
        },
        CUSTOM_BYTE_BY_BYTE {
            @Override
            void read(Reader reader, ByteArrayOutputStream seen, Path folder) {
                reader.<String>get((response, content) -> {
                    for (int b = content.read(); b >= 0; b = content.read()) {
                        seen.write(b);
                    }
                    return response.eTag();
                });
            }
        };

        interface Reader {
            <T> T get(ResponseTransformer<GetObjectResponse, T> transformer);
        }

        abstract void read(Reader reader, ByteArrayOutputStream seen, Path folder) throws IOException;

        static void drain(InputStream stream, ByteArrayOutputStream seen) throws IOException {
            byte[] buffer = new byte[777];
            for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
                seen.write(buffer, 0, n);
            }
        }
    }

    private static Consumer.Reader verified(EncryptingS3Client client) {
        return new Consumer.Reader() {
            @Override
            public <T> T get(ResponseTransformer<GetObjectResponse, T> transformer) {
                return client.getObject(request(), transformer);
            }
        };
    }

    private static Consumer.Reader unverified(EncryptingS3Client client) {
        return new Consumer.Reader() {
            @Override
            public <T> T get(ResponseTransformer<GetObjectResponse, T> transformer) {
                return client.getObjectUnverified(request(), transformer);
            }
        };
    }

    @Nested
    class Opens {
        @ParameterizedTest
        @EnumSource(Consumer.class)
        @Tag("API-001")
        @Tag("API-002")
        void getObject_everyConsumer_seesThePlaintext(Consumer consumer) throws Exception {
            EncryptingS3Client spooling = spooling();
            for (int length : new int[] {0, 1, 1000, 200_000}) {
                byte[] plaintext = put(length);
                for (Consumer.Reader reader : List.of(verified(client), verified(spooling), unverified(client))) {
                    ByteArrayOutputStream seen = new ByteArrayOutputStream();
                    consumer.read(reader, seen, folder);
                    assertThat(seen.toByteArray()).as(length + " bytes").isEqualTo(plaintext);
                }
            }
            assertThat(openSpools()).isEmpty();
        }

        @Test
        void getObject_everyOverload_decrypts() throws Exception {
            byte[] plaintext = put(44);
            client.getObject(request(), folder.resolve("1"));
            client.getObject(from -> from.bucket(BUCKET).key("k"), folder.resolve("2"));
            assertThat(folder.resolve("1")).hasBinaryContent(plaintext);
            assertThat(folder.resolve("2")).hasBinaryContent(plaintext);
            assertThat(client.getObjectAsBytes(request()).asByteArray()).isEqualTo(plaintext);
            assertThat(client.getObjectAsBytes(from -> from.bucket(BUCKET).key("k"))
                            .asByteArray())
                    .isEqualTo(plaintext);
            try (InputStream stream = client.getObject(request());
                    InputStream of =
                            client.getObject(from -> from.bucket(BUCKET).key("k"));
                    InputStream unverified = client.getObjectUnverified(request())) {
                assertThat(stream.readAllBytes()).isEqualTo(plaintext);
                assertThat(of.readAllBytes()).isEqualTo(plaintext);
                assertThat(unverified.readAllBytes()).isEqualTo(plaintext);
            }
        }

        @Test
        void getObject_theKnownAnswers_givesTheirPlaintext() {
            EncryptingS3Client readsBoth = LOOPBACK.encrypting()
                    .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                    .build();
            store(KnownAnswers.V3_BODY, KnownAnswers.V3_METADATA);
            assertThat(client.getObjectAsBytes(request()).asByteArray()).isEqualTo(KnownAnswers.PLAINTEXT);
            store(KnownAnswers.V3_BODY_OF_NOTHING, KnownAnswers.V3_METADATA);
            assertThat(client.getObjectAsBytes(request()).asByteArray()).isEmpty();
            store(KnownAnswers.V2_BODY, KnownAnswers.V2_METADATA);
            assertThat(readsBoth.getObjectAsBytes(request()).asByteArray()).isEqualTo(KnownAnswers.PLAINTEXT);
        }

        @Test
        @Tag("INT-003")
        void getObject_metadataNamesInCanonicalCase_areTheEnvelope() {
            put(10);
            LOOPBACK.s3.inject(GetObjectTest::isGet, 1, Fault.metadataBecomes(stored -> {
                Map<String, String> canonical = new HashMap<>();
                stored.forEach((name, value) -> canonical.put(name.replace("x-amz-", "X-Amz-"), value));
                return canonical;
            }));
            assertThat(client.getObjectAsBytes(request()).asByteArray()).isEqualTo(Loopback.bytes(10));
        }

        @Test
        @Tag("INT-022")
        void response_speaksOfThePlaintext() {
            put(1000);
            GetObjectRequest request =
                    request().toBuilder().checksumMode("ENABLED").build();
            GetObjectResponse below = LOOPBACK.plain.getObjectAsBytes(request).response();
            assertThat(below.checksumCRC32()).isNotNull();
            for (GetObjectResponse response : List.of(
                    client.getObjectAsBytes(request).response(),
                    client.getObjectUnverified(request, ResponseTransformer.toBytes())
                            .response())) {
                assertThat(response.contentLength()).isEqualTo(1000);
                assertThat(response.metadata()).isEqualTo(Map.of("owner", "me"));
                assertThat(response.eTag()).isEqualTo(below.eTag()).isNotNull();
                assertThat(response.lastModified()).isEqualTo(below.lastModified());
                assertThat(response.sdkHttpResponse().statusCode()).isEqualTo(200);
                assertThat(response.responseMetadata().requestId()).isNotBlank();
                assertThat(response.sdkFields().stream()
                                .filter(field -> field.memberName().startsWith("Checksum"))
                                .map(field -> field.getValueOrDefault(response)))
                        .hasSize(11)
                        .containsOnlyNulls();
            }
        }

        @Test
        void request_everyFieldButRangeAndPart_passesThrough() {
            GetObjectRequest full = GetObjectRequest.builder()
                    .bucket(BUCKET)
                    .key("k")
                    .versionId("v1")
                    .ifMatch("\"e\"")
                    .ifNoneMatch("\"f\"")
                    .ifModifiedSince(Instant.EPOCH)
                    .sseCustomerAlgorithm("AES256")
                    .sseCustomerKey("a2V5")
                    .sseCustomerKeyMD5("bWQ1")
                    .requestPayer("requester")
                    .expectedBucketOwner("123456789012")
                    .checksumMode("ENABLED")
                    .build();
            RecordingS3Client below = new RecordingS3Client();
            EncryptingS3Client over = EncryptingS3Client.builder()
                    .client(below.client)
                    .keyring(LOOPBACK.keyring)
                    .build();
            over.getObject(full, ResponseTransformer.toBytes());
            over.getObjectUnverified(full, ResponseTransformer.toBytes());
            assertThat(below.calls)
                    .hasSize(2)
                    .allSatisfy(call -> assertThat(call.arguments().get(0)).isSameAs(full));
        }

        @Test
        void connection_isKeptForUnverifiedStreamsOnly() {
            RecordingS3Client below = new RecordingS3Client();
            EncryptingS3Client over = EncryptingS3Client.builder()
                    .client(below.client)
                    .keyring(LOOPBACK.keyring)
                    .build();
            over.getObject(request(), ResponseTransformer.toInputStream());
            over.getObjectUnverified(request(), ResponseTransformer.toInputStream());
            over.getObjectUnverified(request(), ResponseTransformer.toBytes());
            assertThat(below.calls)
                    .extracting(call ->
                            ((ResponseTransformer<?, ?>) call.arguments().get(1)).needsConnectionLeftOpen())
                    .containsExactly(false, true, false);
        }

        @Test
        void getObject_rotatedKeys_readsBothAndWritesTheNew() {
            put(10);
            try (var next =
                    JcaKeyrings.platform().description(Map.of("key", "2")).aes("next", Loopback.bytes(32))) {
                EncryptingS3Client rotated = EncryptingS3Client.builder()
                        .client(LOOPBACK.plain)
                        .materialsManager(dev.keywright.spi.CryptographicMaterialsManager.rotating(
                                next, List.of(next, LOOPBACK.keyring), new java.security.SecureRandom()))
                        .build();
                assertThat(rotated.getObjectAsBytes(request()).asByteArray()).isEqualTo(Loopback.bytes(10));
                rotated.putObject(to -> to.bucket(BUCKET).key("k"), RequestBody.fromString("new"));
                assertThat(LOOPBACK.stored("k").metadata()).containsEntry("x-amz-m", "{\"key\":\"2\"}");
                assertThat(rotated.getObjectAsBytes(request()).asUtf8String()).isEqualTo("new");
            }
        }
    }

    @Nested
    class ReleasesNothingUnverified {
        @ParameterizedTest
        @EnumSource(Consumer.class)
        @Tag("CLI-019")
        @Tag("CLI-017")
        void getObject_damagedTag_showsNoByteToAnyConsumer(Consumer consumer) throws Exception {
            putDamaged(200_000, 200_000 + 15);
            EncryptingS3Client spooling = spooling();
            for (EncryptingS3Client reading : List.of(client, spooling)) {
                ByteArrayOutputStream seen = new ByteArrayOutputStream();
                assertThatThrownBy(() -> consumer.read(verified(reading), seen, folder))
                        .isInstanceOfSatisfying(
                                IntegrityException.class,
                                e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                        .hasMessageContaining("s3://bucket/k");
                assertThat(seen.size()).isZero();
            }
            assertThat(gets()).as("no retry").isEqualTo(2);
            assertThat(openSpools()).isEmpty();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 15, 16, 17, 40, 59, 60, 61, 76, 1000})
        @Tag("SEC-025")
        @Tag("CLI-019")
        void getObject_bodyOfAnotherLength_isRefused(int length) {
            byte[] whole = KnownAnswers.V3_BODY;
            byte[] body = length == whole.length ? flipped(whole) : Arrays.copyOf(whole, length);
            store(body, KnownAnswers.V3_METADATA);
            AtomicInteger called = new AtomicInteger();
            assertThatThrownBy(() -> client.getObject(request(), (response, content) -> called.incrementAndGet()))
                    .isInstanceOf(KeywrightException.class)
                    .isInstanceOfAny(IntegrityException.class, FormatException.class)
                    .hasMessageContaining("s3://bucket/k");
            assertThat(called).hasValue(0);
        }

        private byte[] flipped(byte[] whole) {
            byte[] changed = whole.clone();
            changed[43] ^= 1;
            return changed;
        }

        @Test
        @Tag("CLI-019")
        void getObject_anyBitOfAShortBody_isVerified() {
            for (int bit = 0; bit < KnownAnswers.V3_BODY.length * 8; bit += 7) {
                byte[] body = KnownAnswers.V3_BODY.clone();
                body[bit / 8] ^= (byte) (1 << (bit % 8));
                store(body, KnownAnswers.V3_METADATA);
                assertThatThrownBy(() -> client.getObjectAsBytes(request()))
                        .as("bit " + bit)
                        .isInstanceOf(IntegrityException.class);
            }
        }

        @Test
        void getObject_damageThatS3sChecksumShows_isTheClientBelowsError() {
            put(1000);
            LOOPBACK.s3.flip(BUCKET, "k", 3, 1);
            GetObjectRequest request =
                    request().toBuilder().checksumMode("ENABLED").build();
            AtomicInteger called = new AtomicInteger();
            assertThatThrownBy(() -> client.getObject(request, (response, content) -> called.incrementAndGet()))
                    .isInstanceOf(SdkClientException.class)
                    .hasMessageContaining("checksum");
            assertThat(called).hasValue(0);
        }
    }

    @Nested
    class Refuses {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 15})
        @Tag("SEC-025")
        void body_withoutRoomForItsTag_isTruncated_whetherVerifiedOrNot(int length) {
            store(Arrays.copyOf(KnownAnswers.V3_BODY, length), KnownAnswers.V3_METADATA);
            for (Consumer.Reader reader : List.of(verified(client), verified(spooling()), unverified(client))) {
                assertThatThrownBy(() -> reader.get(ResponseTransformer.toBytes()))
                        .isInstanceOfSatisfying(
                                IntegrityException.class,
                                e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT));
            }
        }

        @Test
        @Tag("RGA-011")
        void part_isRefusedNamingWhatToDo() {
            GetObjectRequest part = request().toBuilder().partNumber(1).build();
            GetObjectRequest rangeOfPart = part.toBuilder().range("bytes=0-1").build();
            for (Runnable read : List.<Runnable>of(
                    () -> client.getObjectAsBytes(part),
                    () -> client.getObjectUnverified(part),
                    () -> client.getObjectUnverified(rangeOfPart),
                    () -> client.openVerified(part))) {
                assertThatThrownBy(read::run)
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContainingAll("s3://bucket/k", "without partNumber");
            }
            assertThat(LOOPBACK.s3.requests()).isEmpty();
        }

        @Test
        @Tag("RNG-005")
        void contentRange_thatWasNotAskedFor_isRefused() {
            put(100);
            LOOPBACK.s3.injectAlways(GetObjectTest::isGet, Fault.header("Content-Range", "bytes 0-115/116"));
            assertThatThrownBy(() -> client.getObjectAsBytes(request()))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("is of a range, and none was asked for");
            assertThatThrownBy(() -> client.getObjectUnverified(request())).isInstanceOf(FormatException.class);
        }

        @Test
        @Tag("SEC-021")
        void plainObject_isRefused() {
            store(Loopback.bytes(100), Map.of("owner", "me"));
            assertThatThrownBy(() -> client.getObjectAsBytes(request()))
                    .isInstanceOfSatisfying(
                            FormatException.class,
                            e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.NOT_ENCRYPTED))
                    .hasMessageContaining("s3://bucket/k");
            assertThatThrownBy(() -> client.getObjectUnverified(request())).isInstanceOf(FormatException.class);
        }

        @Test
        @Tag("DCM-001")
        @Tag("DCM-002")
        void nonCommittingObject_underTheDefaultPolicy_isRefusedBeforeUnwrapping() {
            store(KnownAnswers.V2_BODY, KnownAnswers.V2_METADATA);
            AtomicInteger unwraps = new AtomicInteger();
            EncryptingS3Client counting = EncryptingS3Client.builder()
                    .client(LOOPBACK.plain)
                    .materialsManager(dev.keywright.spi.CryptographicMaterialsManager.rotating(
                            LOOPBACK.keyring,
                            List.of((wrapped, asked) -> {
                                unwraps.incrementAndGet();
                                return LOOPBACK.keyring.unwrap(wrapped, asked);
                            }),
                            new java.security.SecureRandom()))
                    .build();
            assertThatThrownBy(() -> counting.getObjectAsBytes(request()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("REQUIRE_ENCRYPT_ALLOW_DECRYPT");
            assertThat(unwraps).hasValue(0);
        }

        @Test
        void wrongKey_isRefused() {
            put(100);
            try (var other = JcaKeyrings.platform().aes("other", Loopback.bytes(32))) {
                EncryptingS3Client wrong = EncryptingS3Client.builder()
                        .client(LOOPBACK.plain)
                        .keyring(other)
                        .build();
                assertThatThrownBy(() -> wrong.getObjectAsBytes(request()))
                        .isInstanceOfSatisfying(
                                IntegrityException.class,
                                e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY));
            }
        }

        @Test
        void keyOfAnotherDescription_isNotAsked() {
            put(100);
            try (var other = JcaKeyrings.platform()
                    .description(Map.of("key", "other"))
                    .reads(Keyrings.Reads.OWN_DESCRIPTION)
                    .aes("other", KnownAnswers.AES_MASTER_KEY)) {
                EncryptingS3Client wrong = EncryptingS3Client.builder()
                        .client(LOOPBACK.plain)
                        .keyring(other)
                        .build();
                assertThatThrownBy(() -> wrong.getObjectAsBytes(request()))
                        .isInstanceOfSatisfying(
                                KeyringException.class,
                                e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.NO_MATCHING_KEY));
            }
        }

        @Test
        void missingObject_isTheSdksError() {
            assertThatThrownBy(() -> client.getObjectAsBytes(request())).isInstanceOf(NoSuchKeyException.class);
            put(10);
            String etag = LOOPBACK.stored("k").etag();
            assertThatThrownBy(() -> client.getObjectAsBytes(
                            request().toBuilder().ifNoneMatch(etag).build()))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(304));
            assertThatThrownBy(() -> client.getObjectAsBytes(
                            request().toBuilder().versionId("v1").build()))
                    .isInstanceOf(S3Exception.class);
        }

        @Test
        void missingFolderForTemporaryFiles_isSaidOnceAndClearly() {
            put(100);
            EncryptingS3Client nowhere = LOOPBACK.encrypting()
                    .bufferBytes(0)
                    .spoolDirectory(folder.resolve("missing"))
                    .build();
            assertThatThrownBy(() -> nowhere.getObjectAsBytes(request()))
                    .isExactlyInstanceOf(SdkClientException.class)
                    .hasMessageContainingAll("s3://bucket/k", "temporary file")
                    .hasRootCauseInstanceOf(IOException.class);
            assertThat(gets()).isEqualTo(1);
        }
    }

    @Nested
    class Retries {
        @Test
        void getObject_firstAnswer503_isRepeated() {
            byte[] plaintext = put(1000);
            LOOPBACK.s3.inject(GetObjectTest::isGet, 1, Fault.status(503));
            assertThat(client.getObjectAsBytes(request()).asByteArray()).isEqualTo(plaintext);
        }

        @ParameterizedTest
        @EnumSource(Consumer.class)
        void getObject_connectionCutMidway_isRepeatedAndSeenOnce(Consumer consumer) throws Exception {
            byte[] plaintext = put(400_000);
            for (EncryptingS3Client reading : List.of(client, spooling())) {
                LOOPBACK.s3.clearRequests();
                LOOPBACK.s3.inject(GetObjectTest::isGet, 1, Fault.cutResponseAfter(150_000));
                ByteArrayOutputStream seen = new ByteArrayOutputStream();
                consumer.read(verified(reading), seen, folder);
                assertThat(seen.toByteArray()).isEqualTo(plaintext);
                assertThat(LOOPBACK.s3.requests()).hasSize(2);
            }
            assertThat(openSpools()).isEmpty();
        }

        @Test
        void getObject_connectionAlwaysCut_isTheSdksErrorNamingTheObject() {
            put(400_000);
            LOOPBACK.s3.injectAlways(GetObjectTest::isGet, Fault.cutResponseAfter(150_000));
            assertThatThrownBy(() -> client.getObjectAsBytes(request()))
                    .isInstanceOf(SdkClientException.class)
                    .hasMessageContaining("reading s3://bucket/k: the connection failed");
            assertThat(gets()).isEqualTo(3);
        }

        @Test
        void getObject_refusedOnARetry_isOurError() {
            putDamaged(1000, 5);
            LOOPBACK.s3.inject(GetObjectTest::isGet, 1, Fault.status(503));
            assertThatThrownBy(() -> client.getObjectAsBytes(request())).isInstanceOf(IntegrityException.class);
        }

        @Test
        void transformer_thatAsksForARetry_isCalledAgainWithTheWholePlaintext() throws Exception {
            byte[] plaintext = put(1000);
            AtomicInteger calls = new AtomicInteger();
            byte[] seen = spooling().getObject(request(), (response, content) -> {
                content.readNBytes(10);
                if (calls.incrementAndGet() == 1) {
                    throw RetryableException.create("once more");
                }
                byte[] rest = content.readAllBytes();
                return rest;
            });
            assertThat(calls).hasValue(2);
            assertThat(seen).isEqualTo(Arrays.copyOfRange(plaintext, 10, 1000));
            assertThat(openSpools()).isEmpty();
        }

        @Test
        void transformer_thatThrows_isReportedAsTheSdkDoes() throws Exception {
            put(1000);
            IllegalStateException own = new IllegalStateException("the caller's own");
            assertThatThrownBy(() -> spooling().getObject(request(), (response, content) -> {
                        throw own;
                    }))
                    .isInstanceOf(SdkClientException.class)
                    .hasRootCause(own);
            assertThat(openSpools()).isEmpty();
        }
    }

    @Nested
    class StreamsUnverified {
        @Test
        @Tag("CLI-016")
        @Tag("CLI-018")
        void unverified_givesPlaintextWhileTheRestIsStillToCome() throws Exception {
            byte[] plaintext = put(3_000_000);
            CountDownLatch rest = new CountDownLatch(1);
            LOOPBACK.s3.inject(GetObjectTest::isGet, 1, Fault.stallAfter(2_000_000, rest));
            try (InputStream stream = client.getObjectUnverified(request())) {
                assertThat(stream.readNBytes(500_000)).isEqualTo(Arrays.copyOf(plaintext, 500_000));
                rest.countDown();
                assertThat(stream.readAllBytes()).isEqualTo(Arrays.copyOfRange(plaintext, 500_000, 3_000_000));
            }
        }

        @ParameterizedTest
        @EnumSource(Consumer.class)
        void unverified_damagedTag_endsInOurErrorUnwrapped(Consumer consumer) {
            putDamaged(200_000, 200_000 + 15);
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            assertThatThrownBy(() -> consumer.read(unverified(client), seen, folder))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT));
            assertThat(gets()).as("no retry").isEqualTo(1);
        }

        @Test
        void unverified_gatesAndKey_arePassedFirst() {
            store(KnownAnswers.V2_BODY, KnownAnswers.V2_METADATA);
            assertThatThrownBy(() -> client.getObjectUnverified(request())).isInstanceOf(PolicyException.class);
        }
    }

    @Nested
    class LetsGo {
        /** As many connections as a read may hold, so that one that leaks is missed by the next. */
        private S3Client oneConnection() {
            return LOOPBACK.client(Apache5HttpClient.builder()
                    .maxConnections(1)
                    .connectionAcquisitionTimeout(Duration.ofSeconds(5))
                    .build());
        }

        @Test
        void streams_closedOrAbortedMidway_leakNeitherConnectionNorFile() throws Exception {
            put(300_000);
            try (S3Client small = oneConnection()) {
                EncryptingS3Client reading = LOOPBACK.encrypting()
                        .client(small)
                        .bufferBytes(0)
                        .spoolDirectory(folder)
                        .build();
                for (int i = 0; i < 200; i++) {
                    ResponseInputStream<GetObjectResponse> stream =
                            i % 2 == 0 ? reading.getObject(request()) : reading.getObjectUnverified(request());
                    assertThat(stream.readNBytes(i)).isEqualTo(Arrays.copyOf(Loopback.bytes(300_000), i));
                    if (i % 4 < 2) {
                        stream.abort();
                    } else {
                        stream.close();
                    }
                    assertThatThrownBy(stream::read).isInstanceOf(IOException.class);
                }
                assertThat(openSpools()).isEmpty();
            }
        }

        @Test
        void reads_thatAreRefused_leakNothing() throws Exception {
            putDamaged(300_000, 9);
            try (S3Client small = oneConnection();
                    var other = JcaKeyrings.platform().aes("other", Loopback.bytes(32))) {
                EncryptingS3Client.Builder settings =
                        LOOPBACK.encrypting().client(small).bufferBytes(0).spoolDirectory(folder);
                EncryptingS3Client damaged = settings.build();
                EncryptingS3Client wrongKey = settings.keyring(other).build();
                for (int i = 0; i < 20; i++) {
                    for (EncryptingS3Client reading : List.of(damaged, wrongKey)) {
                        assertThatThrownBy(() -> reading.getObject(request())).isInstanceOf(IntegrityException.class);
                        assertThatThrownBy(() -> reading.getObjectUnverified(request(), ResponseTransformer.toBytes()))
                                .isInstanceOf(IntegrityException.class);
                    }
                }
                assertThat(openSpools()).isEmpty();
            }
        }

        @Test
        void verifiedStream_holdsNoConnectionWhileItIsRead() throws Exception {
            put(300_000);
            try (S3Client small = oneConnection()) {
                EncryptingS3Client reading = LOOPBACK.encrypting().client(small).build();
                try (InputStream first = reading.getObject(request());
                        InputStream second = reading.getObject(request())) {
                    assertThat(first.readAllBytes()).isEqualTo(second.readAllBytes());
                }
            }
        }

        @Test
        void verifiedStream_unclosed_holdsItsFile() throws Exception {
            put(300_000);
            try (InputStream stream = spooling().getObject(request())) {
                assertThat(openSpools()).as("the check sees an open file").hasSize(1);
                assertThat(stream.read()).isNotNegative();
            }
            assertThat(openSpools()).isEmpty();
        }
    }
}
