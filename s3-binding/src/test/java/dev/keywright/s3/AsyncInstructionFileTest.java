/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.InstructionFile;
import dev.keywright.spi.FormatException;
import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Exception;

/** Instruction files through the asynchronous client, where they are missing, may not be had, or are not to be followed. */
@Timeout(20)
class AsyncInstructionFileTest {
    @AutoClose
    private static final AsyncLoopback LOOPBACK = new AsyncLoopback();

    private final EncryptingS3AsyncClient client = LOOPBACK.encrypting;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static EncryptingS3AsyncClient with(InstructionFileConfig config) {
        return LOOPBACK.encrypting().instructionFiles(config).build();
    }

    private static void putWithFile() {
        with(InstructionFileConfig.DEFAULT.withWrites(true))
                .putObject(
                        PutObjectRequest.builder().bucket(BUCKET).key("k").build(),
                        AsyncRequestBody.fromString("plaintext"))
                .join();
        LOOPBACK.sync.s3.clearRequests();
    }

    private static boolean isOfAFile(RecordedRequest request) {
        return request.key().endsWith(".instruction");
    }

    private static List<String> keys() {
        return List.copyOf(LOOPBACK.sync.s3.keys(BUCKET));
    }

    private static CopyObjectRequest copy() {
        return CopyObjectRequest.builder()
                .sourceBucket(BUCKET)
                .sourceKey("k")
                .destinationBucket(BUCKET)
                .destinationKey("copy")
                .build();
    }

    private static GetObjectRequest get() {
        return GetObjectRequest.builder().bucket(BUCKET).key("k").build();
    }

    private static Throwable failure(CompletableFuture<?> future) {
        Throwable thrown = catchThrowable(future::join);
        return thrown instanceof CompletionException wrapped ? wrapped.getCause() : thrown;
    }

    @Test
    void object_readByItsFile_isTheVeryOneThatWasMet() {
        putWithFile();
        assertThat(client.getObject(get(), AsyncResponseTransformer.toBytes())
                        .join()
                        .asUtf8String())
                .isEqualTo("plaintext");
        List<RecordedRequest> requests = LOOPBACK.sync.s3.requests();
        assertThat(requests).extracting(RecordedRequest::key).containsExactly("k", "k.instruction", "k");
        assertThat(requests.get(2).header("if-match"))
                .isEqualTo(LOOPBACK.sync.stored("k").etag());
    }

    @Test
    void object_whoseFileS3CantGiveNow_isS3sError() {
        putWithFile();
        LOOPBACK.sync.s3.injectAlways(AsyncInstructionFileTest::isOfAFile, Fault.status(503));
        assertThat(failure(client.getObject(get(), AsyncResponseTransformer.toBytes())))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(503));
    }

    @Test
    void object_whoseFileMayNotBeRead_isRefusedSayingSo() {
        putWithFile();
        LOOPBACK.sync.s3.injectAlways(AsyncInstructionFileTest::isOfAFile, Fault.status(403));
        assertThat(failure(client.getObject(get(), AsyncResponseTransformer.toBytes())))
                .isInstanceOf(FormatException.class)
                .hasMessageContainingAll("reading s3://bucket/k", "may not be read (403)");
    }

    @Test
    void object_whoseFileIsNotToBeRead_isRefused() {
        putWithFile();
        assertThat(failure(with(InstructionFileConfig.DEFAULT.withReads(false))
                        .getObject(get(), AsyncResponseTransformer.toBytes())))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("not to be read");
        assertThat(LOOPBACK.sync.s3.requests()).noneMatch(AsyncInstructionFileTest::isOfAFile);
    }

    @Test
    void file_thatIsTooLong_isRefused() {
        putWithFile();
        LOOPBACK.sync.s3.putObject(BUCKET, "k.instruction", new byte[InstructionFile.MAX_BYTES + 1], Map.of());
        assertThat(failure(client.getObject(get(), AsyncResponseTransformer.toBytes())))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("are read");
    }

    @Test
    void files_thatAreNotFollowed_stay() {
        putWithFile();
        EncryptingS3AsyncClient leaving = with(InstructionFileConfig.DEFAULT.withFollows(false));
        leaving.copyObject(copy()).join();
        assertThat(keys()).containsExactly("copy", "k", "k.instruction");
        leaving.deleteObject(of -> of.bucket(BUCKET).key("k")).join();
        assertThat(keys()).containsExactly("copy", "k.instruction");
        leaving.deleteObjects(of -> of.bucket(BUCKET)
                        .delete(list ->
                                list.objects(ObjectIdentifier.builder().key("k").build())))
                .join();
        assertThat(keys()).containsExactly("copy", "k.instruction");
    }

    @Test
    void file_ofAVersionThatIsDeleted_stays() {
        putWithFile();
        client.deleteObject(of -> of.bucket(BUCKET).key("k").versionId("null")).join();
        assertThat(LOOPBACK.sync.s3.requests()).noneMatch(AsyncInstructionFileTest::isOfAFile);
    }

    @Test
    void file_thatIsNotThere_isNoError() {
        client.putObject(
                        PutObjectRequest.builder().bucket(BUCKET).key("k").build(),
                        AsyncRequestBody.fromString("plaintext"))
                .join();
        LOOPBACK.sync.s3.injectAlways(AsyncInstructionFileTest::isOfAFile, Fault.status(404));
        client.copyObject(copy()).join();
        client.deleteObject(of -> of.bucket(BUCKET).key("k")).join();
        assertThat(keys()).containsExactly("copy");
    }

    @Test
    void file_thatMayNotBeCopiedOrDeleted_isReported() {
        putWithFile();
        LOOPBACK.sync.s3.injectAlways(AsyncInstructionFileTest::isOfAFile, Fault.status(403));
        assertThat(failure(client.copyObject(copy()))).isInstanceOf(S3Exception.class);
        assertThat(keys()).as("the copy never is there without it").containsExactly("k", "k.instruction");
        assertThat(failure(client.deleteObject(of -> of.bucket(BUCKET).key("k"))))
                .isInstanceOf(S3Exception.class);
    }
}
