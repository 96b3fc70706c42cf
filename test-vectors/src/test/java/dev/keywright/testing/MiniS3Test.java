/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectAttributes;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

class MiniS3Test {
    private static final byte[] BODY = ascii("The quick brown fox jumps over the lazy dog");

    private final MiniS3 s3 = MiniS3.start();
    private final S3Client client = client(builder -> {});

    private S3Client client(Consumer<S3ClientBuilder> more) {
        S3ClientBuilder builder = S3Client.builder()
                .endpointOverride(s3.endpoint())
                .region(Region.EU_CENTRAL_1)
                .forcePathStyle(true)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "secret")))
                .overrideConfiguration(o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .httpClient(UrlConnectionHttpClient.create());
        more.accept(builder);
        return builder.build();
    }

    @BeforeEach
    void bucket() {
        s3.createBucket("b");
    }

    @AfterEach
    void close() {
        client.close();
        s3.close();
    }

    private void put(String key, byte[] body) {
        client.putObject(r -> r.bucket("b").key(key), RequestBody.fromBytes(body));
    }

    private byte[] get(String key) {
        return client.getObjectAsBytes(r -> r.bucket("b").key(key)).asByteArray();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static void failsWith(int status, String code, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(S3Exception.class, e -> {
            assertThat(e.statusCode()).isEqualTo(status);
            assertThat(e.awsErrorDetails().errorCode()).isEqualTo(code);
        });
    }

    private String sendRaw(String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), s3.endpoint().getPort())) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String send(HttpRequest.Builder request) throws Exception {
        HttpResponse<String> response = HttpClient.newHttpClient()
                .send(request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofString());
        return response.statusCode() + " " + response.body();
    }

    @Nested
    class Objects {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 17, 1 << 20, (1 << 20) + 1, 3_000_001})
        void object_put_isGotBack(int length) {
            byte[] body = random(length);
            put("key", body);

            assertThat(get("key")).isEqualTo(body);
            assertThat(s3.object("b", "key").bytes()).isEqualTo(body);
            assertThat(s3.object("b", "key").length()).isEqualTo(length);
            HeadObjectResponse head = client.headObject(r -> r.bucket("b").key("key"));
            assertThat(head.contentLength()).isEqualTo(length);
            assertThat(head.eTag()).isEqualTo(S3Objects.quoted(Checksum.MD5.of(body)));
        }

        @Test
        void object_deleted_isGone() {
            put("key", BODY);
            put("key", random(2 << 20));
            client.deleteObject(r -> r.bucket("b").key("key"));
            client.deleteObject(r -> r.bucket("b").key("key"));

            assertThatThrownBy(() -> get("key")).isInstanceOf(NoSuchKeyException.class);
            assertThatThrownBy(() -> client.headObject(r -> r.bucket("b").key("key")))
                    .isInstanceOf(NoSuchKeyException.class);
            assertThatThrownBy(
                            () -> client.getObjectAsBytes(r -> r.bucket("none").key("key")))
                    .isInstanceOf(NoSuchBucketException.class);
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "dir/y",
                    "dir//y",
                    "/leading",
                    "a+b c%20d",
                    "caf\u00e9 \u6f22 \uD83D\uDD12",
                    "q?x=y&z#f",
                    "a/../b"
                })
        void key_ofAnyCharacters_isKept(String key) {
            put("dir/y", BODY);
            put(key, random(5));

            assertThat(get(key)).isEqualTo(random(5));
            assertThat(s3.keys("b")).contains(key);
        }

        @Test
        void headers_sent_areStoredAndGivenBack() {
            client.putObject(
                    r -> r.bucket("b")
                            .key("key")
                            .contentType("text/x-kw")
                            .cacheControl("no-store")
                            .contentDisposition("inline")
                            .contentEncoding("gzip")
                            .contentLanguage("de")
                            .storageClass("STANDARD_IA")
                            .tagging("a=1&b=2")
                            .serverSideEncryption(ServerSideEncryption.AWS_KMS)
                            .ssekmsKeyId("kms-key"),
                    RequestBody.fromBytes(BODY));

            GetObjectResponse got =
                    client.getObjectAsBytes(r -> r.bucket("b").key("key")).response();
            assertThat(got.contentType()).isEqualTo("text/x-kw");
            assertThat(got.cacheControl()).isEqualTo("no-store");
            assertThat(got.contentDisposition()).isEqualTo("inline");
            assertThat(got.contentEncoding()).isEqualTo("gzip");
            assertThat(got.contentLanguage()).isEqualTo("de");
            assertThat(got.storageClassAsString()).isEqualTo("STANDARD_IA");
            assertThat(got.tagCount()).isEqualTo(2);
            assertThat(got.serverSideEncryption()).isEqualTo(ServerSideEncryption.AWS_KMS);
            assertThat(got.ssekmsKeyId()).isEqualTo("kms-key");
            assertThat(s3.object("b", "key").headers()).containsEntry("x-amz-tagging", "a=1&b=2");
        }

        @Test
        void customerKey_missing_refusesTheRead() {
            String key = Base64.getEncoder().encodeToString(new byte[32]);
            String md5 = S3Objects.base64(Checksum.MD5.of(new byte[32]));
            client.putObject(
                    r -> r.bucket("b")
                            .key("key")
                            .sseCustomerAlgorithm("AES256")
                            .sseCustomerKey(key)
                            .sseCustomerKeyMD5(md5),
                    RequestBody.fromBytes(BODY));

            failsWith(400, "InvalidRequest", () -> get("key"));
            assertThat(client.getObjectAsBytes(r -> r.bucket("b")
                                    .key("key")
                                    .sseCustomerAlgorithm("AES256")
                                    .sseCustomerKey(key)
                                    .sseCustomerKeyMD5(md5))
                            .response()
                            .sseCustomerKeyMD5())
                    .isEqualTo(md5);
        }

        @Test
        void conditions_onReads_areKept() {
            put("key", BODY);
            String etag = s3.object("b", "key").etag();

            assertThat(client.getObjectAsBytes(r -> r.bucket("b").key("key").ifMatch(etag))
                            .asByteArray())
                    .isEqualTo(BODY);
            failsWith(
                    412,
                    "PreconditionFailed",
                    () -> client.getObjectAsBytes(r -> r.bucket("b").key("key").ifMatch("\"other\"")));
            assertThatThrownBy(() -> client.getObjectAsBytes(
                            r -> r.bucket("b").key("key").ifNoneMatch(etag)))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(304));
        }

        @Test
        void conditions_onWrites_areKept() {
            put("key", BODY);
            String etag = s3.object("b", "key").etag();

            failsWith(
                    412,
                    "PreconditionFailed",
                    () -> client.putObject(
                            r -> r.bucket("b").key("key").ifNoneMatch("*"), RequestBody.fromString("x")));
            failsWith(
                    412,
                    "PreconditionFailed",
                    () -> client.putObject(
                            r -> r.bucket("b").key("key").ifMatch("\"other\""), RequestBody.fromString("x")));
            failsWith(
                    404,
                    "NoSuchKey",
                    () -> client.putObject(r -> r.bucket("b").key("none").ifMatch(etag), RequestBody.fromString("x")));
            assertThat(get("key")).isEqualTo(BODY);
            client.putObject(r -> r.bucket("b").key("key").ifMatch(etag), RequestBody.fromString("x"));
            client.putObject(r -> r.bucket("b").key("fresh").ifNoneMatch("*"), RequestBody.fromString("y"));
            assertThat(get("key")).isEqualTo(ascii("x"));
            assertThat(get("fresh")).isEqualTo(ascii("y"));
        }

        @Test
        void copy_withDirectives_keepsOrReplacesMetadata() {
            String source = "a+b/\u00e9";
            client.putObject(
                    r -> r.bucket("b").key(source).contentType("text/x").metadata(Map.of("m", "1")),
                    RequestBody.fromBytes(BODY));

            client.copyObject(r ->
                    r.sourceBucket("b").sourceKey(source).destinationBucket("b").destinationKey("kept"));
            client.copyObject(r -> r.sourceBucket("b")
                    .sourceKey(source)
                    .destinationBucket("b")
                    .destinationKey("replaced")
                    .metadataDirective(MetadataDirective.REPLACE)
                    .metadata(Map.of("n", "2")));

            assertThat(s3.object("b", "kept").metadata()).isEqualTo(Map.of("m", "1"));
            assertThat(s3.object("b", "kept").headers()).containsEntry("content-type", "text/x");
            assertThat(s3.object("b", "replaced").metadata()).isEqualTo(Map.of("n", "2"));
            s3.flip("b", source, 0, 1);
            assertThat(get("kept")).isEqualTo(BODY);
            assertThat(get("replaced")).isEqualTo(BODY);
        }

        @Test
        void copy_ontoItself_changingTheStorage_isDone() {
            put("key", BODY);
            client.copyObject(r -> r.sourceBucket("b")
                    .sourceKey("key")
                    .destinationBucket("b")
                    .destinationKey("key")
                    .storageClass("GLACIER"));
            assertThat(s3.object("b", "key").headers()).containsEntry("x-amz-storage-class", "GLACIER");
            assertThat(get("key")).isEqualTo(BODY);
        }

        @Test
        void copy_thatMayNotBe_isRefused() {
            put("key", BODY);
            failsWith(
                    400,
                    "InvalidRequest",
                    () -> client.copyObject(r -> r.sourceBucket("b")
                            .sourceKey("key")
                            .destinationBucket("b")
                            .destinationKey("key")));
            failsWith(
                    412,
                    "PreconditionFailed",
                    () -> client.copyObject(r -> r.sourceBucket("b")
                            .sourceKey("key")
                            .destinationBucket("b")
                            .destinationKey("other")
                            .copySourceIfMatch("\"other\"")));
        }

        @Test
        void attributes_asked_areTold() {
            put("key", BODY);
            var told = client.getObjectAttributes(r -> r.bucket("b")
                    .key("key")
                    .objectAttributes(ObjectAttributes.OBJECT_SIZE, ObjectAttributes.E_TAG, ObjectAttributes.CHECKSUM));

            assertThat(told.objectSize()).isEqualTo(BODY.length);
            assertThat("\"" + told.eTag() + "\"")
                    .isEqualTo(s3.object("b", "key").etag());
            assertThat(told.checksum().checksumCRC32()).isEqualTo(S3Objects.base64(Checksum.CRC32.of(BODY)));
        }

        @Test
        void deleteObjects_many_areGone() {
            for (String key : List.of("a", "b", "c&<d>")) {
                put(key, BODY);
            }
            var result = client.deleteObjects(r -> r.bucket("b")
                    .delete(d -> d.objects(Stream.of("a", "c&<d>", "none")
                            .map(key -> ObjectIdentifier.builder().key(key).build())
                            .toList())));

            assertThat(result.deleted()).extracting("key").containsExactly("a", "c&<d>", "none");
            assertThat(s3.keys("b")).containsExactly("b");
        }

        @Test
        void deletion_underAConditionThatFails_deletesNothing() {
            put("key", BODY);
            failsWith(
                    412,
                    "PreconditionFailed",
                    () -> client.deleteObject(r -> r.bucket("b").key("key").ifMatch("\"other\"")));
            assertThat(get("key")).isEqualTo(BODY);
        }

        @Test
        void deleteObjects_quiet_tellsNothing() {
            put("key", BODY);
            var result = client.deleteObjects(r -> r.bucket("b")
                    .delete(d -> d.quiet(true)
                            .objects(List.of(
                                    ObjectIdentifier.builder().key("key").build()))));
            assertThat(result.deleted()).isEmpty();
            assertThat(s3.keys("b")).isEmpty();
        }

        @Test
        void deleteObjects_tooManyOrNone_areRefused() {
            List<ObjectIdentifier> many = IntStream.range(0, 1001)
                    .mapToObj(i -> ObjectIdentifier.builder().key("k" + i).build())
                    .toList();
            failsWith(
                    400,
                    "MalformedXML",
                    () -> client.deleteObjects(r -> r.bucket("b").delete(d -> d.objects(many))));
            failsWith(
                    400,
                    "MalformedXML",
                    () -> client.deleteObjects(r -> r.bucket("b").delete(d -> d.objects(List.of()))));
        }

        @Test
        void deleteObjects_withoutDigest_isRefused() throws Exception {
            assertThat(send(HttpRequest.newBuilder(s3.endpoint().resolve("/b?delete"))
                            .POST(HttpRequest.BodyPublishers.ofString("<Delete/>"))))
                    .startsWith("400")
                    .contains("Content-MD5");
        }

        @Test
        void xml_withADocumentType_isRefused() throws Exception {
            String bomb = "<!DOCTYPE d [<!ENTITY e \"x\">]><Delete><Object><Key>&e;</Key></Object></Delete>";
            assertThat(send(HttpRequest.newBuilder(s3.endpoint().resolve("/b?delete"))
                            .header("Content-MD5", S3Objects.base64(Checksum.MD5.of(ascii(bomb))))
                            .POST(HttpRequest.BodyPublishers.ofString(bomb))))
                    .startsWith("400")
                    .contains("MalformedXML");
        }

        @Test
        void request_unknown_isNotImplemented() {
            put("key", BODY);
            failsWith(
                    501,
                    "NotImplemented",
                    () -> client.getObjectAcl(r -> r.bucket("b").key("key")));
            failsWith(
                    404,
                    "NoSuchVersion",
                    () -> client.getObject(r -> r.bucket("b").key("key").versionId("v1")));
        }
    }

    @Nested
    class Metadata {
        @Test
        void metadata_sent_isKeptExactly() {
            client.putObject(
                    r -> r.bucket("b").key("key").metadata(Map.of("Mixed-CASE", "a \"b\" {c}, d=", "empty", "")),
                    RequestBody.fromBytes(BODY));

            Map<String, String> kept = Map.of("mixed-case", "a \"b\" {c}, d=", "empty", "");
            assertThat(s3.object("b", "key").metadata()).isEqualTo(kept);
            assertThat(client.headObject(r -> r.bucket("b").key("key")).metadata())
                    .isEqualTo(kept);
        }

        @Test
        void metadata_ofMoreThanTwoKilobytes_isRefused() {
            client.putObject(
                    r -> r.bucket("b").key("key").metadata(Map.of("m", "x".repeat(2047))), RequestBody.fromBytes(BODY));
            failsWith(
                    400,
                    "MetadataTooLarge",
                    () -> client.putObject(
                            r -> r.bucket("b").key("key").metadata(Map.of("m", "x".repeat(2048))),
                            RequestBody.fromBytes(BODY)));
        }

        /** The example of the wire format, sent as raw UTF-8 by a client that can. */
        @Test
        void metadata_beyondAscii_comesBackDoubleEncoded() throws Exception {
            String json = "{\"k\":\"\u00e5\u6f22\uD83D\uDD12\"}";
            assertThat(sendRaw("PUT /b/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n"
                            + "x-amz-meta-m: " + json + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 200");

            String head = "HEAD /b/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
            assertThat(sendRaw(head))
                    .containsIgnoringCase("x-amz-meta-m: =?UTF-8?B?eyJrIjoiw4PCpcOmwrzCosOwwp/ClMKSIn0=?=\r\n");
            s3.doubleEncode(false);
            assertThat(sendRaw(head)).containsIgnoringCase("x-amz-meta-m: " + json + "\r\n");
        }

        @Test
        void encodedWords_ofALongValue_haveSeventyFiveCharactersAtMost() {
            String value = "\u00c3\u00a9".repeat(60);
            List<String> words = List.of(UserMetadata.doubleEncoded(value).split(" "));

            assertThat(words).hasSizeGreaterThan(3).allMatch(word -> word.length() <= 75);
            StringBuilder decoded = new StringBuilder();
            for (String word : words) {
                byte[] content = Base64.getDecoder().decode(word.substring(10, word.length() - 2));
                decoded.append(new String(content, StandardCharsets.UTF_8));
            }
            assertThat(decoded).hasToString(value);
        }
    }

    @Nested
    class Ranges {
        @ParameterizedTest
        @CsvSource({
            "bytes=0-0, 0, 1",
            "bytes=4-8, 4, 5",
            "bytes=40-, 40, 3",
            "bytes=-3, 40, 3",
            "bytes=-100, 0, 43",
            "bytes=42-100, 42, 1"
        })
        void range_ofABody_isCut(String range, int from, int length) {
            put("key", BODY);
            ResponseBytes<GetObjectResponse> got =
                    client.getObjectAsBytes(r -> r.bucket("b").key("key").range(range));

            assertThat(got.asByteArray()).isEqualTo(Arrays.copyOfRange(BODY, from, from + length));
            assertThat(got.response().contentRange()).isEqualTo("bytes " + from + "-" + (from + length - 1) + "/43");
            assertThat(got.response().sdkHttpResponse().statusCode()).isEqualTo(206);
            assertThat(client.headObject(r -> r.bucket("b").key("key").range(range))
                            .contentLength())
                    .isEqualTo(length);
        }

        @ParameterizedTest
        @ValueSource(strings = {"bytes=5-4", "bytes=-", "bytes=a-b", "bytes=0-1,3-4", "lines=0-1"})
        void range_malformed_isIgnored(String range) {
            put("key", BODY);
            assertThat(client.getObjectAsBytes(r -> r.bucket("b").key("key").range(range))
                            .asByteArray())
                    .isEqualTo(BODY);
        }

        @ParameterizedTest
        @ValueSource(strings = {"bytes=43-", "bytes=43-50", "bytes=-0"})
        void range_behindTheEnd_isRefused(String range) {
            put("key", BODY);
            failsWith(
                    416,
                    "InvalidRange",
                    () -> client.getObject(r -> r.bucket("b").key("key").range(range)));
        }

        @ParameterizedTest
        @ValueSource(strings = {"bytes=0-", "bytes=-1"})
        void range_ofAnEmptyBody_isRefused(String range) {
            put("key", new byte[0]);
            failsWith(
                    416,
                    "InvalidRange",
                    () -> client.getObject(r -> r.bucket("b").key("key").range(range)));
        }

        @Test
        void range_ofALargeBody_isCut() {
            byte[] body = random(3 << 20);
            put("key", body);
            assertThat(client.getObjectAsBytes(r -> r.bucket("b").key("key").range("bytes=2000000-2000015"))
                            .asByteArray())
                    .isEqualTo(Arrays.copyOfRange(body, 2000000, 2000016));
        }
    }

    @Nested
    class Buckets {
        @Test
        void bucket_madeAndDeleted_isListedInBetween() {
            client.createBucket(r -> r.bucket("other"));
            assertThatThrownBy(() -> client.createBucket(r -> r.bucket("other")))
                    .isInstanceOf(BucketAlreadyOwnedByYouException.class);
            assertThat(client.listBuckets().buckets()).extracting("name").containsExactly("b", "other");
            client.headBucket(r -> r.bucket("other"));
            client.putObject(r -> r.bucket("other").key("k"), RequestBody.empty());
            failsWith(409, "BucketNotEmpty", () -> client.deleteBucket(r -> r.bucket("other")));
            client.deleteObject(r -> r.bucket("other").key("k"));
            client.deleteBucket(r -> r.bucket("other"));
            assertThatThrownBy(() -> client.headBucket(r -> r.bucket("other")))
                    .isInstanceOf(NoSuchBucketException.class);
        }

        @Test
        void listing_inPages_isInOrderAndWhole() {
            List<String> keys = List.of("a", "a/1", "a/2", "b b", "b+", "\uFFFD", "\uD83D\uDD12");
            keys.forEach(key -> put(key, BODY));

            List<String> paged = new ArrayList<>();
            client.listObjectsV2Paginator(r -> r.bucket("b").maxKeys(2))
                    .contents()
                    .forEach(object -> paged.add(object.key()));
            assertThat(paged).isEqualTo(keys);
            assertThat(client.listObjectsV2(r -> r.bucket("b").startAfter("a/1"))
                            .contents())
                    .extracting(S3Object::key)
                    .startsWith("a/2", "b b")
                    .hasSize(5);
        }

        @Test
        void listing_ofTheOldKind_isInOrderAndWhole() {
            List<String> keys = List.of("a", "a/1", "a/2", "b b", "b+");
            keys.forEach(key -> put(key, BODY));

            var first = client.listObjects(r -> r.bucket("b").maxKeys(3));
            assertThat(first.contents()).extracting(S3Object::key).isEqualTo(keys.subList(0, 3));
            assertThat(first.isTruncated()).isTrue();
            var second = client.listObjects(r -> r.bucket("b").maxKeys(3).marker("a/2"));
            assertThat(second.contents()).extracting(S3Object::key).isEqualTo(keys.subList(3, 5));
            assertThat(second.isTruncated()).isFalse();
        }

        @Test
        void listing_byDelimiter_folds() {
            List.of("x/a/1", "x/a/2", "x/b", "x/c/1", "y").forEach(key -> put(key, BODY));

            List<String> prefixes = new ArrayList<>();
            List<String> keys = new ArrayList<>();
            for (ListObjectsV2Response page : client.listObjectsV2Paginator(
                    r -> r.bucket("b").prefix("x/").delimiter("/").maxKeys(1))) {
                page.commonPrefixes().stream().map(CommonPrefix::prefix).forEach(prefixes::add);
                page.contents().stream().map(S3Object::key).forEach(keys::add);
                assertThat(page.keyCount()).isEqualTo(1);
            }
            assertThat(prefixes).containsExactly("x/a/", "x/c/");
            assertThat(keys).containsExactly("x/b");
        }
    }

    @Nested
    class Multipart {
        private String create() {
            return client.createMultipartUpload(r -> r.bucket("b").key("key").metadata(Map.of("m", "1")))
                    .uploadId();
        }

        private CompletedPart part(String id, int number, byte[] body) {
            String etag = client.uploadPart(
                            r -> r.bucket("b").key("key").uploadId(id).partNumber(number), RequestBody.fromBytes(body))
                    .eTag();
            return CompletedPart.builder().partNumber(number).eTag(etag).build();
        }

        private void complete(String id, CompletedPart... parts) {
            client.completeMultipartUpload(
                    r -> r.bucket("b").key("key").uploadId(id).multipartUpload(m -> m.parts(parts)));
        }

        private byte[] joined(byte[] first, byte[] second) {
            return ByteBuffer.allocate(first.length + second.length)
                    .put(first)
                    .put(second)
                    .array();
        }

        @Test
        void parts_outOfOrder_withATinyLast_areJoined() {
            byte[] first = random(5 << 20);
            byte[] last = random(16);
            String id = create();
            CompletedPart two = part(id, 2, last);
            part(id, 7, random(9));
            CompletedPart one = part(id, 1, first);
            assertThat(client.listParts(r -> r.bucket("b").key("key").uploadId(id))
                            .parts())
                    .extracting("partNumber")
                    .containsExactly(1, 2, 7);
            assertThat(client.listMultipartUploads(r -> r.bucket("b")).uploads())
                    .extracting("uploadId")
                    .containsExactly(id);
            complete(id, one, two);

            byte[] whole = joined(first, last);
            assertThat(get("key")).isEqualTo(whole);
            assertThat(client.getObjectAsBytes(r -> r.bucket("b").key("key").range("bytes=5242870-5242889"))
                            .asByteArray())
                    .isEqualTo(Arrays.copyOfRange(whole, 5242870, 5242890));
            assertThat(s3.object("b", "key").metadata()).isEqualTo(Map.of("m", "1"));
            assertThat(s3.object("b", "key").etag()).endsWith("-2\"");
            assertThat(client.listMultipartUploads(r -> r.bucket("b")).uploads())
                    .isEmpty();
        }

        @Test
        void part_byNumber_isGot() {
            s3.minimumPartBytes(1);
            String id = create();
            complete(id, part(id, 1, random(7)), part(id, 3, random(8)));

            var second = client.getObjectAsBytes(r -> r.bucket("b").key("key").partNumber(2));
            assertThat(second.asByteArray()).isEqualTo(random(8));
            assertThat(second.response().partsCount()).isEqualTo(2);
            failsWith(
                    416,
                    "InvalidPartNumber",
                    () -> client.getObjectAsBytes(r -> r.bucket("b").key("key").partNumber(3)));
        }

        @Test
        void completion_repeated_isTheSame() {
            String id = create();
            CompletedPart one = part(id, 1, BODY);
            s3.inject(r -> r.isObject("POST"), 1, Fault.noAnswer());
            assertThatThrownBy(() -> complete(id, one)).isInstanceOf(SdkClientException.class);
            complete(id, one);
            assertThat(get("key")).isEqualTo(BODY);
            failsWith(
                    404,
                    "NoSuchUpload",
                    () -> client.listParts(r -> r.bucket("b").key("key").uploadId(id)));
        }

        @Test
        void completion_wrong_isRefused() {
            s3.minimumPartBytes(20);
            String id = create();
            CompletedPart one = part(id, 1, random(20));
            CompletedPart two = part(id, 2, random(19));
            CompletedPart three = part(id, 3, random(20));

            failsWith(400, "InvalidPartOrder", () -> complete(id, two, one));
            failsWith(400, "EntityTooSmall", () -> complete(id, one, two, three));
            failsWith(
                    400,
                    "InvalidPart",
                    () -> complete(id, one, three.toBuilder().partNumber(4).build()));
            failsWith(
                    400,
                    "InvalidPart",
                    () -> complete(id, one, two.toBuilder().eTag("other").build()));
            failsWith(404, "NoSuchUpload", () -> complete("none", one));
            failsWith(400, "InvalidArgument", () -> part(id, 10_001, BODY));
            assertThat(s3.keys("b")).isEmpty();
            complete(id, one, three, part(id, 5, random(3)));
            assertThat(s3.object("b", "key").length()).isEqualTo(43);
        }

        @Test
        void completion_claimingOtherSizesOrChecksums_isRefused() {
            String id = client.createMultipartUpload(r -> r.bucket("b")
                            .key("key")
                            .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                            .checksumType("FULL_OBJECT"))
                    .uploadId();
            CompletedPart one = part(id, 1, BODY);
            String right = S3Objects.base64(Checksum.CRC32.of(BODY));
            failsWith(
                    400,
                    "InvalidPart",
                    () -> complete(id, one.toBuilder().checksumCRC32("AAAAAA==").build()));
            failsWith(
                    400,
                    "InvalidRequest",
                    () -> client.completeMultipartUpload(r -> r.bucket("b")
                            .key("key")
                            .uploadId(id)
                            .mpuObjectSize(44L)
                            .multipartUpload(m -> m.parts(one))));
            failsWith(
                    400,
                    "BadDigest",
                    () -> client.completeMultipartUpload(r -> r.bucket("b")
                            .key("key")
                            .uploadId(id)
                            .checksumCRC32("AAAAAA==")
                            .multipartUpload(m -> m.parts(one))));
            client.completeMultipartUpload(r -> r.bucket("b")
                    .key("key")
                    .uploadId(id)
                    .mpuObjectSize(43L)
                    .checksumCRC32(right)
                    .multipartUpload(
                            m -> m.parts(one.toBuilder().checksumCRC32(right).build())));
            assertThat(get("key")).isEqualTo(BODY);
        }

        @Test
        void upload_ofAnotherKey_isNotFound() {
            String id = create();
            failsWith(
                    404,
                    "NoSuchUpload",
                    () -> client.uploadPart(
                            r -> r.bucket("b").key("other").uploadId(id).partNumber(1), RequestBody.fromBytes(BODY)));
        }

        @Test
        void part_underAnotherCustomerKey_isRefused() {
            String md5 = S3Objects.base64(Checksum.MD5.of(new byte[32]));
            String id = client.createMultipartUpload(r -> r.bucket("b")
                            .key("key")
                            .sseCustomerAlgorithm("AES256")
                            .sseCustomerKey(S3Objects.base64(new byte[32]))
                            .sseCustomerKeyMD5(md5))
                    .uploadId();
            failsWith(400, "InvalidRequest", () -> part(id, 1, BODY));
        }

        @Test
        void upload_aborted_isGone() {
            String id = create();
            CompletedPart one = part(id, 1, BODY);
            client.abortMultipartUpload(r -> r.bucket("b").key("key").uploadId(id));

            failsWith(404, "NoSuchUpload", () -> part(id, 2, BODY));
            failsWith(404, "NoSuchUpload", () -> complete(id, one));
        }

        @Test
        void completion_underAConditionThatFails_leavesTheUpload() {
            put("key", BODY);
            String id = create();
            CompletedPart one = part(id, 1, random(5));
            failsWith(
                    412,
                    "PreconditionFailed",
                    () -> client.completeMultipartUpload(r -> r.bucket("b")
                            .key("key")
                            .uploadId(id)
                            .ifNoneMatch("*")
                            .multipartUpload(m -> m.parts(one))));
            assertThat(get("key")).isEqualTo(BODY);
            complete(id, one);
            assertThat(get("key")).isEqualTo(random(5));
        }

        @Test
        void part_copied_isARangeOfItsSource() {
            put("source", BODY);
            String id = create();
            var copied = client.uploadPartCopy(r -> r.sourceBucket("b")
                    .sourceKey("source")
                    .copySourceRange("bytes=4-8")
                    .destinationBucket("b")
                    .destinationKey("key")
                    .uploadId(id)
                    .partNumber(1));
            complete(
                    id,
                    CompletedPart.builder()
                            .partNumber(1)
                            .eTag(copied.copyPartResult().eTag())
                            .build());
            assertThat(get("key")).isEqualTo(ascii("quick"));
        }

        @ParameterizedTest
        @ValueSource(strings = {"COMPOSITE", "FULL_OBJECT"})
        void checksum_ofParts_isTold(String type) {
            s3.minimumPartBytes(1);
            String id = client.createMultipartUpload(r -> r.bucket("b")
                            .key("key")
                            .checksumAlgorithm(ChecksumAlgorithm.CRC32)
                            .checksumType(type))
                    .uploadId();
            complete(id, part(id, 1, random(4)), part(id, 2, random(5)));

            byte[] whole = joined(random(4), random(5));
            byte[] ofParts = joined(Checksum.CRC32.of(random(4)), Checksum.CRC32.of(random(5)));
            String expected = type.equals("COMPOSITE")
                    ? S3Objects.base64(Checksum.CRC32.of(ofParts)) + "-2"
                    : S3Objects.base64(Checksum.CRC32.of(whole));
            assertThat(client.headObject(r -> r.bucket("b").key("key").checksumMode(ChecksumMode.ENABLED))
                            .checksumCRC32())
                    .isEqualTo(expected);
            assertThat(get("key")).isEqualTo(whole);
        }
    }

    @Nested
    class Checksums {
        @ParameterizedTest
        @EnumSource(
                value = ChecksumAlgorithm.class,
                names = {"CRC32", "CRC32_C", "SHA1", "SHA256"})
        void checksum_sentByTheClient_isVerifiedAndGivenBack(ChecksumAlgorithm algorithm) {
            client.putObject(r -> r.bucket("b").key("key").checksumAlgorithm(algorithm), RequestBody.fromBytes(BODY));

            String header = "x-amz-checksum-" + algorithm.toString().toLowerCase(Locale.ROOT);
            assertThat(s3.requests().get(0).header("x-amz-trailer")).isEqualTo(header);
            assertThat(client.headObject(r -> r.bucket("b").key("key").checksumMode(ChecksumMode.ENABLED))
                            .sdkHttpResponse()
                            .firstMatchingHeader(header))
                    .contains(S3Objects.base64(
                            Checksum.named(algorithm.toString()).of(BODY)));
            assertThat(client.headObject(r -> r.bucket("b").key("key"))
                            .sdkHttpResponse()
                            .firstMatchingHeader(header))
                    .isEmpty();
        }

        @Test
        void checksums_ofTheCheckText_areTheKnownOnes() {
            byte[] text = ascii("123456789");
            assertThat(Checksum.CRC32.of(text)).asHexString().isEqualTo("CBF43926");
            assertThat(Checksum.CRC32C.of(text)).asHexString().isEqualTo("E3069283");
            assertThat(Checksum.CRC64NVME.of(text)).asHexString().isEqualTo("AE8B14860A799888");
        }

        @ParameterizedTest
        @EnumSource(Checksum.class)
        void checksum_wrong_isRefused(Checksum checksum) throws Exception {
            byte[] value = checksum.of(BODY);
            assertThat(putWith(checksum.header(), S3Objects.base64(value))).startsWith("200");
            value[0] ^= 1;
            assertThat(putWith(checksum.header(), S3Objects.base64(value)))
                    .startsWith("400")
                    .contains("BadDigest");
            assertThat(putWith(checksum.header(), "?")).startsWith("400").contains("InvalidDigest");
        }

        @Test
        void contentMd5_wrong_isRefused() throws Exception {
            assertThat(putWith("Content-MD5", S3Objects.base64(Checksum.MD5.of(BODY))))
                    .startsWith("200");
            assertThat(putWith("Content-MD5", S3Objects.base64(new byte[16])))
                    .startsWith("400")
                    .contains("BadDigest");
        }

        @Test
        void contentSha256_wrong_isRefused() throws Exception {
            assertThat(putWith("x-amz-content-sha256", HexFormat.of().formatHex(Checksum.SHA256.of(BODY))))
                    .startsWith("200");
            assertThat(putWith("x-amz-content-sha256", "0".repeat(64)))
                    .startsWith("400")
                    .contains("XAmzContentSHA256Mismatch");
        }

        private String putWith(String name, String value) throws Exception {
            return send(HttpRequest.newBuilder(s3.endpoint().resolve("/b/key"))
                    .PUT(HttpRequest.BodyPublishers.ofByteArray(BODY))
                    .header(name, value));
        }
    }

    @Nested
    class Framing {
        private String putFramed(String framed, String... headers) throws Exception {
            return send(HttpRequest.newBuilder(s3.endpoint().resolve("/b/key"))
                    .PUT(HttpRequest.BodyPublishers.ofString(framed))
                    .header("content-encoding", "aws-chunked,gzip")
                    .headers(headers));
        }

        @Test
        void chunks_signedAndUnsigned_areUnframed() throws Exception {
            String trailer = "x-amz-checksum-crc32:" + S3Objects.base64(Checksum.CRC32.of(ascii("hello world")));
            String unsigned = "5\r\nhello\r\n6\r\n world\r\n0\r\n" + trailer + "\r\n\r\n";
            String signed = "B;chunk-signature=" + "a".repeat(64) + "\r\nhello world\r\n0;chunk-signature="
                    + "b".repeat(64) + "\r\n" + trailer + "\r\nx-amz-trailer-signature:" + "c".repeat(64)
                    + "\r\n\r\n";
            for (String framed : List.of(unsigned, signed)) {
                s3.deleteObject("b", "key");
                assertThat(putFramed(
                                framed, "x-amz-decoded-content-length", "11", "x-amz-trailer", "x-amz-checksum-crc32"))
                        .startsWith("200");
                assertThat(s3.object("b", "key").bytes()).isEqualTo(ascii("hello world"));
                assertThat(s3.object("b", "key").headers()).containsEntry("content-encoding", "gzip");
            }
        }

        @ParameterizedTest
        @CsvSource({
            "4|hell|0||, IncompleteBody",
            "5|hel, IncompleteBody",
            "5|hello|, IncompleteBody",
            "4|hello|0||, InvalidRequest",
            "x|hello|0||, InvalidRequest",
            "-5|hello|0||, InvalidRequest",
            "5|hello|0|nonsense||, InvalidRequest"
        })
        void framing_broken_isRefused(String framed, String code) throws Exception {
            assertThat(putFramed(framed.replace("|", "\r\n"), "x-amz-decoded-content-length", "5"))
                    .startsWith("400")
                    .contains("<Code>" + code);
            assertThat(s3.keys("b")).isEmpty();
        }

        @ParameterizedTest
        @CsvSource({"5|hello|0||, InvalidRequest", "5|hello|0|x-amz-checksum-sha1:AAAA||, BadDigest"})
        void trailer_missingOrWrong_isRefused(String framed, String code) throws Exception {
            assertThat(putFramed(
                            framed.replace("|", "\r\n"),
                            "x-amz-decoded-content-length",
                            "5",
                            "x-amz-trailer",
                            "x-amz-checksum-sha1"))
                    .startsWith("400")
                    .contains("<Code>" + code);
        }

        @Test
        void client_withoutTrailer_isUnderstood() {
            try (S3Client plain = client(b -> b.requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED))) {
                byte[] body = random(300_000);
                plain.putObject(r -> r.bucket("b").key("key"), RequestBody.fromBytes(body));
                assertThat(s3.requests().get(0).headers()).doesNotContainKey("x-amz-trailer");
                assertThat(s3.object("b", "key").bytes()).isEqualTo(body);
            }
        }

        @Test
        void expectContinue_isAnswered() throws Exception {
            assertThat(sendRaw("PUT /b/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n"
                            + "Expect: 100-continue\r\n\r\nok"))
                    .startsWith("HTTP/1.1 100")
                    .contains("HTTP/1.1 200");
        }
    }

    @Nested
    class Faults {
        @Test
        void status_ofTheSecondPut_failsItAlone() {
            s3.inject(r -> r.isObject("PUT"), 2, Fault.status(503));
            put("one", BODY);
            failsWith(503, "SlowDown", () -> put("two", BODY));
            put("three", BODY);
            assertThat(s3.keys("b")).containsExactly("one", "three");
        }

        @Test
        void statusAfterEffect_losesTheAnswerOnly() {
            s3.injectAlways(r -> r.isObject("PUT"), Fault.statusAfterEffect(500));
            failsWith(500, "InternalError", () -> put("key", BODY));
            failsWith(500, "InternalError", () -> put("key", BODY));
            s3.clearFaults();
            assertThat(get("key")).isEqualTo(BODY);
        }

        @Test
        void request_cut_storesNothing() {
            s3.inject(r -> r.isObject("PUT"), 1, Fault.cutRequestAfter(1000));
            assertThatThrownBy(() -> put("key", random(1 << 20))).isInstanceOf(SdkClientException.class);
            assertThat(s3.keys("b")).isEmpty();
        }

        /** Read past the client, as the JDK 17's takes a body that breaks off for a whole one. */
        @Test
        void response_cut_breaksOff() throws Exception {
            put("key", new byte[1 << 20]);
            s3.inject(r -> r.isObject("GET"), 1, Fault.cutResponseAfter(1000));
            String answer = rawGet();
            assertThat(answer).containsIgnoringCase("content-length: 1048576\r\n");
            assertThat(answer).endsWith("\r\n\r\n" + "\0".repeat(1000));
            assertThat(get("key")).isEqualTo(new byte[1 << 20]);
        }

        @Test
        void byte_flippedInTheResponse_failsTheChecksum() {
            put("key", random(200_000));
            s3.inject(r -> r.isObject("GET"), 1, Fault.flipResponseByte(150_000, 1));
            assertThatThrownBy(() -> client.getObjectAsBytes(
                            r -> r.bucket("b").key("key").checksumMode(ChecksumMode.ENABLED)))
                    .isInstanceOf(SdkClientException.class)
                    .hasMessageContaining("checksum");
        }

        @Test
        void answer_withheld_breaksOff() {
            put("key", random(1 << 20));
            s3.injectAlways(r -> r.isObject("GET"), Fault.noAnswer()); // always, as the JDK's client asks twice
            assertThatThrownBy(() -> get("key")).isInstanceOf(SdkClientException.class);
            s3.clearFaults();
            assertThat(get("key")).isEqualTo(random(1 << 20));
        }

        @Test
        void length_falsified_isAsSaid() throws Exception {
            put("key", BODY);
            s3.inject(r -> r.isObject("GET"), 1, Fault.shortenBy(10));
            assertThat(rawGet()).endsWith("jumps over th").containsIgnoringCase("content-length: 33\r\n");
            s3.inject(r -> r.isObject("GET"), 1, Fault.declareLength(100));
            assertThat(rawGet()).endsWith("lazy dog").containsIgnoringCase("content-length: 100\r\n");
            s3.inject(r -> r.isObject("GET"), 1, Fault.declareLength(3));
            assertThat(rawGet()).endsWith("\r\n\r\nThe");
        }

        private String rawGet() throws IOException {
            return sendRaw("GET /b/key HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        }

        @Test
        void byte_flippedInTheResponse_leavesTheStoredBody() throws Exception {
            s3.putObject("b", "key", random(200_000), Map.of());
            s3.inject(r -> r.isObject("GET"), 1, Fault.flipResponseByte(150_000, 1));
            byte[] expected = random(200_000);
            expected[150_000] ^= 1;
            assertThat(get("key")).isEqualTo(expected);
            assertThat(get("key")).isEqualTo(random(200_000));
        }

        @ParameterizedTest
        @ValueSource(ints = {100, 3 << 20})
        void byte_flippedInTheStore_isFlipped(int length) {
            put("key", random(length));
            s3.flip("b", "key", length - 1, 0x80);
            byte[] expected = random(length);
            expected[length - 1] ^= (byte) 0x80;
            assertThat(s3.object("b", "key").bytes()).isEqualTo(expected);
        }

        @Test
        void response_stalled_waitsForTheLatch() throws Exception {
            s3.putObject("b", "key", BODY, Map.of());
            CountDownLatch latch = new CountDownLatch(1);
            s3.inject(r -> r.isObject("GET"), 1, Fault.stallAfter(5, latch));
            try (InputStream stream = client.getObject(r -> r.bucket("b").key("key"))) {
                assertThat(stream.readNBytes(5)).isEqualTo(ascii("The q"));
                CompletableFuture<Integer> next = CompletableFuture.supplyAsync(() -> {
                    try {
                        return stream.read();
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                });
                assertThat(next).isNotDone();
                latch.countDown();
                assertThat(next.get(30, TimeUnit.SECONDS)).isEqualTo('u');
            }
        }

        @Test
        void metadataAndHeaders_overridden_areTold() {
            client.putObject(r -> r.bucket("b").key("key").metadata(Map.of("m", "1")), RequestBody.fromBytes(BODY));
            s3.inject(r -> r.isObject("GET"), 1, Fault.metadataBecomes(m -> Map.of("other", "2")));
            s3.inject(r -> r.isObject("GET"), 1, Fault.header("Content-Range", "bytes 0-4/99"));

            GetObjectResponse got =
                    client.getObjectAsBytes(r -> r.bucket("b").key("key")).response();
            assertThat(got.metadata()).isEqualTo(Map.of("other", "2"));
            assertThat(got.contentRange()).isEqualTo("bytes 0-4/99");
            assertThat(s3.object("b", "key").metadata()).isEqualTo(Map.of("m", "1"));
        }
    }

    @Nested
    class PastTheClient {
        @Test
        void object_putDirectly_isServed() {
            s3.putObject("b", "key", BODY, Map.of("m", "v"));
            var got = client.getObjectAsBytes(r -> r.bucket("b").key("key"));
            assertThat(got.asByteArray()).isEqualTo(BODY);
            assertThat(got.response().metadata()).isEqualTo(Map.of("m", "v"));
        }

        @Test
        void requests_areRecorded() {
            put("k e y", BODY);
            client.headObject(r -> r.bucket("b").key("k e y").range("bytes=0-1"));
            assertThat(s3.requests()).extracting(RecordedRequest::method).containsExactly("PUT", "HEAD");
            assertThat(s3.requests().get(1).header("range")).isEqualTo("bytes=0-1");
            assertThat(s3.requests().get(1)).hasToString("HEAD /b/k e y");
            s3.clearRequests();
            assertThat(s3.requests()).isEmpty();
        }

        @Test
        void bodies_replacedOrLeftAtTheEnd_areDeleted(@TempDir Path folder) throws Exception {
            MiniS3 other = MiniS3.start(0, folder);
            other.createBucket("b");
            HttpRequest.Builder put = HttpRequest.newBuilder(other.endpoint().resolve("/b/key"))
                    .PUT(HttpRequest.BodyPublishers.ofByteArray(random(2 << 20)));
            assertThat(send(put)).startsWith("200");
            assertThat(send(put)).startsWith("200");
            assertThat(files(folder)).as("the server's folder and one body").hasSize(2);
            other.close();
            assertThat(files(folder)).isEmpty();
        }

        private List<Path> files(Path folder) throws IOException {
            try (Stream<Path> walk = Files.walk(folder)) {
                return walk.filter(path -> !path.equals(folder)).toList();
            }
        }

        @Test
        void parts_notUsedOrReplaced_areDeleted(@TempDir Path folder) throws Exception {
            try (MiniS3 other = MiniS3.start(0, folder)) {
                other.createBucket("b");
                URI uploads = other.endpoint().resolve("/b/key?uploads");
                String created = send(HttpRequest.newBuilder(uploads).POST(HttpRequest.BodyPublishers.noBody()));
                String id = created.replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
                byte[] body = random(2 << 20);
                for (int number : new int[] {1, 1, 2}) {
                    assertThat(send(HttpRequest.newBuilder(
                                            other.endpoint().resolve("/b/key?partNumber=" + number + "&uploadId=" + id))
                                    .PUT(HttpRequest.BodyPublishers.ofByteArray(body))))
                            .startsWith("200");
                }
                assertThat(files(folder))
                        .as("the server's folder and two parts")
                        .hasSize(3);
                String parts = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>"
                        + HexFormat.of().formatHex(Checksum.MD5.of(body))
                        + "</ETag></Part></CompleteMultipartUpload>";
                assertThat(send(HttpRequest.newBuilder(other.endpoint().resolve("/b/key?uploadId=" + id))
                                .POST(HttpRequest.BodyPublishers.ofString(parts))))
                        .startsWith("200");
                assertThat(files(folder)).as("the server's folder and one part").hasSize(2);
                assertThat(other.object("b", "key").bytes()).isEqualTo(body);
            }
        }

        @Test
        void clients_many_areServedAtOnce() throws Exception {
            List<CompletableFuture<Void>> running = IntStream.range(0, 16)
                    .mapToObj(i -> CompletableFuture.runAsync(() -> {
                        for (int round = 0; round < 20; round++) {
                            put("key" + i, random(1000 * i + round));
                            assertThat(get("key" + i)).isEqualTo(random(1000 * i + round));
                        }
                    }))
                    .toList();
            for (CompletableFuture<Void> each : running) {
                each.get(60, TimeUnit.SECONDS);
            }
        }
    }

    @Nested
    class OwnProcess {
        /** A body eight times the heap, in and out. */
        @Test
        void body_largerThanTheHeap_isServed(@TempDir Path folder) throws Exception {
            long length = 128L << 20;
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx16m",
                            "-cp",
                            System.getProperty("java.class.path"),
                            MiniS3.class.getName(),
                            "0",
                            folder.toString())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            try (BufferedReader out = process.inputReader()) {
                URI endpoint = URI.create(out.readLine().replace("MiniS3 listens on ", ""));
                assertThat(send(HttpRequest.newBuilder(endpoint.resolve("/b"))
                                .PUT(HttpRequest.BodyPublishers.noBody())))
                        .startsWith("200");
                assertThat(send(HttpRequest.newBuilder(endpoint.resolve("/b/key"))
                                .PUT(HttpRequest.BodyPublishers.ofInputStream(() -> ramp(length)))))
                        .startsWith("200");
                HttpResponse<InputStream> got = HttpClient.newHttpClient()
                        .send(
                                HttpRequest.newBuilder(endpoint.resolve("/b/key"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofInputStream());
                assertThat(hash(got.body())).isEqualTo(hash(ramp(length)));
            } finally {
                process.destroy();
                assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(folder).isEmptyDirectory();
        }

        /** Bytes that do not repeat soon. */
        private static InputStream ramp(long length) {
            return new LimitedInput(
                    new InputStream() {
                        private long at;

                        @Override
                        public int read() {
                            return (int) ((at++ * 0x9E3779B97F4A7C15L) >>> 56);
                        }

                        @Override
                        public int read(byte[] target, int offset, int count) {
                            for (int i = offset; i < offset + count; i++) {
                                target[i] = (byte) read();
                            }
                            return count;
                        }
                    },
                    length);
        }

        private static byte[] hash(InputStream in) throws Exception {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (in) {
                byte[] buffer = new byte[1 << 16];
                for (int got = in.read(buffer); got >= 0; got = in.read(buffer)) {
                    digest.update(buffer, 0, got);
                }
            }
            return digest.digest();
        }
    }
}
