/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import java.net.URI;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;

/** Plain clients of the loopback servers. An encryption client over them is not closed, as it would close them. */
final class Stores implements AutoCloseable {
    static final String BUCKET = System.getenv("KW_BUCKET");
    private static final StaticCredentialsProvider ANY =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any"));

    final S3AsyncClient asynchronous = new CollectingClient(S3AsyncClient.builder()
            .endpointOverride(URI.create(System.getenv("KW_S3")))
            .forcePathStyle(true)
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(ANY)
            .httpClientBuilder(NettyNioAsyncHttpClient.builder())
            .build());
    final S3Client blocking = S3Client.builder()
            .endpointOverride(URI.create(System.getenv("KW_S3")))
            .forcePathStyle(true)
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(ANY)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build();
    final KmsClient kms = KmsClient.builder()
            .endpointOverride(URI.create(System.getenv("KW_KMS")))
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(ANY)
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .build();

    @Override
    public void close() {
        asynchronous.close();
        blocking.close();
        kms.close();
    }
}
