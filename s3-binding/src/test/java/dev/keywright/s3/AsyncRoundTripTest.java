/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.envelope.CommitmentPolicy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.encryption.s3.S3AsyncEncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;

/** Over every client of the SDK, what one side writes the others read: ours, synchronous or not, and Amazon's. */
class AsyncRoundTripTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private static final int MIB = 1 << 20;

    /** The last is in parts, where a client works in parts. */
    private static final List<Integer> SIZES = List.of(0, 1, 16, MIB + 3, 12 * MIB);

    static Stream<Arguments> rows() {
        return Stream.of(AsyncClients.values())
                .flatMap(below -> Stream.of(
                        Arguments.of(below, CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT),
                        Arguments.of(below, CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)));
    }

    private static PutObjectRequest to(String key) {
        return PutObjectRequest.builder()
                .bucket(BUCKET)
                .key(key)
                .metadata(Map.of("owner", "me"))
                .build();
    }

    private static GetObjectRequest from(String key) {
        return GetObjectRequest.builder().bucket(BUCKET).key(key).build();
    }

    private static EncryptingS3AsyncClient encrypting(S3AsyncClient below, CommitmentPolicy policy) {
        return EncryptingS3AsyncClient.builder()
                .client(below)
                .keyring(LOOPBACK.keyring)
                .commitmentPolicy(policy)
                .build();
    }

    private static ResponseBytes<GetObjectResponse> get(S3AsyncClient client, String key) {
        return client.getObject(from(key), AsyncResponseTransformer.toBytes()).join();
    }

    @ParameterizedTest
    @MethodSource("rows")
    void object_anySize_isWhatEachSideReads(AsyncClients below, CommitmentPolicy policy) {
        EncryptingS3Client sync = LOOPBACK.encrypting().commitmentPolicy(policy).build();
        try (EncryptingS3AsyncClient client = encrypting(below.at(LOOPBACK.s3.endpoint()), policy)) {
            for (int size : SIZES) {
                byte[] plaintext = Loopback.bytes(size);
                client.putObject(to("async"), AsyncRequestBody.fromBytes(plaintext))
                        .join();
                assertThat(LOOPBACK.stored("async").bytes()).as("stored").hasSize(size + 16);
                ResponseBytes<GetObjectResponse> got = get(client, "async");
                assertThat(got.asByteArrayUnsafe()).isEqualTo(plaintext);
                assertThat(got.response().contentLength()).isEqualTo(size);
                assertThat(got.response().metadata()).isEqualTo(Map.of("owner", "me"));
                ResponseBytes<GetObjectResponse> early = client.<ResponseBytes<GetObjectResponse>>getObjectUnverified(
                                from("async"), AsyncResponseTransformer.toBytes())
                        .join();
                assertThat(early.asByteArrayUnsafe()).isEqualTo(plaintext);
                assertThat(sync.getObjectAsBytes(from("async")).asByteArrayUnsafe())
                        .isEqualTo(plaintext);
                sync.putObject(to("sync"), RequestBody.fromBytes(plaintext));
                assertThat(get(client, "sync").asByteArrayUnsafe()).isEqualTo(plaintext);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = CommitmentPolicy.class,
            names = {"REQUIRE_ENCRYPT_REQUIRE_DECRYPT", "FORBID_ENCRYPT_ALLOW_DECRYPT"})
    void object_anySize_isWhatAmazonsAsynchronousClientReadsAndWrites(CommitmentPolicy policy) {
        S3AsyncClient below = AsyncClients.NETTY.at(LOOPBACK.s3.endpoint());
        boolean committing = policy == CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT;
        try (EncryptingS3AsyncClient client = encrypting(below, policy);
                S3AsyncClient peer = S3AsyncEncryptionClient.builderV4()
                        .wrappedClient(new CollectingS3AsyncClient(below))
                        .aesKey(new javax.crypto.spec.SecretKeySpec(KnownAnswers.AES_MASTER_KEY, "AES"))
                        .commitmentPolicy(software.amazon.encryption.s3.CommitmentPolicy.valueOf(policy.name()))
                        .encryptionAlgorithm(
                                committing
                                        ? AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY
                                        : AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF)
                        .build()) {
            for (int size : SIZES) {
                byte[] plaintext = Loopback.bytes(size);
                client.putObject(to("ours"), AsyncRequestBody.fromBytes(plaintext))
                        .join();
                assertThat(get(peer, "ours").asByteArrayUnsafe()).isEqualTo(plaintext);
                peer.putObject(to("peers"), AsyncRequestBody.fromBytes(plaintext))
                        .join();
                assertThat(get(client, "peers").asByteArrayUnsafe()).isEqualTo(plaintext);
            }
        }
    }

    /** Also of ranges that a client beneath may get in parts. */
    @ParameterizedTest
    @EnumSource(AsyncClients.class)
    void ranges_overEveryClientOfTheSdk_areAnsweredAsOfPlaintext(AsyncClients below) {
        int length = 20 * MIB + 7;
        byte[] plaintext = Loopback.bytes(length);
        LOOPBACK.encrypting.putObject(to("k"), RequestBody.fromBytes(plaintext));
        try (EncryptingS3AsyncClient client =
                encrypting(below.at(LOOPBACK.s3.endpoint()), CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)) {
            for (int[] range : new int[][] {
                {0, 1},
                {5, 21},
                {MIB + 1, 19 * MIB},
                {0, length},
                {length - 17, length},
                {3, length},
                {length - 1, length}
            }) {
                for (String header : List.of(
                        "bytes=" + range[0] + "-" + (range[1] - 1),
                        range[1] == length ? "bytes=" + range[0] + "-" : "",
                        range[1] == length ? "bytes=-" + (length - range[0]) : "")) {
                    if (!header.isEmpty()) {
                        ResponseBytes<GetObjectResponse> got = client.<ResponseBytes<GetObjectResponse>>
                                        getObjectUnverified(
                                                from("k").toBuilder()
                                                        .range(header)
                                                        .build(),
                                                AsyncResponseTransformer.toBytes())
                                .join();
                        assertThat(got.asByteArrayUnsafe())
                                .as(header)
                                .isEqualTo(Arrays.copyOfRange(plaintext, range[0], range[1]));
                        assertThat(got.response().contentRange())
                                .isEqualTo("bytes " + range[0] + "-" + (range[1] - 1) + "/" + length);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(AsyncClients.class)
    void copyObject_bigObject_keepsItsEnvelope(AsyncClients below) {
        byte[] plaintext = Loopback.bytes(20 * MIB);
        try (EncryptingS3AsyncClient client =
                encrypting(below.at(LOOPBACK.s3.endpoint()), CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)) {
            client.putObject(to("original"), AsyncRequestBody.fromBytes(plaintext))
                    .join();
            client.copyObject(CopyObjectRequest.builder()
                            .sourceBucket(BUCKET)
                            .sourceKey("original")
                            .destinationBucket(BUCKET)
                            .destinationKey("copy")
                            .build())
                    .join();
            assertThat(get(client, "copy").asByteArrayUnsafe()).isEqualTo(plaintext);
        }
    }
}
