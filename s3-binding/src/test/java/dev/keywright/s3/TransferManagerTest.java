/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.IntegrityException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.transfer.s3.S3TransferManager;
import software.amazon.awssdk.transfer.s3.model.CompletedDirectoryDownload;
import software.amazon.awssdk.transfer.s3.model.CompletedDirectoryUpload;
import software.amazon.awssdk.transfer.s3.model.DownloadDirectoryRequest;
import software.amazon.awssdk.transfer.s3.model.DownloadFileRequest;
import software.amazon.awssdk.transfer.s3.model.FileDownload;
import software.amazon.awssdk.transfer.s3.model.FileUpload;
import software.amazon.awssdk.transfer.s3.model.ResumableFileDownload;
import software.amazon.awssdk.transfer.s3.model.UploadDirectoryRequest;
import software.amazon.awssdk.transfer.s3.model.UploadFileRequest;
import software.amazon.awssdk.transfer.s3.progress.TransferListener;

/** S3TransferManager, on top of the encrypting client, over the SDK's clients. */
@Timeout(60)
class TransferManagerTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private static final int MIB = 1 << 20;

    @TempDir
    Path folder;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static EncryptingS3AsyncClient.Builder encrypting(AsyncClients below) {
        return EncryptingS3AsyncClient.builder()
                .client(below.at(LOOPBACK.s3.endpoint()))
                .keyring(LOOPBACK.keyring);
    }

    private static PutObjectRequest to(String key) {
        return PutObjectRequest.builder().bucket(BUCKET).key(key).build();
    }

    private static GetObjectRequest from(String key) {
        return GetObjectRequest.builder().bucket(BUCKET).key(key).build();
    }

    private Path file(String name, int bytes) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, Loopback.bytes(bytes));
    }

    /** How much was transferred, whenever it is told, and how it ended. */
    private static final class Noting implements TransferListener {
        final List<Long> transferred = new CopyOnWriteArrayList<>();
        final List<String> ends = new CopyOnWriteArrayList<>();

        @Override
        public void bytesTransferred(Context.BytesTransferred context) {
            transferred.add(context.progressSnapshot().transferredBytes());
        }

        @Override
        public void transferComplete(Context.TransferComplete context) {
            ends.add("complete " + context.progressSnapshot().ratioTransferred());
        }

        @Override
        public void transferFailed(Context.TransferFailed context) {
            ends.add("failed");
        }
    }

    @ParameterizedTest
    @EnumSource(AsyncClients.class)
    void file_uploadedAndDownloaded_isTheSame_andProgressIsTold(AsyncClients below) throws IOException {
        Path source = file("source", 9 * MIB + 5);
        Path target = folder.resolve("target");
        try (EncryptingS3AsyncClient client = encrypting(below).build();
                S3TransferManager transfers =
                        S3TransferManager.builder().s3Client(client).build()) {
            Noting up = new Noting();
            transfers
                    .uploadFile(UploadFileRequest.builder()
                            .putObjectRequest(to("k"))
                            .source(source)
                            .addTransferListener(up)
                            .build())
                    .completionFuture()
                    .join();
            assertThat(LOOPBACK.stored("k").bytes()).hasSize(9 * MIB + 5 + 16);
            Noting down = new Noting();
            transfers
                    .downloadFile(DownloadFileRequest.builder()
                            .getObjectRequest(from("k"))
                            .destination(target)
                            .addTransferListener(down)
                            .build())
                    .completionFuture()
                    .join();
            assertThat(target).hasSameBinaryContentAs(source);
            assertThat(down.transferred).endsWith(9L * MIB + 5);
            assertThat(down.ends.toString()).contains("complete OptionalDouble[1.0]");
            assertThat(up.ends).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(AsyncClients.class)
    void directory_uploadedAndDownloaded_isTheSame(AsyncClients below) throws IOException {
        for (int i = 0; i < 12; i++) {
            file("source/" + (i % 3) + "/file" + i, i * 50_000);
        }
        try (EncryptingS3AsyncClient client = encrypting(below).build();
                S3TransferManager transfers =
                        S3TransferManager.builder().s3Client(client).build()) {
            CompletedDirectoryUpload up = transfers
                    .uploadDirectory(UploadDirectoryRequest.builder()
                            .bucket(BUCKET)
                            .source(folder.resolve("source"))
                            .build())
                    .completionFuture()
                    .join();
            assertThat(up.failedTransfers()).isEmpty();
            CompletedDirectoryDownload down = transfers
                    .downloadDirectory(DownloadDirectoryRequest.builder()
                            .bucket(BUCKET)
                            .destination(folder.resolve("target"))
                            .build())
                    .completionFuture()
                    .join();
            assertThat(down.failedTransfers()).isEmpty();
            for (int i = 0; i < 12; i++) {
                String name = (i % 3) + "/file" + i;
                assertThat(folder.resolve("target").resolve(name))
                        .hasSameBinaryContentAs(folder.resolve("source").resolve(name));
            }
        }
    }

    @Test
    void download_ofADamagedObject_fails_andLeavesNoFile() throws IOException {
        Path target = folder.resolve("target");
        try (EncryptingS3AsyncClient client = encrypting(AsyncClients.NETTY).build();
                S3TransferManager transfers =
                        S3TransferManager.builder().s3Client(client).build()) {
            transfers
                    .uploadFile(UploadFileRequest.builder()
                            .putObjectRequest(to("k"))
                            .source(file("source", 100_000))
                            .build())
                    .completionFuture()
                    .join();
            byte[] body = LOOPBACK.stored("k").bytes();
            body[99_999] ^= 1;
            LOOPBACK.s3.putObject(BUCKET, "k", body, LOOPBACK.stored("k").metadata());
            assertThatThrownBy(() -> transfers
                            .downloadFile(DownloadFileRequest.builder()
                                    .getObjectRequest(from("k"))
                                    .destination(target)
                                    .build())
                            .completionFuture()
                            .join())
                    .hasRootCauseInstanceOf(IntegrityException.class);
            assertThat(target).doesNotExist();
        }
    }

    /** Pausing an upload is a thing of the clients that work in parts, below an encrypting one. */
    @Test
    void upload_paused_saysThatItCantBe() throws IOException {
        try (EncryptingS3AsyncClient client = encrypting(AsyncClients.NETTY).build();
                S3TransferManager transfers =
                        S3TransferManager.builder().s3Client(client).build()) {
            FileUpload upload = transfers.uploadFile(UploadFileRequest.builder()
                    .putObjectRequest(to("k"))
                    .source(file("source", 100))
                    .build());
            assertThatThrownBy(upload::pause).isInstanceOf(UnsupportedOperationException.class);
            upload.completionFuture().join();
        }
    }

    /** The rest of a paused download is a range, which nothing verifies. */
    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(booleans = {false, true})
    void download_pausedAndResumed_isRefusedUnlessUnverifiedRangesAreEnabled(boolean enabled) throws Exception {
        Path source = file("source", 3 * MIB);
        Path target = folder.resolve("target");
        CountDownLatch until = new CountDownLatch(1);
        try (EncryptingS3AsyncClient client = encrypting(AsyncClients.NETTY)
                        .enableUnverifiedRanges(enabled)
                        .build();
                S3TransferManager transfers =
                        S3TransferManager.builder().s3Client(client).build()) {
            client.putObject(to("k"), source).join();
            CountDownLatch some = new CountDownLatch(1);
            FileDownload download = transfers.downloadFile(DownloadFileRequest.builder()
                    .getObjectRequest(from("k"))
                    .destination(target)
                    .addTransferListener(new TransferListener() {
                        @Override
                        public void bytesTransferred(Context.BytesTransferred context) {
                            some.countDown();
                            try {
                                until.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        }
                    })
                    .build());
            some.await();
            ResumableFileDownload paused = download.pause();
            until.countDown();
            client.headObject(of -> of.bucket(BUCKET).key("k")).join(); // by then, what was under way is written
            ResumableFileDownload resumable = paused.toBuilder() // else a file written to since is downloaded anew
                    .bytesTransferred(Files.size(target))
                    .fileLastModified(Instant.ofEpochMilli(target.toFile().lastModified()))
                    .build();
            List<Throwable> failures = new ArrayList<>();
            transfers
                    .resumeDownloadFile(resumable)
                    .completionFuture()
                    .handle((done, failure) -> failure == null || failures.add(failure))
                    .join();
            if (enabled) {
                assertThat(failures).isEmpty();
                assertThat(target).hasSameBinaryContentAs(source);
            } else {
                assertThat(failures).hasSize(1);
                assertThat(failures.get(0)).hasStackTraceContaining("enable unverified ranges");
            }
        }
    }
}
