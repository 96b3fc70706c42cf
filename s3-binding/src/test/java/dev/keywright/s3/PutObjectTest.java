/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.testing.RecordedRequest;
import dev.keywright.testing.StoredObject;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkField;
import software.amazon.awssdk.core.protocol.MarshallingType;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

class PutObjectTest {
    // One for each test: a put that fails midway may reach the server's log after the next test has begun.
    @AutoClose
    private final Loopback loopback = new Loopback();

    private final EncryptingS3Client client = loopback.encrypting;

    @TempDir
    Path folder;

    private static PutObjectRequest.Builder request() {
        return PutObjectRequest.builder().bucket(BUCKET).key("k");
    }

    private void assertNothingSent() {
        assertThat(loopback.s3.requests()).isEmpty();
    }

    /** Gives what was laid down for a length, and else zeros and one. */
    private static SecureRandom scripted(Map<Integer, byte[]> answers) {
        return new SecureRandom() {
            @Override
            public void nextBytes(byte[] bytes) {
                byte[] answer = answers.getOrDefault(bytes.length, new byte[bytes.length]);
                System.arraycopy(answer, 0, bytes, 0, bytes.length);
            }
        };
    }

    private static byte[] counting(int from, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (from + i);
        }
        return bytes;
    }

    @Nested
    class Stores {
        @Test
        @Tag("API-003")
        @Tag("API-004")
        void putObject_v3_storesCiphertextAndExactlyTheEnvelope() {
            byte[] plaintext = Loopback.bytes(1000);
            client.putObject(request().metadata(Map.of("owner", "me")).build(), RequestBody.fromBytes(plaintext));
            StoredObject stored = loopback.stored("k");
            assertThat(stored.metadata().keySet())
                    .isEqualTo(Set.of("owner", "x-amz-c", "x-amz-d", "x-amz-i", "x-amz-w", "x-amz-3"));
            assertThat(stored.metadata()).containsEntry("owner", "me").containsEntry("x-amz-c", "115");
            assertThat(stored.length()).isEqualTo(1016);
            assertThat(new String(stored.bytes(), StandardCharsets.ISO_8859_1))
                    .doesNotContain(new String(plaintext, 0, 8, StandardCharsets.ISO_8859_1));
        }

        @Test
        @Tag("INT-018")
        void putObject_v2_storesExactlyTheEnvelope() {
            loopback.encrypting()
                    .commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                    .build()
                    .putObject(request().build(), RequestBody.fromString("x"));
            assertThat(loopback.stored("k").metadata().keySet())
                    .isEqualTo(Set.of(
                            "x-amz-key-v2",
                            "x-amz-iv",
                            "x-amz-tag-len",
                            "x-amz-wrap-alg",
                            "x-amz-cek-alg",
                            "x-amz-matdesc"));
        }

        @Test
        @Tag("CLI-038")
        void putObject_knownRandomness_givesTheKnownAnswers() {
            Keyring keyring = JcaKeyrings.platform()
                    .random(scripted(Map.of(12, counting(0xc0, 12))))
                    .aes("known", KnownAnswers.AES_MASTER_KEY);
            SecureRandom random = scripted(Map.of(32, counting(0, 32), 28, counting(0x40, 28), 12, counting(0xa0, 12)));
            EncryptingS3Client.Builder known = EncryptingS3Client.builder()
                    .client(loopback.plain)
                    .keyring(keyring)
                    .random(random);
            known.build().putObject(request().build(), RequestBody.fromBytes(KnownAnswers.PLAINTEXT));
            assertThat(loopback.stored("k").metadata()).isEqualTo(KnownAnswers.V3_METADATA);
            assertThat(loopback.stored("k").bytes()).isEqualTo(KnownAnswers.V3_BODY);
            known.build().putObject(request().build(), RequestBody.empty());
            assertThat(loopback.stored("k").bytes()).isEqualTo(KnownAnswers.V3_BODY_OF_NOTHING);
            known.commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                    .build()
                    .putObject(request().build(), RequestBody.fromBytes(KnownAnswers.PLAINTEXT));
            assertThat(loopback.stored("k").metadata()).isEqualTo(KnownAnswers.V2_METADATA);
            assertThat(loopback.stored("k").bytes()).isEqualTo(KnownAnswers.V2_BODY);
        }

        @Test
        void putObject_everyOverload_encrypts() throws Exception {
            Path file = Files.writeString(folder.resolve("plain.txt"), "plaintext");
            client.putObject(request().build(), file);
            client.putObject(to -> to.bucket(BUCKET).key("k2"), file);
            client.putObject(to -> to.bucket(BUCKET).key("k3"), RequestBody.fromString("plaintext"));
            client.putObject(
                    request().key("k4").build(),
                    RequestBody.fromInputStream(
                            new ByteArrayInputStream("plaintext".getBytes(StandardCharsets.US_ASCII)), 9));
            client.putObject(
                    request().key("k5").contentLength(9L).build(),
                    RequestBody.fromContentProvider(
                            () -> new ByteArrayInputStream("plaintext".getBytes(StandardCharsets.US_ASCII)),
                            "text/plain"));
            assertThat(loopback.s3.keys(BUCKET)).containsExactly("k", "k2", "k3", "k4", "k5");
            for (String key : loopback.s3.keys(BUCKET)) {
                assertThat(loopback.stored(key).length()).as(key).isEqualTo(25);
                assertThat(client.getObjectAsBytes(from -> from.bucket(BUCKET).key(key))
                                .asUtf8String())
                        .as(key)
                        .isEqualTo("plaintext");
            }
        }

        @Test
        void putObject_contentType_isTheBodysUnlessTheRequestHasOne() {
            client.putObject(request().build(), RequestBody.fromString("{}"));
            assertThat(loopback.stored("k").headers()).containsEntry("content-type", "text/plain; charset=UTF-8");
            client.putObject(request().contentType("application/json").build(), RequestBody.fromString("{}"));
            assertThat(loopback.stored("k").headers()).containsEntry("content-type", "application/json");
        }

        @Test
        void putObject_twice_sharesNothing() {
            client.putObject(request().key("a").build(), RequestBody.fromString("same"));
            client.putObject(request().key("b").build(), RequestBody.fromString("same"));
            Map<String, String> a = loopback.stored("a").metadata();
            Map<String, String> b = loopback.stored("b").metadata();
            for (String name : List.of("x-amz-i", "x-amz-d", "x-amz-3")) {
                assertThat(a.get(name)).as(name).isNotEqualTo(b.get(name));
            }
            assertThat(loopback.stored("a").bytes())
                    .isNotEqualTo(loopback.stored("b").bytes());
        }

        @Test
        void putObject_ifNoneMatch_isS3sToRefuse() {
            client.putObject(request().build(), RequestBody.fromString("first"));
            assertThatThrownBy(() ->
                            client.putObject(request().ifNoneMatch("*").build(), RequestBody.fromString("second")))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        }
    }

    @Nested
    class PassesOn {
        /** What is said of the body, and so changes. */
        private final Set<String> ofTheBody = Set.of(
                "ContentLength",
                "Metadata",
                "ContentMD5",
                "ChecksumMD5",
                "ChecksumSHA1",
                "ChecksumSHA256",
                "ChecksumSHA512",
                "ChecksumCRC32",
                "ChecksumCRC32C");

        /** Refused when set. */
        private final Set<String> refused = Set.of(
                "WriteOffsetBytes", "ChecksumCRC64NVME", "ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128");

        @Test
        void putObject_everyOtherField_passesThrough() {
            Map<String, Object> values = new LinkedHashMap<>();
            PutObjectRequest.Builder request = PutObjectRequest.builder();
            for (SdkField<?> field : request.sdkFields()) {
                if (!ofTheBody.contains(field.memberName()) && !refused.contains(field.memberName())) {
                    Object value = sample(field);
                    field.set(request, value);
                    values.put(field.memberName(), value);
                }
            }
            assertThat(values)
                    .hasSizeGreaterThan(30)
                    .containsKeys("ACL", "SSECustomerKey", "ObjectLockMode", "IfMatch");
            RecordingS3Client below = new RecordingS3Client();
            EncryptingS3Client.builder()
                    .client(below.client)
                    .keyring(loopback.keyring)
                    .build()
                    .putObject(request.build(), RequestBody.fromString("x"));
            PutObjectRequest sent =
                    (PutObjectRequest) below.calls.get(0).arguments().get(0);
            for (SdkField<?> field : sent.sdkFields()) {
                if (values.containsKey(field.memberName())) {
                    assertThat(field.getValueOrDefault(sent))
                            .as(field.memberName())
                            .isEqualTo(values.get(field.memberName()));
                }
            }
            assertThat(sent.contentLength()).isEqualTo(17);
        }

        private Object sample(SdkField<?> field) {
            MarshallingType<?> type = field.marshallingType();
            if (type == MarshallingType.STRING) {
                return "value of " + field.memberName();
            }
            if (type == MarshallingType.BOOLEAN) {
                return true;
            }
            if (type == MarshallingType.INSTANT) {
                return Instant.ofEpochSecond(1_800_000_000);
            }
            throw new AssertionError("a field of a new kind: " + field.memberName() + ", " + type);
        }

        @Test
        void putObject_overrideConfiguration_passesThrough() {
            client.putObject(
                    request()
                            .overrideConfiguration(configuration -> configuration.putHeader("x-trace", "t1"))
                            .build(),
                    RequestBody.fromString("x"));
            assertThat(loopback.s3.requests().get(0).header("x-trace")).isEqualTo("t1");
        }
    }

    @Nested
    class ChecksOfThePlaintext {
        static Stream<Arguments> checksums() throws Exception {
            byte[] body = Loopback.bytes(200_000);
            CRC32 crc32 = new CRC32();
            crc32.update(body);
            CRC32C crc32c = new CRC32C();
            crc32c.update(body);
            return Stream.of(
                    checksum("Content-MD5", (r, v) -> r.contentMD5(v), digest("MD5", body)),
                    checksum("checksumMD5", (r, v) -> r.checksumMD5(v), digest("MD5", body)),
                    checksum("checksumSHA1", (r, v) -> r.checksumSHA1(v), digest("SHA-1", body)),
                    checksum("checksumSHA256", (r, v) -> r.checksumSHA256(v), digest("SHA-256", body)),
                    checksum("checksumSHA512", (r, v) -> r.checksumSHA512(v), digest("SHA-512", body)),
                    checksum("checksumCRC32", (r, v) -> r.checksumCRC32(v), big((int) crc32.getValue())),
                    checksum("checksumCRC32C", (r, v) -> r.checksumCRC32C(v), big((int) crc32c.getValue())));
        }

        private interface Setter {
            void set(PutObjectRequest.Builder request, String value);
        }

        private static Arguments checksum(String name, Setter setter, byte[] value) {
            return Arguments.of(name, setter, Base64.getEncoder().encodeToString(value));
        }

        private static byte[] digest(String algorithm, byte[] body) throws Exception {
            return MessageDigest.getInstance(algorithm).digest(body);
        }

        private static byte[] big(int value) {
            return ByteBuffer.allocate(4).putInt(value).array();
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("checksums")
        @Tag("INT-024")
        void checksum_thatIsRight_isNotForwarded(String name, Setter setter, String value) {
            PutObjectRequest.Builder request = request();
            setter.set(request, value);
            client.putObject(request.build(), RequestBody.fromBytes(Loopback.bytes(200_000)));
            assertThat(loopback.stored("k").length()).isEqualTo(200_016);
            assertThat(loopback.s3.requests().get(0).headers()).doesNotContainValue(value);
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("checksums")
        @Tag("INT-024")
        void checksum_thatIsWrong_storesNothing(String name, Setter setter, String value) {
            PutObjectRequest.Builder request = request();
            setter.set(request, value);
            byte[] other = Loopback.bytes(200_000);
            other[199_999] ^= 1;
            assertThatThrownBy(() -> client.putObject(request.build(), RequestBody.fromBytes(other)))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                    .hasMessageContainingAll("s3://bucket/k", name, "was not stored")
                    .hasMessageNotContaining(value);
            assertThat(loopback.s3.keys(BUCKET)).isEmpty();
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("checksums")
        void checksum_thatIsMalformed_isRefused(String name, Setter setter, String value) {
            for (String malformed : List.of("", "AAAA", "not base64!", value + "AAAA")) {
                PutObjectRequest.Builder request = request();
                setter.set(request, malformed);
                assertThatThrownBy(() -> client.putObject(request.build(), RequestBody.fromString("x")))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(name);
            }
            assertNothingSent();
        }

        @Test
        void checksum_thatCantBeComputedHere_isRefused() {
            for (PutObjectRequest request : List.of(
                    request().checksumCRC64NVME("AAAAAAAAAAA=").build(),
                    request().checksumXXHASH64("AAAAAAAAAAA=").build(),
                    request().checksumXXHASH3("AAAAAAAAAAA=").build(),
                    request().checksumXXHASH128("AAAAAAAAAAAAAAAAAAAAAA==").build())) {
                assertThatThrownBy(() -> client.putObject(request, RequestBody.fromString("x")))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("give checksumSHA256");
            }
            assertNothingSent();
        }

        @Test
        void checksumFields_ofTheSdksRequest_areAllDecidedUpon() {
            PassesOn decided = new PassesOn();
            assertThat(PutObjectRequest.builder().sdkFields().stream()
                            .map(SdkField::memberName)
                            .filter(name -> name.startsWith("Checksum") || name.equals("ContentMD5")))
                    .isNotEmpty()
                    .allMatch(name -> name.equals("ChecksumAlgorithm")
                            || decided.ofTheBody.contains(name)
                            || decided.refused.contains(name));
        }

        @Test
        void checksumAlgorithm_bare_isComputedOfTheCiphertext() throws Exception {
            client.putObject(
                    request().checksumAlgorithm(ChecksumAlgorithm.SHA256).build(), RequestBody.fromString("x"));
            String ofTheCiphertext = Base64.getEncoder()
                    .encodeToString(digest("SHA-256", loopback.stored("k").bytes()));
            assertThat(loopback.plain
                            .headObject(head -> head.bucket(BUCKET).key("k").checksumMode("ENABLED"))
                            .checksumSHA256())
                    .isEqualTo(ofTheCiphertext);
        }
    }

    @Nested
    class Refuses {
        @ParameterizedTest
        @ValueSource(
                strings = {
                    "x-amz-key",
                    "x-amz-key-v2",
                    "x-amz-iv",
                    "x-amz-matdesc",
                    "x-amz-cek-alg",
                    "x-amz-wrap-alg",
                    "x-amz-tag-len",
                    "x-amz-unencrypted-content-length",
                    "x-amz-c",
                    "x-amz-d",
                    "x-amz-i",
                    "x-amz-3",
                    "x-amz-w",
                    "x-amz-m",
                    "x-amz-t",
                    "X-Amz-Key-V2"
                })
        @Tag("SEC-029")
        void putObject_metadataWithAReservedName_isRefused(String name) {
            PutObjectRequest request = request().metadata(Map.of(name, "x")).build();
            assertThatThrownBy(() -> client.putObject(request, RequestBody.fromString("x")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("s3://bucket/k", "metadata name " + name);
            assertNothingSent();
        }

        @Test
        void putObject_metadataBeyondWhatS3Stores_isRefusedBeforeSending() {
            client.putObject(request().build(), RequestBody.fromString("x"));
            int envelope = loopback.stored("k").metadata().entrySet().stream()
                    .mapToInt(
                            entry -> entry.getKey().length() + entry.getValue().length())
                    .sum();
            loopback.reset();
            Map<String, String> full = Map.of("é", "v".repeat(2048 - envelope - 2));
            Map<String, String> over = Map.of("é", "v".repeat(2048 - envelope - 1));
            assertThatThrownBy(() -> client.putObject(request().metadata(over).build(), RequestBody.fromString("x")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll(
                            "user metadata of " + (2049 - envelope) + " bytes", "envelope's " + envelope, "2048 bytes");
            assertNothingSent();
            RecordingS3Client below = new RecordingS3Client();
            EncryptingS3Client.builder()
                    .client(below.client)
                    .keyring(loopback.keyring)
                    .build()
                    .putObject(request().metadata(full).build(), RequestBody.fromString("x"));
            assertThat(below.calls).hasSize(1);
        }

        @Test
        void putObject_contradictoryLength_isRefused() {
            assertThatThrownBy(
                            () -> client.putObject(request().contentLength(4L).build(), RequestBody.fromString("x")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("contentLength 4, and its body has 1 bytes");
            assertNothingSent();
            assertThatThrownBy(() -> client.putObject(
                            request().contentLength(-1L).build(),
                            RequestBody.fromContentProvider(InputStream::nullInputStream, "text/plain")))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a body of -1 bytes");
            assertNothingSent();
        }

        @ParameterizedTest
        @ValueSource(longs = {8, 10})
        void putObject_plaintextOfAnotherLength_storesNothing(long said) {
            RequestBody body = RequestBody.fromContentProvider(
                    () -> new ByteArrayInputStream(new byte[9]), said, "application/octet-stream");
            assertThatThrownBy(() -> client.putObject(request().build(), body))
                    .rootCause()
                    .hasMessageContaining(String.valueOf(said));
            assertThat(loopback.s3.keys(BUCKET)).isEmpty();
        }

        @Test
        void putObject_appending_isRefused() {
            PutObjectRequest append = request().writeOffsetBytes(5L).build();
            assertThatThrownBy(() -> client.putObject(append, RequestBody.fromString("x")))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContaining("put it whole");
            assertNothingSent();
        }

        @Test
        void putObject_contextThatTheKeyCantBind_isRefused() {
            PutObjectRequest request = request()
                    .overrideConfiguration(EncryptionContext.of(Map.of("tenant", "secret-tenant")))
                    .build();
            assertThatThrownBy(() -> client.putObject(request, RequestBody.fromString("x")))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CANNOT_BIND_CONTEXT))
                    .hasMessageNotContaining("secret-tenant");
            assertNothingSent();
        }

        @Test
        @Tag("SEC-018")
        void putObject_contextWithTheReservedEntry_isRefused() {
            PutObjectRequest request = request()
                    .overrideConfiguration(EncryptionContext.of(Map.of("aws:x-amz-cek-alg", "115")))
                    .build();
            assertThatThrownBy(() -> client.putObject(request, RequestBody.fromString("x")))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("aws:x-amz-cek-alg");
            assertNothingSent();
        }
    }

    @Nested
    class Context {
        @Test
        void context_inARequest_isKeptOutOfItsText() {
            Map<String, String> entries = new HashMap<>(Map.of("tenant", "secret-tenant"));
            EncryptionContext context = EncryptionContext.of(entries);
            entries.clear();
            PutObjectRequest request = request()
                    .overrideConfiguration(context.andThen(configuration -> configuration.putHeader("x-trace", "t1")))
                    .build();
            assertThat(EncryptionContext.in(request)).isEqualTo(Map.of("tenant", "secret-tenant"));
            assertThat(request.overrideConfiguration().orElseThrow().headers()).containsKey("x-trace");
            assertThat(context).hasToString("EncryptionContext[1 entries]");
            assertThat(EncryptionContext.in(request().build())).isEmpty();
        }

        @Test
        void context_empty_isNone() {
            assertThatCode(() -> client.putObject(
                            request()
                                    .overrideConfiguration(EncryptionContext.of(Map.of()))
                                    .build(),
                            RequestBody.fromString("x")))
                    .doesNotThrowAnyException();
            assertThat(loopback.s3.requests())
                    .extracting(RecordedRequest::method)
                    .containsExactly("PUT");
        }
    }
}
