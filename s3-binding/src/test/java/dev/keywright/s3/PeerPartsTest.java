/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.materials.AesKeyring;

/** Amazon's S3 Encryption Client for Java 4.0.1 opens what went in parts, whichever way. */
@Tag("VEC-005")
@Tag("MPU-009")
class PeerPartsTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private static final S3AsyncClient ASYNC = S3AsyncClient.builder()
            .endpointOverride(LOOPBACK.s3.endpoint())
            .region(Region.US_EAST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .forcePathStyle(true)
            .build();
    private static final int PART = 64 << 10;

    private final byte[] plaintext = Loopback.bytes(6 * PART + 77);

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
        LOOPBACK.s3.minimumPartBytes(PART);
        LOOPBACK.s3.inject(PeerPartsTest::isPart, 2, Fault.status(503));
        LOOPBACK.s3.inject(PeerPartsTest::isPart, 5, Fault.cutRequestAfter(1000));
    }

    @AfterAll
    static void closeAsync() {
        ASYNC.close();
    }

    private static boolean isPart(RecordedRequest request) {
        return request.method().equals("PUT") && request.query().containsKey("partNumber");
    }

    private static EncryptingS3Client ours(PeerTable.Format format) {
        return LOOPBACK.encrypting()
                .commitmentPolicy(format.ours)
                .multipartThresholdBytes(0)
                .partBytes(PART)
                .multipartThreads(3)
                .build();
    }

    private void assertOpenedByThePeer(PeerTable.Format format) {
        S3Client peer = S3EncryptionClient.builderV4()
                .wrappedClient(LOOPBACK.plain)
                .wrappedAsyncClient(ASYNC)
                .keyring(AesKeyring.builder()
                        .wrappingKey(new SecretKeySpec(KnownAnswers.AES_MASTER_KEY, "AES"))
                        .build())
                .commitmentPolicy(format.peers)
                .encryptionAlgorithm(format.peersSuite)
                .build();
        assertThat(peer.getObjectAsBytes(from -> from.bucket(BUCKET).key("k")).asByteArray())
                .isEqualTo(plaintext);
    }

    @ParameterizedTest
    @EnumSource(PeerTable.Format.class)
    void shuffledParallelRetriedParts_areOpened(PeerTable.Format format) throws Exception {
        PartsUpload upload = PartsUpload.begin(ours(format), PART);
        List<Integer> order = new ArrayList<>(List.of(1, 2, 3, 4, 5, 6, 7, 3, 7));
        Collections.shuffle(order, new Random(7));
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            List<Future<?>> sent = new ArrayList<>();
            for (int number : order.stream().distinct().toList()) {
                int times = Collections.frequency(order, number);
                sent.add(threads.submit(() -> {
                    for (int i = 0; i < times; i++) {
                        int from = (number - 1) * PART;
                        upload.part(
                                number, Arrays.copyOfRange(plaintext, from, Math.min(from + PART, plaintext.length)));
                    }
                }));
            }
            for (Future<?> each : sent) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        upload.complete();
        assertOpenedByThePeer(format);
    }

    @ParameterizedTest
    @EnumSource(PeerTable.Format.class)
    void putInParts_isOpened(PeerTable.Format format) {
        ours(format)
                .putObject(
                        to -> to.bucket(BUCKET).key("k"),
                        RequestBody.fromContentProvider(
                                () -> new ByteArrayInputStream(plaintext), plaintext.length, "text/plain"));
        assertOpenedByThePeer(format);
    }

    @ParameterizedTest
    @EnumSource(PeerTable.Format.class)
    void resumedUpload_isOpened(PeerTable.Format format, @TempDir Path folder) throws Exception {
        LOOPBACK.s3.clearFaults();
        LOOPBACK.s3.injectAlways(
                request -> isPart(request) && request.query().get("partNumber").equals("4"), Fault.status(403));
        ResumableUpload upload = ResumableUpload.of(
                PutObjectRequest.builder().bucket(BUCKET).key("k").build(),
                Files.write(folder.resolve("file"), plaintext),
                folder.resolve("state"));
        assertThatThrownBy(() -> ours(format).putObject(upload)).hasMessageContaining("403");
        LOOPBACK.s3.clearFaults();
        ours(format).putObject(upload);
        assertOpenedByThePeer(format);
    }
}
