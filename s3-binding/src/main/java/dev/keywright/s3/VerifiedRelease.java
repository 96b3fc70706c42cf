/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.Optional;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Where an object is while it is verified, before any of its plaintext is released. Chosen for a client by {@link
 * EncryptingS3Client.Builder#verifiedRelease}, or for one request:
 *
 * <pre>{@code
 * GetObjectRequest.builder().bucket(b).key(k).overrideConfiguration(VerifiedRelease.READ_TWICE).build()
 * }</pre>
 *
 * <p>A request has one override configuration, and a later one replaces an earlier one; further settings join by {@link
 * Consumer#andThen}.
 *
 * <p>Objects of the legacy CBC suite, which nothing verifies, are held as {@link #AUTOMATIC} holds them where this says
 * {@link #READ_TWICE}.
 */
public enum VerifiedRelease implements Consumer<AwsRequestOverrideConfiguration.Builder> {
    /** In memory if the stored body fits {@link EncryptingS3Client.Builder#bufferBytes}, else as {@link #SPOOL}. */
    AUTOMATIC,

    /**
     * In memory, and never on disk: a longer object than {@link EncryptingS3Client.Builder#bufferBytes} is refused, as a
     * {@link dev.keywright.spi.PolicyException}.
     */
    BUFFER,

    /** As ciphertext in a temporary file, which nobody need trust: each segment is verified again as it is released. */
    SPOOL,

    /**
     * Nowhere: the object is downloaded twice, first to verify it and keep a digest of each segment, then to decrypt it, each
     * segment released only if its digest is the same. Constant memory and no disk, for one more download. The second
     * request is pinned by the first response's version id, which asks for the permission {@code s3:GetObjectVersion}, and
     * its ETag. An object that was replaced in between, or differs in any bit, is an {@link
     * dev.keywright.spi.IntegrityException}; the plaintext handed on before that was verified, and its end is not reached.
     */
    READ_TWICE;

    private static final ExecutionAttribute<VerifiedRelease> ATTRIBUTE = RequestOption.attribute(VerifiedRelease.class);

    /** Puts the choice into a request's configuration. */
    @Override
    public void accept(AwsRequestOverrideConfiguration.Builder configuration) {
        configuration.putExecutionAttribute(ATTRIBUTE, this);
    }

    /** What the request asks for. */
    static Optional<VerifiedRelease> in(GetObjectRequest request) {
        return request.overrideConfiguration()
                .flatMap(configuration -> configuration.executionAttributes().getOptionalAttribute(ATTRIBUTE));
    }
}
