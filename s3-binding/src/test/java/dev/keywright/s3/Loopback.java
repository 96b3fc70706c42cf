/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import dev.keywright.testing.MiniS3;
import dev.keywright.testing.StoredObject;
import java.net.URI;
import java.util.List;
import java.util.Random;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/** A loopback S3 with one bucket and one AES master key, and clients of it. */
final class Loopback implements AutoCloseable {
    static final String BUCKET = "bucket";

    final MiniS3 s3 = MiniS3.start();
    final S3Client plain = client(UrlConnectionHttpClient.create());
    final Keyring keyring = JcaKeyrings.platform().aes("test key", KnownAnswers.AES_MASTER_KEY);
    final EncryptingS3Client encrypting = encrypting().build();

    Loopback() {
        s3.createBucket(BUCKET);
    }

    EncryptingS3Client.Builder encrypting() {
        return EncryptingS3Client.builder().client(plain).keyring(keyring);
    }

    S3Client client(SdkHttpClient http) {
        return settings(s3.endpoint()).httpClient(http).build();
    }

    /** Retries twice, at once. */
    static S3ClientBuilder settings(URI endpoint) {
        StandardRetryStrategy atOnce = AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(3)
                .backoffStrategy(BackoffStrategy.retryImmediately())
                .throttlingBackoffStrategy(BackoffStrategy.retryImmediately())
                .circuitBreakerEnabled(false)
                .build();
        return S3Client.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .forcePathStyle(true)
                .overrideConfiguration(configuration -> configuration.retryStrategy(atOnce));
    }

    StoredObject stored(String key) {
        return s3.object(BUCKET, key);
    }

    /** The uploads under way. */
    List<MultipartUpload> uploads() {
        return plain.listMultipartUploads(of -> of.bucket(BUCKET)).uploads();
    }

    /** As it was at the start. */
    void reset() {
        s3.clearFaults();
        s3.keys(BUCKET).forEach(key -> s3.deleteObject(BUCKET, key));
        uploads()
                .forEach(upload -> plain.abortMultipartUpload(
                        of -> of.bucket(BUCKET).key(upload.key()).uploadId(upload.uploadId())));
        s3.clearRequests();
    }

    /** Bytes that are the same for the same length in every run. */
    static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    @Override
    public void close() {
        encrypting.close();
        keyring.close();
        s3.close();
    }
}
