/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.CompleteMultipartUploadResponse;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** One upload to {@code bucket/k}, as a caller of a plain client makes it. */
final class PartsUpload {
    final String id;
    private final S3Client client;
    private final Map<Integer, CompletedPart> sent = new TreeMap<>();

    private PartsUpload(S3Client client, String id) {
        this.client = client;
        this.id = id;
    }

    static PartsUpload begin(S3Client client, Consumer<CreateMultipartUploadRequest.Builder> more) {
        return new PartsUpload(
                client,
                client.createMultipartUpload(to -> to.bucket(BUCKET).key("k").applyMutation(more))
                        .uploadId());
    }

    /** With a declared part size. */
    static PartsUpload begin(S3Client client, long partBytes) {
        return begin(client, to -> to.overrideConfiguration(MultipartPartSize.of(partBytes)));
    }

    static PartsUpload begin(S3Client client) {
        return begin(client, to -> {});
    }

    UploadPartResponse part(int number, byte[] plaintext) {
        return part(number, RequestBody.fromBytes(plaintext), to -> {});
    }

    UploadPartResponse part(int number, RequestBody body, Consumer<UploadPartRequest.Builder> more) {
        UploadPartResponse response = client.uploadPart(
                to -> to.bucket(BUCKET).key("k").uploadId(id).partNumber(number).applyMutation(more), body);
        synchronized (sent) {
            sent.put(
                    number,
                    CompletedPart.builder()
                            .partNumber(number)
                            .eTag(response.eTag())
                            .build());
        }
        return response;
    }

    CompleteMultipartUploadResponse complete() {
        return complete(to -> {});
    }

    CompleteMultipartUploadResponse complete(Consumer<CompleteMultipartUploadRequest.Builder> more) {
        return client.completeMultipartUpload(to -> to.bucket(BUCKET)
                .key("k")
                .uploadId(id)
                .multipartUpload(list -> list.parts(sent.values()))
                .applyMutation(more));
    }

    void abort() {
        client.abortMultipartUpload(to -> to.bucket(BUCKET).key("k").uploadId(id));
    }
}
