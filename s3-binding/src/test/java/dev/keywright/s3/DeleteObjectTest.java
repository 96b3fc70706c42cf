/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.testing.Fault;
import dev.keywright.testing.RecordedRequest;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.DeleteObjectRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectResponse;
import software.amazon.awssdk.services.s3.model.DeleteObjectsRequest;
import software.amazon.awssdk.services.s3.model.DeleteObjectsResponse;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.S3Error;
import software.amazon.awssdk.services.s3.model.S3Exception;

class DeleteObjectTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    private final EncryptingS3Client client = LOOPBACK.encrypting;

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static void store(String... keys) {
        for (String key : keys) {
            LOOPBACK.s3.putObject(BUCKET, key, new byte[16], Map.of());
        }
    }

    private static ObjectIdentifier id(String key) {
        return ObjectIdentifier.builder().key(key).build();
    }

    private static boolean isOfAFile(RecordedRequest request) {
        return request.key().endsWith(".instruction");
    }

    @Test
    @Tag("API-005")
    @Tag("API-006")
    @Tag("API-007")
    void deleteObject_deletesTheInstructionFileToo() {
        store("k", "k.instruction", "kk", "kk.instruction");
        client.deleteObject(to -> to.bucket(BUCKET).key("k"));
        assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("kk", "kk.instruction");
        client.deleteObject(to -> to.bucket(BUCKET).key("k"));
    }

    @Test
    void deleteObject_storeThatReportsAMissingFile_isContent() {
        store("k");
        LOOPBACK.s3.injectAlways(DeleteObjectTest::isOfAFile, Fault.status(404));
        client.deleteObject(to -> to.bucket(BUCKET).key("k"));
        assertThat(LOOPBACK.s3.keys(BUCKET)).isEmpty();
    }

    /** In whatever words. */
    @Test
    void deleteObject_storeThatAnswers404Otherwise_isContent() {
        S3Client below = new RecordingS3Client(arguments -> {
                    if (((DeleteObjectRequest) arguments.get(0)).key().equals("k")) {
                        return DeleteObjectResponse.builder().deleteMarker(true).build();
                    }
                    throw (S3Exception) S3Exception.builder().statusCode(404).build();
                })
                .client;
        assertThat(LOOPBACK.encrypting()
                        .client(below)
                        .build()
                        .deleteObject(to -> to.bucket(BUCKET).key("k"))
                        .deleteMarker())
                .isTrue();
    }

    @Test
    void deleteObject_fileThatMayNotBeDeleted_isReported() {
        store("k", "k.instruction");
        LOOPBACK.s3.injectAlways(DeleteObjectTest::isOfAFile, Fault.status(403));
        assertThatThrownBy(() -> client.deleteObject(to -> to.bucket(BUCKET).key("k")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(403));
    }

    @Test
    void deleteObject_thatFails_leavesTheFile() {
        store("k", "k.instruction");
        LOOPBACK.s3.injectAlways(request -> request.key().equals("k"), Fault.status(403));
        assertThatThrownBy(() -> client.deleteObject(to -> to.bucket(BUCKET).key("k")))
                .isInstanceOf(S3Exception.class);
        assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("k", "k.instruction");
    }

    @Test
    void deleteObject_fields_goToTheObjectAndOnlyFittingOnesToTheFile() {
        RecordingS3Client below = new RecordingS3Client();
        EncryptingS3Client over = EncryptingS3Client.builder()
                .client(below.client)
                .keyring(LOOPBACK.keyring)
                .build();
        DeleteObjectRequest request = DeleteObjectRequest.builder()
                .bucket(BUCKET)
                .key("k")
                .mfa("device 123456")
                .bypassGovernanceRetention(true)
                .ifMatch("\"e\"")
                .ifMatchSize(16L)
                .requestPayer("requester")
                .expectedBucketOwner("123456789012")
                .build();
        over.deleteObject(request);
        assertThat(below.calls).hasSize(2);
        assertThat(below.calls.get(0).arguments()).containsExactly(request);
        assertThat(below.calls.get(1).arguments())
                .containsExactly(DeleteObjectRequest.builder()
                        .bucket(BUCKET)
                        .key("k.instruction")
                        .requestPayer("requester")
                        .expectedBucketOwner("123456789012")
                        .build());
        below.calls.clear();
        over.deleteObject(request.toBuilder().versionId("v1").build());
        assertThat(below.calls).as("a version keeps its file").hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 1000})
    @Tag("API-008")
    @Tag("API-009")
    @Tag("API-010")
    void deleteObjects_deletesTheInstructionFilesToo(int count) {
        List<ObjectIdentifier> ids =
                IntStream.range(0, count).mapToObj(i -> id("k" + i)).toList();
        ids.forEach(each -> store(each.key(), each.key() + ".instruction"));
        store("other");
        DeleteObjectsResponse response =
                client.deleteObjects(to -> to.bucket(BUCKET).delete(delete -> delete.objects(ids)));
        assertThat(response.deleted()).hasSize(count);
        assertThat(response.errors()).isEmpty();
        assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactly("other");
    }

    @Test
    void deleteObjects_errorsAndVersions_keepTheirFiles() {
        List<DeleteObjectsRequest> sent = new ArrayList<>();
        S3Client below = (S3Client) Proxy.newProxyInstance(
                S3Client.class.getClassLoader(), new Class<?>[] {S3Client.class}, (proxy, method, arguments) -> {
                    sent.add((DeleteObjectsRequest) arguments[0]);
                    return sent.size() == 1
                            ? response("b", "AccessDenied")
                            : response("a.instruction", "AccessDenied").toBuilder()
                                    .errors(error("a.instruction", "AccessDenied"), error("d.instruction", "NoSuchKey"))
                                    .build();
                });
        DeleteObjectsResponse response = EncryptingS3Client.builder()
                .client(below)
                .keyring(LOOPBACK.keyring)
                .build()
                .deleteObjects(to -> to.bucket(BUCKET)
                        .mfa("device 123456")
                        .bypassGovernanceRetention(true)
                        .requestPayer("requester")
                        .delete(delete -> delete.objects(
                                id("a"),
                                id("b"),
                                id("c").toBuilder().versionId("v").build(),
                                id("d"))));
        assertThat(sent).hasSize(2);
        DeleteObjectsRequest files = sent.get(1);
        assertThat(files.delete().objects()).containsExactly(id("a.instruction"), id("d.instruction"));
        assertThat(files.delete().quiet()).isTrue();
        assertThat(files.mfa()).isNull();
        assertThat(files.bypassGovernanceRetention()).isNull();
        assertThat(files.requestPayerAsString()).isEqualTo("requester");
        assertThat(response.errors()).extracting(S3Error::key).containsExactly("b", "a.instruction");
    }

    private static DeleteObjectsResponse response(String key, String code) {
        return DeleteObjectsResponse.builder().errors(error(key, code)).build();
    }

    private static S3Error error(String key, String code) {
        return S3Error.builder().key(key).code(code).build();
    }
}
