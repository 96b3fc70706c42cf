/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.VerifiedRelease;
import dev.keywright.spi.Keyring;
import java.io.InputStream;
import java.net.URI;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/** Ours, as it comes: the committing suite, an AES key, the platform's ciphers. What is long goes in parts where asked only. */
final class KeywrightClient implements MeasuredClient {
    private final S3Client plain;
    private final Keyring keyring;
    private final EncryptingS3Client s3;

    /** Closes the keyring with itself. */
    KeywrightClient(URI endpoint, Operation operation, Keyring keyring) {
        this.plain = Clients.blocking(endpoint);
        this.keyring = keyring;
        EncryptingS3Client.Builder builder =
                EncryptingS3Client.builder().client(plain).keyring(keyring);
        switch (operation) {
            case PUT -> builder.multipartThresholdBytes(Long.MAX_VALUE);
            case PUT_IN_PARTS ->
                builder.multipartThresholdBytes(PART_BYTES)
                        .partBytes(PART_BYTES)
                        .multipartThreads(PART_THREADS);
            case GET_READING_TWICE -> builder.verifiedRelease(VerifiedRelease.READ_TWICE);
            case GET, GET_UNVERIFIED, GET_RANGE -> {}
        }
        this.s3 = builder.build();
    }

    @Override
    public void put(String key, long lengthBytes) {
        s3.putObject(b -> b.bucket(Clients.BUCKET).key(key), Clients.plaintext(0, lengthBytes));
    }

    @Override
    public void putInParts(String key, long lengthBytes) {
        put(key, lengthBytes);
    }

    @Override
    public InputStream get(String key, Operation how) {
        GetObjectRequest request =
                GetObjectRequest.builder().bucket(Clients.BUCKET).key(key).build();
        return how == Operation.GET_UNVERIFIED ? s3.getObjectUnverified(request) : s3.getObject(request);
    }

    @Override
    public InputStream getRange(String key, long first, long lengthBytes) {
        return s3.getObjectUnverified(GetObjectRequest.builder()
                .bucket(Clients.BUCKET)
                .key(key)
                .range(Clients.range(first, lengthBytes))
                .build());
    }

    @Override
    public void close() {
        s3.close();
        keyring.close();
        plain.close();
    }
}
