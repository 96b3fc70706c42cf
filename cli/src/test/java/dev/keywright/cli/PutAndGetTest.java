/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import dev.keywright.testing.Fault;
import dev.keywright.testing.MiniS3;
import dev.keywright.testing.StoredObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PutAndGetTest {
    private static final String OBJECT = "s3://bucket/folder/report one.pdf";
    private static final String KEY = "folder/report one.pdf";

    @TempDir
    private Path folder;

    private MiniS3 s3;
    private Path plain;
    private Path got;
    private String key;

    @BeforeEach
    void start() throws IOException {
        s3 = MiniS3.start();
        s3.createBucket("bucket");
        System.setProperty("aws.accessKeyId", "test");
        System.setProperty("aws.secretAccessKey", "test");
        System.setProperty("aws.configFile", folder.resolve("no-profile").toString());
        System.setProperty("aws.disableEc2Metadata", "true");
        plain = Files.writeString(folder.resolve("plain"), "nobody else's business");
        got = folder.resolve("got");
        key = aesKey("key", 1);
    }

    @AfterEach
    void stop() {
        s3.close();
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        System.clearProperty("aws.configFile");
        System.clearProperty("aws.disableEc2Metadata");
    }

    private String aesKey(String name, int seed) throws IOException {
        byte[] bytes = new byte[32];
        new Random(seed).nextBytes(bytes);
        return "aes:" + Files.write(folder.resolve(name), bytes);
    }

    private Object[] withS3(Object... arguments) {
        return Stream.concat(
                        Stream.of(
                                arguments[0], "--endpoint", s3.endpoint(), "--region", "eu-central-1", "--path-style"),
                        Arrays.stream(arguments).skip(1))
                .toArray();
    }

    private Outcome keywright(Object... arguments) {
        return new Run().run(withS3(arguments));
    }

    private Outcome succeed(Object... arguments) {
        return new Run().mustSucceed(withS3(arguments));
    }

    private void assertNothingWritten() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).isSubsetOf("plain", "key", "other");
        }
    }

    @ParameterizedTest
    @CsvSource({"v2, 0", "v2, 1000", "v3, 0", "v3, 1000", "v3, 3000000"})
    void put_thenGet_givesTheFileBack(String format, int length) throws IOException {
        byte[] content = new byte[length];
        new Random(length).nextBytes(content);
        Files.write(plain, content);
        succeed("put", "--format", format, "--key", key, plain, OBJECT);
        Outcome outcome = succeed("get", "--policy", "require-encrypt-allow-decrypt", "--key", key, OBJECT, got);
        assertThat(got).hasBinaryContent(content);
        assertThat(outcome.err()).startsWith("got " + OBJECT + " to " + got).endsWith(", verified\n");
        assertThat(s3.object("bucket", KEY).bytes()).hasSize(length + 16).isNotEqualTo(content);
    }

    @Nested
    class Ranges {
        private void assertGets(String wanted, String said, Object... options) throws IOException {
            Object[] arguments = Stream.of(
                            new Object[] {"get", "--force", "--key", key}, options, new Object[] {OBJECT, got})
                    .flatMap(Arrays::stream)
                    .toArray();
            Outcome outcome = succeed(arguments);
            assertThat(got).hasContent(wanted);
            assertThat(outcome.err()).endsWith(said + "\n");
        }

        @Test
        void range_isVerified_unlessSaidOtherwise() throws IOException {
            succeed("put", "--key", key, plain, OBJECT);
            for (String[] each : new String[][] {
                {"bytes=0-5", "nobody"}, {"bytes=14-", "business"}, {"bytes=-4", "ness"}, {"bytes=18-999", "ness"}
            }) {
                assertGets(each[1], ", verified", "--range", each[0]);
                assertGets(
                        each[1],
                        ", NOT verified: a range has no authentication of its own, anyone may have altered it",
                        "--range",
                        each[0],
                        "--unverified-range");
            }
            assertThat(succeed("get", "--json", "--range", "bytes=0-5", "--force", "--key", key, OBJECT, got)
                            .out())
                    .contains("\"contentRange\":\"bytes 0-5/22\"", "\"authenticated\":true");
            assertThat(succeed(
                                    "get",
                                    "--json",
                                    "--range",
                                    "bytes=0-5",
                                    "--unverified-range",
                                    "--force",
                                    "--key",
                                    key,
                                    OBJECT,
                                    got)
                            .out())
                    .contains("\"contentRange\":\"bytes 0-5/22\"", "\"authenticated\":false");
        }

        @Test
        void range_ofAnAlteredObject_isNotWritten() throws IOException {
            succeed("put", "--key", key, plain, OBJECT);
            s3.flip("bucket", KEY, 20, 1);
            Outcome outcome = keywright("get", "--range", "bytes=0-5", "--key", key, OBJECT, got);
            assertThat(outcome.exitCode()).isEqualTo(4);
            assertThat(outcome.errorLine()).contains("does not verify");
            assertNothingWritten();
        }

        @Test
        void range_behindTheEnd_isOneLine() throws IOException {
            succeed("put", "--key", key, plain, OBJECT);
            for (String[] how : new String[][] {{}, {"--unverified-range"}}) {
                Object[] arguments = Stream.of(new Object[] {"get", "--range", "bytes=22-"}, how, new Object[] {
                            "--key", key, OBJECT, got
                        })
                        .flatMap(Arrays::stream)
                        .toArray();
                Outcome outcome = keywright(arguments);
                assertThat(outcome.exitCode()).isEqualTo(7);
                assertThat(outcome.errorLine()).contains("bytes=22- asks for none of the 22 bytes");
            }
            assertNothingWritten();
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = ';',
                value = {
                    "--range bytes=5-1;it ends before it begins",
                    "--range bytes=0-1,4-5;it is of several ranges",
                    "--range 0-1;it is malformed",
                    "--unverified-range;none is given",
                    "--release spool --range bytes=0-1;--release is of whole objects",
                    "--release disk;there are automatic, buffer, spool, read-twice"
                })
        void options_thatMakeNoSense_areMisuse(String options, String said) {
            Object[] arguments = Stream.of(
                            new Object[] {"get"}, options.split(" "), new Object[] {"--key", key, OBJECT, got})
                    .flatMap(Arrays::stream)
                    .toArray();
            Outcome outcome = keywright(arguments);
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.errorLine()).contains(said);
            assertThat(s3.requests()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"automatic, 1", "buffer, 1", "SPOOL, 1", "read-twice, 2"})
    void get_releasedInEveryWay_givesTheFile(String release, int requests) {
        succeed("put", "--key", key, plain, OBJECT);
        s3.clearRequests();
        succeed("get", "--release", release, "--key", key, OBJECT, got);
        assertThat(got).hasSameBinaryContentAs(plain);
        assertThat(s3.requests()).hasSize(requests);
    }

    @Test
    void get_moreThanTheBuffer_isAMatterOfPolicy() throws IOException {
        Files.write(plain, new byte[9 << 20]);
        succeed("put", "--key", key, plain, OBJECT);
        Outcome outcome = keywright("get", "--release", "buffer", "--key", key, OBJECT, got);
        assertThat(outcome.exitCode()).isEqualTo(6);
        assertThat(outcome.errorLine()).contains("longer than the buffer");
        assertNothingWritten();
    }

    @Test
    void put_contentTypeAndMetadata_areStoredBesideTheEnvelope() {
        succeed(
                "put",
                "--content-type",
                "application/pdf",
                "--metadata",
                "author=me",
                "--description",
                "key=2027",
                "--key",
                key,
                plain,
                OBJECT);
        StoredObject stored = s3.object("bucket", KEY);
        assertThat(stored.metadata()).containsEntry("author", "me").containsEntry("x-amz-c", "115");
        assertThat(succeed("get", "--json", "--description", "key=2027", "--key", key, OBJECT, got)
                        .out())
                .startsWith(
                        "{\"object\":\"" + OBJECT + "\",\"out\":\"" + got + "\",\"plaintextBytes\":22,"
                                + "\"authenticated\":true,\"contentType\":\"application/pdf\",\"metadata\":{\"author\":\"me\"},\"etag\":");
    }

    @Test
    void put_standardInput_getsToStandardOutput() {
        byte[] content = new byte[200_000];
        new Random(5).nextBytes(content);
        new Run().in(content).mustSucceed(withS3("put", "--quiet", "--key", key, "-", OBJECT));
        Outcome outcome = succeed("get", "--quiet", "--key", key, OBJECT, "-");
        assertThat(outcome.outBytes()).isEqualTo(content);
        assertThat(outcome.err()).isEmpty();
    }

    @Test
    void put_failedOnceByS3_isTriedAgain_withTheSameBytes() {
        s3.inject(request -> request.method().equals("PUT"), 1, Fault.status(503));
        succeed("put", "--key", key, plain, OBJECT);
        succeed("get", "--key", key, OBJECT, got);
        assertThat(got).hasSameBinaryContentAs(plain);
    }

    @Test
    void inspect_object_needsNoKeyAndReadsNoBody() {
        succeed("put", "--description", "key=2027", "--key", key, plain, OBJECT);
        s3.clearRequests();
        assertThat(succeed("inspect", OBJECT).out())
                .contains("V3, with key commitment", "materials description {key=2027}", "22 bytes");
        assertThat(s3.requests())
                .singleElement()
                .matches(request -> request.method().equals("HEAD"));
    }

    @Nested
    class Refusals {
        @Test
        void get_wrongKey_isAnIntegrityError_namingTheObject() throws IOException {
            succeed("put", "--key", key, plain, OBJECT);
            Outcome outcome = keywright("get", "--key", aesKey("other", 2), OBJECT, got);
            assertThat(outcome.exitCode()).isEqualTo(4);
            assertThat(outcome.errorLine())
                    .startsWith("keywright: reading " + OBJECT)
                    .contains("does not open under this master key");
            assertNothingWritten();
        }

        @Test
        void get_flippedBit_releasesNothing() throws IOException {
            succeed("put", "--key", key, plain, OBJECT);
            s3.flip("bucket", KEY, 3, 1);
            assertThat(keywright("get", "--key", key, OBJECT, got).exitCode()).isEqualTo(4);
            Outcome outcome = keywright("get", "--key", key, OBJECT, "-");
            assertThat(outcome.exitCode()).isEqualTo(4);
            assertThat(outcome.outBytes()).isEmpty();
            assertNothingWritten();
        }

        @Test
        void get_truncatedBody_isAnIntegrityError() throws IOException {
            succeed("put", "--key", key, plain, OBJECT);
            StoredObject stored = s3.object("bucket", KEY);
            s3.putObject("bucket", KEY, Arrays.copyOf(stored.bytes(), 20), stored.metadata());
            Outcome outcome = keywright("get", "--key", key, OBJECT, got);
            assertThat(outcome.exitCode()).isEqualTo(4);
            assertThat(outcome.errorLine()).startsWith("keywright: reading " + OBJECT);
            assertNothingWritten();
        }

        @Test
        void get_plainObject_isAFormatError() throws IOException {
            s3.putObject("bucket", KEY, new byte[100], Map.of());
            Outcome outcome = keywright("get", "--key", key, OBJECT, got);
            assertThat(outcome.exitCode()).isEqualTo(5);
            assertThat(outcome.errorLine())
                    .startsWith("keywright: reading " + OBJECT)
                    .contains("no envelope");
            assertThat(keywright("inspect", OBJECT).exitCode()).isEqualTo(5);
            assertNothingWritten();
        }

        @Test
        void get_formatV2UnderTheDefaultPolicy_isAPolicyError() throws IOException {
            succeed("put", "--format", "v2", "--key", key, plain, OBJECT);
            assertThat(keywright("get", "--key", key, OBJECT, got).exitCode()).isEqualTo(6);
            assertNothingWritten();
        }

        @Test
        void get_noSuchObject_isOneLine() {
            Outcome outcome = keywright("get", "--key", key, OBJECT, got);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).isEqualTo("keywright: " + OBJECT + ": no such object (NoSuchKey)");
        }

        @Test
        void put_noSuchBucket_isOneLine_andJsonHasTheCode() {
            Outcome outcome = keywright("put", "--key", key, plain, "s3://absent/x");
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).isEqualTo("keywright: s3://absent/x: no such bucket (NoSuchBucket)");
            assertThat(keywright("put", "--json", "--key", key, plain, "s3://absent/x")
                            .errorLine())
                    .startsWith("{\"error\":\"io\",\"reason\":\"NoSuchBucket\",");
        }

        @Test
        void inspect_noSuchObject_isOneLine() {
            Outcome outcome = keywright("inspect", OBJECT);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).startsWith("keywright: " + OBJECT + ": no such object");
        }

        @Test
        void get_accessDenied_isOneLine() {
            s3.injectAlways(request -> true, Fault.status(403));
            Outcome outcome = keywright("get", "--key", key, OBJECT, got);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).startsWith("keywright: " + OBJECT + ": S3 denies access");
        }

        @Test
        void put_missingFile_asksS3Nothing() {
            Outcome outcome = keywright("put", "--key", key, folder.resolve("absent"), OBJECT);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).endsWith("absent: no such file or folder");
            assertThat(s3.requests()).isEmpty();
        }

        @Test
        void get_endpointThatIsNotThere_isOneLine() throws IOException {
            int port;
            try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                port = free.getLocalPort();
            }
            Outcome outcome = new Run()
                    .run("get", "--endpoint", "http://127.0.0.1:" + port, "--region", "x", "--key", key, OBJECT, got);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).startsWith("keywright: " + OBJECT + ": S3 can't be reached: ");
        }

        @Test
        void get_existingFile_isLeftAsItIs_andS3IsNotAsked() throws IOException {
            succeed("put", "--key", key, plain, OBJECT);
            Files.writeString(got, "precious");
            s3.clearRequests();
            assertThat(keywright("get", "--key", key, OBJECT, got).exitCode()).isEqualTo(7);
            assertThat(got).hasContent("precious");
            assertThat(s3.requests()).isEmpty();
            succeed("get", "--force", "--key", key, OBJECT, got);
            assertThat(got).hasSameBinaryContentAs(plain);
        }

        @Test
        void put_metadataOfTheEnvelope_isMisuse() {
            Outcome outcome = keywright("put", "--metadata", "X-Amz-Key-V2=x", "--key", key, plain, OBJECT);
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(s3.requests()).isEmpty();
        }

        @Test
        void put_moreMetadataThanS3Takes_isMisuse() {
            Outcome outcome = keywright("put", "--metadata", "a=" + "x".repeat(2000), "--key", key, plain, OBJECT);
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.errorLine()).contains("2048");
            assertThat(s3.requests()).isEmpty();
        }

        @Test
        void put_endpointThatIsNoUrl_isMisuse() {
            Outcome outcome = new Run().run("put", "--endpoint", "localhost:9000", "--key", key, plain, OBJECT);
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.errorLine()).contains("'localhost:9000' is not a URL");
        }

        @Test
        void put_withoutRegion_saysSo() {
            Outcome outcome = new Run().run("put", "--endpoint", s3.endpoint(), "--key", key, plain, OBJECT);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).contains("no region is set: give --region");
        }
    }
}
