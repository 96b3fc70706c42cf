/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.envelope.FlatJson;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import dev.keywright.testing.StoredObject;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.ObjectCannedACL;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectResponse;
import software.amazon.awssdk.services.s3.model.RenameObjectRequest;
import software.amazon.awssdk.services.s3.model.RenameObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** Envelopes in objects of their own. */
class InstructionFileTest {
    private static final String FILE = "k.instruction";
    private static final InstructionFileConfig WRITES = InstructionFileConfig.DEFAULT.withWrites(true);

    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private final byte[] plaintext = Loopback.bytes(1000);

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static EncryptingS3Client client(InstructionFileConfig config) {
        return LOOPBACK.encrypting()
                .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .instructionFiles(config)
                .build();
    }

    private static EncryptingS3Client writer(CommitmentPolicy policy) {
        return LOOPBACK.encrypting()
                .commitmentPolicy(policy)
                .instructionFiles(WRITES)
                .build();
    }

    private PutObjectResponse put(EncryptingS3Client client) {
        return put(client, request().build());
    }

    private PutObjectResponse put(EncryptingS3Client client, PutObjectRequest request) {
        return client.putObject(request, RequestBody.fromBytes(plaintext));
    }

    private static PutObjectRequest.Builder request() {
        return PutObjectRequest.builder().bucket(BUCKET).key("k").metadata(Map.of("owner", "me"));
    }

    private static byte[] get(EncryptingS3Client client) {
        return client.getObjectAsBytes(from -> from.bucket(BUCKET).key("k")).asByteArray();
    }

    private static Map<String, String> file(String key) {
        return FlatJson.read(new String(LOOPBACK.stored(key).bytes(), StandardCharsets.US_ASCII));
    }

    private static List<RecordedRequest> requests(String method) {
        return LOOPBACK.s3.requests().stream()
                .filter(request -> request.isObject(method))
                .toList();
    }

    private static void assertMalformed(EncryptingS3Client client, String... said) {
        assertThatThrownBy(() -> get(client))
                .isInstanceOfSatisfying(
                        FormatException.class, e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.MALFORMED))
                .hasMessageStartingWith("reading s3://bucket/k")
                .hasMessageContainingAll(said);
    }

    @Nested
    class Writes {
        @Test
        @Tag("INS-001")
        @Tag("INS-007")
        @Tag("CLI-027")
        void defaultClient_writesNoFile() {
            put(LOOPBACK.encrypting);

            assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("k");
            assertThat(requests("PUT")).hasSize(1);
        }

        @Test
        @Tag("INS-004")
        @Tag("INS-008")
        @Tag("INS-014")
        @Tag("INS-015")
        @Tag("INS-016")
        @Tag("INS-017")
        @Tag("INS-018")
        @Tag("INS-019")
        @Tag("INS-020")
        @Tag("INS-021")
        @Tag("FMT-033")
        @Tag("CLI-026")
        @Tag("CLI-025")
        void v3_isSplitBetweenObjectAndFile() {
            put(writer(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT));

            assertThat(LOOPBACK.stored("k").metadata()).containsOnlyKeys("x-amz-c", "x-amz-d", "x-amz-i", "owner");
            assertThat(file(FILE)).containsOnlyKeys("x-amz-3", "x-amz-w");
            assertThat(get(LOOPBACK.encrypting)).isEqualTo(plaintext);
        }

        @Test
        @Tag("INS-004")
        @Tag("INS-013")
        void v2_isWhollyInTheFile() {
            put(writer(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT));

            assertThat(LOOPBACK.stored("k").metadata()).containsOnlyKeys("owner");
            assertThat(file(FILE))
                    .containsOnlyKeys(
                            "x-amz-key-v2",
                            "x-amz-iv",
                            "x-amz-tag-len",
                            "x-amz-wrap-alg",
                            "x-amz-cek-alg",
                            "x-amz-matdesc");
            assertThat(get(client(InstructionFileConfig.DEFAULT))).isEqualTo(plaintext);
        }

        @Test
        @Tag("INS-006")
        @Tag("INS-022")
        @Tag("VAL-003")
        void description_isInTheFile() {
            Map<String, String> description = Map.of("tenant", "caf\u00e9");
            try (Keyring keyring =
                            JcaKeyrings.platform().description(description).aes("k", KnownAnswers.AES_MASTER_KEY);
                    EncryptingS3Client client = LOOPBACK.encrypting()
                            .client(Loopback.settings(LOOPBACK.s3.endpoint()).build())
                            .keyring(keyring)
                            .instructionFiles(WRITES)
                            .build()) {
                put(client);

                String text = new String(LOOPBACK.stored(FILE).bytes(), StandardCharsets.UTF_8);
                assertThat(text).startsWith("{").endsWith("}").doesNotContainAnyWhitespaces();
                assertThat(file(FILE)).containsEntry("x-amz-m", "{\"tenant\":\"caf\\u00e9\"}");
                assertThat(get(client)).isEqualTo(plaintext);
            }
        }

        @Test
        @Tag("INT-012")
        @Tag("INT-020")
        @Tag("INT-024")
        void file_isPutBeforeTheObjectWithItsOwnLengthAndMarker() {
            put(
                    client(WRITES),
                    request()
                            .contentMD5(java.util.Base64.getEncoder().encodeToString(md5(plaintext)))
                            .requestPayer("requester")
                            .expectedBucketOwner("123456789012")
                            .build());

            List<RecordedRequest> puts = requests("PUT");
            assertThat(puts).extracting(RecordedRequest::key).containsExactly(FILE, "k");
            assertThat(puts.get(0).header("content-md5")).isNull();
            assertThat(puts.get(0).header("x-amz-request-payer")).isEqualTo("requester");
            assertThat(puts.get(0).header("x-amz-expected-bucket-owner")).isEqualTo("123456789012");
            StoredObject file = LOOPBACK.stored(FILE);
            assertThat(file.metadata()).isEqualTo(Map.of("x-amz-crypto-instr-file", ""));
            assertThat(file.length()).isEqualTo(file.bytes().length).isNotEqualTo(plaintext.length);
        }

        /** Whoever may read the object may read its file, which S3 encrypts alike; the rest is the object's. */
        @Test
        @Tag("INT-020")
        void fields_ofThePut_goToTheFileWhereTheyFit() {
            RecordingS3Client below = new RecordingS3Client();
            PutObjectRequest object = request()
                    .acl(ObjectCannedACL.AUTHENTICATED_READ)
                    .grantFullControl("id=1")
                    .grantRead("id=2")
                    .grantReadACP("id=3")
                    .grantWriteACP("id=4")
                    .serverSideEncryption(ServerSideEncryption.AWS_KMS)
                    .ssekmsKeyId("kms key")
                    .ssekmsEncryptionContext("e30=")
                    .bucketKeyEnabled(true)
                    .requestPayer("requester")
                    .expectedBucketOwner("123456789012")
                    .contentType("text/plain")
                    .tagging("a=b")
                    .overrideConfiguration(configuration -> configuration.putHeader("x-traced", "yes"))
                    .build();
            put(
                    LOOPBACK.encrypting()
                            .client(below.client)
                            .instructionFiles(WRITES)
                            .build(),
                    object);

            assertThat(below.calls.get(0).arguments().get(0))
                    .isEqualTo(object.toBuilder()
                            .key(FILE)
                            .metadata(Map.of("x-amz-crypto-instr-file", ""))
                            .contentType(null)
                            .tagging((String) null)
                            .build());
        }

        private static byte[] md5(byte[] bytes) {
            try {
                return java.security.MessageDigest.getInstance("MD5").digest(bytes);
            } catch (java.security.NoSuchAlgorithmException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        @Tag("INT-023")
        void objectThatFailsAfterItsFile_isReported() {
            LOOPBACK.s3.injectAlways(
                    request -> request.isObject("PUT") && request.key().equals("k"), Fault.status(403));

            assertThatThrownBy(() -> put(client(WRITES)))
                    .isInstanceOf(S3Exception.class)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(also -> assertThat(also)
                                    .hasMessageContainingAll(
                                            "s3://bucket/k", "instruction file was written", "again")));
        }

        @Test
        void fileThatFails_leavesTheObjectAlone() {
            LOOPBACK.s3.injectAlways(
                    request -> request.isObject("PUT") && request.key().equals(FILE), Fault.status(403));

            assertThatThrownBy(() -> put(client(WRITES))).isInstanceOf(S3Exception.class);

            assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
        }

        @Test
        void conditionalPut_isRefusedBeforeAnythingIsWritten() {
            for (PutObjectRequest request : List.of(
                    request().ifNoneMatch("*").build(),
                    request().ifMatch("\"e\"").build())) {
                assertThatThrownBy(() -> put(client(WRITES), request))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageContaining("ifNoneMatch");
            }
            assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
        }
    }

    @Nested
    class Reads {
        @Test
        @Tag("DET-004")
        void file_isAskedForOnlyIfTheMetadataIsNotEnough() {
            put(LOOPBACK.encrypting);
            LOOPBACK.s3.clearRequests();
            get(LOOPBACK.encrypting);
            assertThat(requests("GET")).extracting(RecordedRequest::key).containsExactly("k");

            put(client(WRITES));
            LOOPBACK.s3.clearRequests();
            get(LOOPBACK.encrypting);
            assertThat(requests("GET")).extracting(RecordedRequest::key).containsExactly("k", FILE, "k");
        }

        /** What is decrypted is the object whose metadata was seen, not one that came in between. */
        @Test
        void secondReading_isPinnedToTheObjectOfTheFirst() {
            put(client(WRITES));
            LOOPBACK.s3.clearRequests();

            get(LOOPBACK.encrypting);

            assertThat(requests("GET").get(0).header("if-match")).isNull();
            assertThat(requests("GET").get(2).header("if-match"))
                    .isEqualTo(LOOPBACK.stored("k").etag());
        }

        @Test
        @Tag("INT-021")
        void file_isAskedForByWhoeverPaysAndOwns() {
            put(client(WRITES));
            LOOPBACK.s3.clearRequests();

            LOOPBACK.encrypting.getObjectAsBytes(from ->
                    from.bucket(BUCKET).key("k").requestPayer("requester").expectedBucketOwner("123456789012"));

            RecordedRequest file = requests("GET").get(1);
            assertThat(file.key()).isEqualTo(FILE);
            assertThat(file.header("x-amz-request-payer")).isEqualTo("requester");
            assertThat(file.header("x-amz-expected-bucket-owner")).isEqualTo("123456789012");
        }

        @Test
        void file_isAskedForAsTheObjectWas() {
            put(client(WRITES));
            LOOPBACK.s3.clearRequests();

            LOOPBACK.encrypting.getObjectAsBytes(from -> from.bucket(BUCKET)
                    .key("k")
                    .overrideConfiguration(configuration -> configuration.putHeader("x-traced", "yes")));

            assertThat(requests("GET")).hasSize(3).allMatch(get -> "yes".equals(get.header("x-traced")));
        }

        /** The first response's connection is given back before the file is asked for. */
        @Test
        void poolOfOneConnection_isEnough() {
            put(client(WRITES));
            try (EncryptingS3Client client = LOOPBACK.encrypting()
                    .client(LOOPBACK.client(
                            Apache5HttpClient.builder().maxConnections(1).build()))
                    .build()) {
                for (int i = 0; i < 5; i++) {
                    assertThat(get(client)).isEqualTo(plaintext);
                }
            }
        }

        @Test
        void unverifiedStream_readsTheFileToo() throws Exception {
            put(client(WRITES));

            try (ResponseInputStream<GetObjectResponse> stream = LOOPBACK.encrypting.getObjectUnverified(
                    GetObjectRequest.builder().bucket(BUCKET).key("k").build())) {
                assertThat(stream.readAllBytes()).isEqualTo(plaintext);
                assertThat(stream.response().contentLength()).isEqualTo(plaintext.length);
                assertThat(stream.response().metadata()).isEqualTo(Map.of("owner", "me"));
            }
        }

        @Test
        @Tag("INS-012")
        void customSuffix_ofOneRequest_namesTheFile() {
            put(client(WRITES));
            LOOPBACK.s3.putObject(BUCKET, "k.share", LOOPBACK.stored(FILE).bytes(), Map.of());
            LOOPBACK.s3.deleteObject(BUCKET, FILE);

            assertThat(LOOPBACK.encrypting
                            .getObjectAsBytes(from -> from.bucket(BUCKET)
                                    .key("k")
                                    .overrideConfiguration(InstructionFileSuffix.of(".share")))
                            .asByteArray())
                    .isEqualTo(plaintext);
            assertMalformed(LOOPBACK.encrypting, "there is no instruction file s3://bucket/k.instruction");
        }

        @Test
        void customSuffix_ofAnObjectWithCompleteMetadata_isNotUsed() {
            put(LOOPBACK.encrypting);

            assertThat(LOOPBACK.encrypting
                            .getObjectAsBytes(from -> from.bucket(BUCKET)
                                    .key("k")
                                    .overrideConfiguration(InstructionFileSuffix.of(".share")))
                            .asByteArray())
                    .isEqualTo(plaintext);
            assertThatIllegalArgumentException().isThrownBy(() -> InstructionFileSuffix.of(""));
            assertThat(InstructionFileSuffix.of(".share")).hasToString(".share");
        }

        @Test
        @Tag("SEC-021")
        @Tag("DET-004")
        void row27_plainObject_isNotEncryptedAndNamesTheFileLookedFor() {
            LOOPBACK.s3.putObject(BUCKET, "k", plaintext, Map.of());

            assertThatThrownBy(() -> get(LOOPBACK.encrypting))
                    .isInstanceOfSatisfying(
                            FormatException.class,
                            e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.NOT_ENCRYPTED))
                    .hasMessageContainingAll("s3://bucket/k", "s3://bucket/k.instruction");
        }

        @Test
        void fileThatMayNotBeRead_isNotThere() {
            put(client(WRITES));
            LOOPBACK.s3.injectAlways(request -> request.key().equals(FILE), Fault.status(403));

            assertMalformed(LOOPBACK.encrypting, "may not be read (403)");
        }

        @Test
        void fileThatS3FailsToGive_isS3sError() {
            put(client(WRITES));
            LOOPBACK.s3.injectAlways(request -> request.key().equals(FILE), Fault.status(503));

            assertThatThrownBy(() -> get(LOOPBACK.encrypting))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
        }

        @Test
        void filesNotToBeRead_areNotAskedFor() {
            put(client(WRITES));
            LOOPBACK.s3.clearRequests();

            assertMalformed(client(InstructionFileConfig.DEFAULT.withReads(false)), "configuration");

            assertThat(requests("GET")).extracting(RecordedRequest::key).containsExactly("k");
        }

        @Test
        @Tag("SEC-013")
        void row16_fileOfAnotherObject_isFoundByTheCommitment() {
            put(client(WRITES));
            byte[] foreign = LOOPBACK.stored(FILE).bytes();
            put(client(WRITES));
            LOOPBACK.s3.putObject(BUCKET, FILE, foreign, Map.of());

            assertThatThrownBy(() -> get(LOOPBACK.encrypting))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.COMMITMENT));
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-amz-c", "x-amz-d", "x-amz-i"})
        @Tag("SEC-002")
        void row03_bodysPartInTheFileToo_isRefused(String name) {
            put(client(WRITES));
            Map<String, String> altered = new TreeMap<>(file(FILE));
            altered.put(name, String.valueOf(LOOPBACK.stored("k").metadata().get(name)));
            LOOPBACK.s3.putObject(BUCKET, FILE, FlatJson.write(altered).getBytes(StandardCharsets.US_ASCII), Map.of());

            assertMalformed(LOOPBACK.encrypting, FILE, name);
        }

        @Test
        @Tag("SEC-004")
        void row05_fileOfUnrelatedJson_isRefused() {
            put(client(WRITES));
            for (String body : List.of("{\"other\":\"json\"}", "[]", "", "\u00e9")) {
                LOOPBACK.s3.putObject(BUCKET, FILE, body.getBytes(StandardCharsets.ISO_8859_1), Map.of());
                assertMalformed(LOOPBACK.encrypting, FILE);
            }
        }

        @Test
        void fileOfAMegabyte_isRefusedWithoutBeingRead() {
            put(client(WRITES));
            LOOPBACK.s3.putObject(BUCKET, FILE, new byte[1 << 20], Map.of());

            assertMalformed(LOOPBACK.encrypting, "at most");
        }

        /** An HTTP client reads what is left to its end, unless the answer is aborted. */
        @Test
        void fileWithoutEnd_isGivenUp() {
            AtomicReference<String> aborted = new AtomicReference<>();
            S3Client store = endless(Map.of(), aborted::set);

            assertMalformed(LOOPBACK.encrypting().client(store).build(), FILE, "at most");
            assertThat(aborted).hasValue(FILE);
        }

        @Test
        void objectOfABrokenEnvelope_isGivenUp() {
            AtomicReference<String> aborted = new AtomicReference<>();
            S3Client store = endless(Map.of("x-amz-iv", "alone"), aborted::set);

            assertMalformed(LOOPBACK.encrypting().client(store).build(), "x-amz-iv");
            assertThat(aborted).hasValue("k");
        }

        /** All objects have this metadata and no end. */
        private static S3Client endless(Map<String, String> metadata, Consumer<String> whenAborted) {
            InputStream spaces = new InputStream() {
                @Override
                public int read() {
                    return ' ';
                }
            };
            return new RecordingS3Client(arguments -> {
                        GetObjectRequest request = (GetObjectRequest) arguments.get(0);
                        @SuppressWarnings("unchecked")
                        ResponseTransformer<GetObjectResponse, Object> transformer =
                                (ResponseTransformer<GetObjectResponse, Object>) arguments.get(1);
                        try {
                            return transformer.transform(
                                    GetObjectResponse.builder()
                                            .metadata(metadata)
                                            .build(),
                                    AbortableInputStream.create(spaces, () -> whenAborted.accept(request.key())));
                        } catch (RuntimeException e) {
                            throw e;
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                    })
                    .client;
        }

        @Test
        void objectReplacedWhileItsFileIsRead_isAClearError() {
            put(client(WRITES));
            S3Client replacing = new DelegatingS3Client(LOOPBACK.plain) {
                @Override
                public <T> T getObject(
                        GetObjectRequest request, ResponseTransformer<GetObjectResponse, T> transformer) {
                    T got = super.getObject(request, transformer);
                    if (request.key().equals(FILE)) {
                        put(client(WRITES));
                    }
                    return got;
                }
            };

            assertThatThrownBy(() -> get(LOOPBACK.encrypting().client(replacing).build()))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContainingAll("reading s3://bucket/k", "replaced", "read it again");
        }

        /** A condition of the caller's own is the caller's to judge. */
        @Test
        void objectThatIsNotTheOneOfTheCallersCondition_isS3sAnswer() {
            put(client(WRITES));

            assertThatThrownBy(() -> LOOPBACK.encrypting.getObjectAsBytes(
                            from -> from.bucket(BUCKET).key("k").ifMatch("\"another\"")))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));
        }

        @ParameterizedTest
        @EnumSource
        void headObject_ofAnObjectWithAFile_givesThePlaintextsLengthWhereTheMetadataTellsIt(CommitmentPolicy policy) {
            put(writer(policy));

            HeadObjectResponse head =
                    LOOPBACK.encrypting.headObject(from -> from.bucket(BUCKET).key("k"));

            boolean v3 = policy != CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT;
            assertThat(head.contentLength()).isEqualTo(plaintext.length + (v3 ? 0 : 16));
            assertThat(head.metadata()).isEqualTo(Map.of("owner", "me"));
        }
    }

    @Nested
    class Follows {
        @Test
        @Tag("API-005")
        @Tag("API-007")
        void delete_takesTheFileAlongUnlessToldNotTo() {
            put(client(WRITES));
            client(InstructionFileConfig.DEFAULT.withFollows(false))
                    .deleteObject(from -> from.bucket(BUCKET).key("k"));
            assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly(FILE);

            put(client(WRITES));
            LOOPBACK.encrypting.deleteObject(from -> from.bucket(BUCKET).key("k"));
            assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
        }

        @Test
        void deleteMany_takesTheFilesAlongUnlessToldNotTo() {
            put(client(WRITES));
            client(InstructionFileConfig.DEFAULT.withFollows(false))
                    .deleteObjects(from -> from.bucket(BUCKET)
                            .delete(what -> what.objects(
                                    ObjectIdentifier.builder().key("k").build())));
            assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly(FILE);
        }

        @Test
        @Tag("CLI-002")
        void copy_takesTheFileAlongAndTheCopyOpens() {
            put(client(WRITES));
            LOOPBACK.s3.clearRequests();

            LOOPBACK.encrypting.copyObject(copy -> copy.sourceBucket(BUCKET)
                    .sourceKey("k")
                    .destinationBucket(BUCKET)
                    .destinationKey("copy"));

            assertThat(requests("PUT")).extracting(RecordedRequest::key).containsExactly("copy.instruction", "copy");
            assertThat(LOOPBACK.encrypting
                            .getObjectAsBytes(from -> from.bucket(BUCKET).key("copy"))
                            .asByteArray())
                    .isEqualTo(plaintext);
        }

        @Test
        void copy_ofAnObjectWithoutFile_isJustThat() {
            put(LOOPBACK.encrypting);

            LOOPBACK.encrypting.copyObject(copy -> copy.sourceBucket(BUCKET)
                    .sourceKey("k")
                    .destinationBucket(BUCKET)
                    .destinationKey("copy"));

            assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("copy", "k");
        }

        @Test
        void copy_thatLeavesFilesAlone_copiesTheObjectOnly() {
            put(client(WRITES));

            client(InstructionFileConfig.DEFAULT.withFollows(false))
                    .copyObject(copy -> copy.sourceBucket(BUCKET)
                            .sourceKey("k")
                            .destinationBucket(BUCKET)
                            .destinationKey("copy"));

            assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("copy", "k", FILE);
        }

        /** A file that is copied first would take the place of that of an object which stays. */
        @Test
        void copy_whoseConditionDoesNotHold_leavesTheDestinationReadable() {
            put(client(WRITES));
            put(client(WRITES), request().key("copy").build());

            assertThatThrownBy(() -> LOOPBACK.encrypting.copyObject(copy -> copy.sourceBucket(BUCKET)
                            .sourceKey("k")
                            .destinationBucket(BUCKET)
                            .destinationKey("copy")
                            .copySourceIfMatch("\"another\"")))
                    .isInstanceOfSatisfying(
                            S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(412));

            assertThat(LOOPBACK.encrypting
                            .getObjectAsBytes(from -> from.bucket(BUCKET).key("copy"))
                            .asByteArray())
                    .isEqualTo(plaintext);
        }

        @Test
        void copy_whoseConditionHolds_takesTheFileAlong() {
            PutObjectResponse stored = put(client(WRITES));
            LOOPBACK.s3.clearRequests();

            LOOPBACK.encrypting.copyObject(copy -> copy.sourceBucket(BUCKET)
                    .sourceKey("k")
                    .destinationBucket(BUCKET)
                    .destinationKey("copy")
                    .copySourceIfMatch(stored.eTag()));

            assertThat(requests("PUT")).extracting(RecordedRequest::key).containsExactly("copy", "copy.instruction");
            assertThat(LOOPBACK.encrypting
                            .getObjectAsBytes(from -> from.bucket(BUCKET).key("copy"))
                            .asByteArray())
                    .isEqualTo(plaintext);
        }

        @ParameterizedTest
        @ValueSource(booleans = {false, true})
        void copy_failingHalfway_saysWhatWasLeftBehind(boolean conditional) {
            PutObjectResponse stored = put(client(WRITES));
            String second = conditional ? "copy.instruction" : "copy";
            LOOPBACK.s3.injectAlways(
                    request -> request.isObject("PUT") && request.key().equals(second), Fault.status(403));

            assertThatThrownBy(() -> LOOPBACK.encrypting.copyObject(copy -> copy.sourceBucket(BUCKET)
                            .sourceKey("k")
                            .destinationBucket(BUCKET)
                            .destinationKey("copy")
                            .copySourceIfMatch(conditional ? stored.eTag() : null)))
                    .isInstanceOf(S3Exception.class)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(also -> assertThat(also)
                                    .hasMessageContainingAll("s3://bucket/copy", "instruction file", "again")));
        }

        @Test
        void copy_ofAnObjectWithoutFileThatFails_speaksOfNoFile() {
            put(LOOPBACK.encrypting);
            LOOPBACK.s3.injectAlways(
                    request -> request.isObject("PUT") && request.key().equals("copy"), Fault.status(403));

            assertThatThrownBy(() -> LOOPBACK.encrypting.copyObject(copy().build()))
                    .isInstanceOf(S3Exception.class)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .noneSatisfy(also -> assertThat(also).hasMessageContaining("instruction file")));
        }

        static Stream<UnaryOperator<CopyObjectRequest.Builder>> conditions() {
            return Stream.of(
                    copy -> copy.ifMatch("\"e\""),
                    copy -> copy.ifNoneMatch("*"),
                    copy -> copy.copySourceIfMatch("\"e\""),
                    copy -> copy.copySourceIfNoneMatch("\"e\""),
                    copy -> copy.copySourceIfModifiedSince(Instant.EPOCH),
                    copy -> copy.copySourceIfUnmodifiedSince(Instant.EPOCH));
        }

        /** The conditions, the version and the metadata are the object's. */
        @ParameterizedTest
        @MethodSource("conditions")
        void copy_underAnyCondition_copiesTheObjectFirst(UnaryOperator<CopyObjectRequest.Builder> condition) {
            RecordingS3Client below = new RecordingS3Client();
            CopyObjectRequest object = condition
                    .apply(copy().sourceVersionId("v7")
                            .metadataDirective(MetadataDirective.REPLACE)
                            .metadata(KnownAnswers.V3_METADATA))
                    .build();
            LOOPBACK.encrypting().client(below.client).build().copyObject(object);

            assertThat(below.calls)
                    .extracting(call -> call.arguments().get(0))
                    .containsExactly(
                            object,
                            copy().sourceKey(FILE)
                                    .destinationKey("copy.instruction")
                                    .build());
        }

        private static CopyObjectRequest.Builder copy() {
            return CopyObjectRequest.builder()
                    .sourceBucket(BUCKET)
                    .sourceKey("k")
                    .destinationBucket(BUCKET)
                    .destinationKey("copy");
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void rename_takesTheFileAlongUnlessToldNotTo(boolean follows) {
            RecordingS3Client below = new RecordingS3Client();
            LOOPBACK.encrypting()
                    .client(below.client)
                    .instructionFiles(InstructionFileConfig.DEFAULT.withFollows(follows))
                    .build()
                    .renameObject(conditionalRename());

            List<Object> sent =
                    below.calls.stream().map(call -> call.arguments().get(0)).toList();
            RenameObjectRequest file = RenameObjectRequest.builder()
                    .bucket(BUCKET)
                    .key("to.instruction")
                    .renameSource("from%20here.instruction")
                    .build();
            assertThat(sent).isEqualTo(follows ? List.of(conditionalRename(), file) : List.of(conditionalRename()));
        }

        private static RenameObjectRequest conditionalRename() {
            return RenameObjectRequest.builder()
                    .bucket(BUCKET)
                    .key("to")
                    .renameSource("from%20here")
                    .destinationIfMatch("\"d\"")
                    .destinationIfNoneMatch("*")
                    .destinationIfModifiedSince(Instant.EPOCH)
                    .destinationIfUnmodifiedSince(Instant.EPOCH)
                    .sourceIfMatch("\"s\"")
                    .sourceIfNoneMatch("*")
                    .sourceIfModifiedSince(Instant.EPOCH)
                    .sourceIfUnmodifiedSince(Instant.EPOCH)
                    .clientToken("token")
                    .build();
        }

        @ParameterizedTest
        @ValueSource(ints = {404, 403})
        void rename_whoseFileIsNotRenamed_saysSoUnlessThereIsNone(int status) {
            S3Client below = new RecordingS3Client(arguments -> {
                        RenameObjectRequest request = (RenameObjectRequest) arguments.get(0);
                        if (request.key().equals("to")) {
                            return RenameObjectResponse.builder().build();
                        }
                        throw (S3Exception)
                                S3Exception.builder().statusCode(status).build();
                    })
                    .client;
            Throwable thrown = catchThrowable(
                    () -> LOOPBACK.encrypting().client(below).build().renameObject(conditionalRename()));

            if (status == 404) {
                assertThat(thrown).isNull();
            } else {
                assertThat(thrown)
                        .isInstanceOf(S3Exception.class)
                        .satisfies(e -> assertThat(e.getSuppressed())
                                .anySatisfy(also -> assertThat(also)
                                        .hasMessageContainingAll("s3://bucket/to", "from%20here.instruction")));
            }
        }

        @Test
        void rename_whoseConnectionBreaksBeforeTheFile_saysSo() {
            S3Client below = new RecordingS3Client(arguments -> {
                        RenameObjectRequest request = (RenameObjectRequest) arguments.get(0);
                        if (request.key().equals("to")) {
                            return RenameObjectResponse.builder().build();
                        }
                        throw SdkClientException.create("the connection broke");
                    })
                    .client;
            assertThatThrownBy(() -> LOOPBACK.encrypting().client(below).build().renameObject(conditionalRename()))
                    .isInstanceOf(SdkClientException.class)
                    .satisfies(e -> assertThat(e.getSuppressed())
                            .anySatisfy(also -> assertThat(also)
                                    .hasMessageContainingAll("s3://bucket/to", "from%20here.instruction")));
        }

        @Test
        void copy_withMetadataReplaced_isRefused() {
            put(client(WRITES));

            assertThatThrownBy(() -> LOOPBACK.encrypting.copyObject(copy -> copy.sourceBucket(BUCKET)
                            .sourceKey("k")
                            .destinationBucket(BUCKET)
                            .destinationKey("copy")
                            .metadataDirective(MetadataDirective.REPLACE)
                            .metadata(Map.of("owner", "you"))))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }
}
