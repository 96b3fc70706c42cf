/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.net.URI;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;

/** The SDK's asynchronous clients, which an encrypting client may be put over. */
enum AsyncClients {
    NETTY {
        @Override
        S3AsyncClient at(URI endpoint) {
            return settings(endpoint, NettyNioAsyncHttpClient.create()).build();
        }
    },
    /** Puts in parts, and would get in parts. */
    NETTY_MULTIPART {
        @Override
        S3AsyncClient at(URI endpoint) {
            return settings(endpoint, NettyNioAsyncHttpClient.create())
                    .multipartEnabled(true)
                    .build();
        }
    },
    CRT_HTTP {
        @Override
        S3AsyncClient at(URI endpoint) {
            return settings(endpoint, AwsCrtAsyncHttpClient.create()).build();
        }
    },
    /** Native; works in parts beneath. */
    S3_CRT {
        @Override
        S3AsyncClient at(URI endpoint) {
            return S3AsyncClient.crtBuilder()
                    .endpointOverride(endpoint)
                    .region(Region.US_EAST_1)
                    .credentialsProvider(CREDENTIALS)
                    .forcePathStyle(true)
                    .build();
        }
    };

    private static final StaticCredentialsProvider CREDENTIALS =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test"));

    /** Not at once: the SDK takes what it hears late of a failed attempt for a failure of the next. */
    private static final Duration RETRY_AFTER = Duration.ofMillis(20);

    abstract S3AsyncClient at(URI endpoint);

    /** Retries twice, soon; closes the HTTP client with itself. */
    static S3AsyncClientBuilder settings(URI endpoint, SdkAsyncHttpClient http) {
        StandardRetryStrategy soon = AwsRetryStrategy.standardRetryStrategy().toBuilder()
                .maxAttempts(3)
                .backoffStrategy(BackoffStrategy.fixedDelayWithoutJitter(RETRY_AFTER))
                .throttlingBackoffStrategy(BackoffStrategy.fixedDelayWithoutJitter(RETRY_AFTER))
                .circuitBreakerEnabled(false)
                .build();
        return S3AsyncClient.builder()
                .endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .credentialsProvider(CREDENTIALS)
                .forcePathStyle(true)
                .httpClient(http)
                .overrideConfiguration(configuration -> configuration.retryStrategy(soon));
    }
}
