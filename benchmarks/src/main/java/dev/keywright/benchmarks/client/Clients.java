/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.Keyring;
import java.net.URI;
import java.time.Duration;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3BaseClientBuilder;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The clients of the SDK that all stand on: its default HTTP clients, no credentials, so no signatures, and checksums only
 * where S3 demands one.
 */
final class Clients {
    static final String BUCKET = "bucket";
    /** Longer than the peer takes for anything. */
    private static final Duration PATIENCE = Duration.ofMinutes(10);

    private Clients() {}

    static S3Client blocking(URI endpoint) {
        return configured(S3Client.builder(), endpoint).build();
    }

    static S3AsyncClient asynchronous(URI endpoint) {
        return configured(S3AsyncClient.builder(), endpoint).build();
    }

    private static <B extends S3BaseClientBuilder<B, C>, C> B configured(B builder, URI endpoint) {
        return builder.endpointOverride(endpoint)
                .region(Region.US_EAST_1)
                .forcePathStyle(true)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
                .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
                .overrideConfiguration(o -> o.apiCallTimeout(PATIENCE));
    }

    /** The master key of both encrypting clients; it protects nothing. */
    static SecretKey masterKey() {
        return new SecretKeySpec(new byte[32], "AES");
    }

    /** Ours for the same key. */
    static Keyring keyring() {
        return JcaKeyrings.platform().aes("benchmark", masterKey().getEncoded());
    }

    static RequestBody plaintext(long first, long lengthBytes) {
        return RequestBody.fromContentProvider(
                () -> Plaintext.of(first, lengthBytes), lengthBytes, "application/octet-stream");
    }

    static String range(long first, long lengthBytes) {
        return "bytes=" + first + "-" + (first + lengthBytes - 1);
    }
}
