/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import java.io.InputStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.SdkPartType;
import software.amazon.encryption.s3.S3EncryptionClient;

/**
 * Amazon's own client, as it comes, except for what it refuses otherwise: its buffer is raised, as it takes no object of
 * 64 MiB by default, and ranges are switched on. Its parts must come in order, one at a time.
 */
final class PeerClient implements MeasuredClient {
    private static final long BUFFER_BYTES = 2L << 30;

    private final S3Client plain;
    private final S3AsyncClient plainAsync;
    private final S3EncryptionClient s3;

    PeerClient(URI endpoint, Operation operation) {
        this.plain = Clients.blocking(endpoint);
        this.plainAsync = Clients.asynchronous(endpoint);
        S3EncryptionClient.Builder builder = S3EncryptionClient.builderV4()
                .wrappedClient(plain)
                .wrappedAsyncClient(plainAsync)
                .aesKey(Clients.masterKey());
        switch (operation) {
            case GET -> builder.setBufferSize(BUFFER_BYTES);
            case GET_UNVERIFIED -> builder.enableDelayedAuthenticationMode(true);
            case GET_RANGE -> builder.enableLegacyUnauthenticatedModes(true);
            case PUT, PUT_IN_PARTS, GET_READING_TWICE -> {}
        }
        this.s3 = builder.build();
    }

    @Override
    public void put(String key, long lengthBytes) {
        s3.putObject(
                b -> b.bucket(Clients.BUCKET).key(key).contentLength(lengthBytes), Clients.plaintext(0, lengthBytes));
    }

    @Override
    public void putInParts(String key, long lengthBytes) {
        String id =
                s3.createMultipartUpload(b -> b.bucket(Clients.BUCKET).key(key)).uploadId();
        List<CompletedPart> completed = new ArrayList<>();
        for (long first = 0; first < lengthBytes; first += PART_BYTES) {
            long length = Math.min(PART_BYTES, lengthBytes - first);
            boolean isLast = first + length == lengthBytes;
            int number = completed.size() + 1;
            String etag = s3.uploadPart(
                            b -> b.bucket(Clients.BUCKET)
                                    .key(key)
                                    .uploadId(id)
                                    .partNumber(number)
                                    .sdkPartType(isLast ? SdkPartType.LAST : SdkPartType.DEFAULT),
                            Clients.plaintext(first, length))
                    .eTag();
            completed.add(CompletedPart.builder().partNumber(number).eTag(etag).build());
        }
        s3.completeMultipartUpload(
                b -> b.bucket(Clients.BUCKET).key(key).uploadId(id).multipartUpload(m -> m.parts(completed)));
    }

    @Override
    public InputStream get(String key, Operation how) {
        if (how == Operation.GET_READING_TWICE) {
            throw new UnsupportedOperationException("the peer does not read twice");
        }
        return s3.getObject(b -> b.bucket(Clients.BUCKET).key(key));
    }

    @Override
    public InputStream getRange(String key, long first, long lengthBytes) {
        return s3.getObject(b -> b.bucket(Clients.BUCKET).key(key).range(Clients.range(first, lengthBytes)));
    }

    /** Does not wait for it, as netty takes two seconds to be sure that nothing more comes. */
    @Override
    public void close() {
        Thread closing = new Thread(
                () -> {
                    s3.close();
                    plain.close();
                    plainAsync.close();
                },
                "closing");
        closing.setDaemon(true);
        closing.start();
    }
}
