/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.OptionalLong;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;

/**
 * The plaintext length of every part of a multipart upload but the last: said at {@code createMultipartUpload}, it tells
 * where each part belongs, so that parts may be sent in any order and at once. Without it they are begun in order. Immutable.
 *
 * <pre>{@code
 * CreateMultipartUploadRequest.builder().bucket(b).key(k).overrideConfiguration(MultipartPartSize.of(8 << 20)).build()
 * }</pre>
 *
 * <p>A request has one override configuration, and a later one replaces an earlier one; further settings join by {@link
 * Consumer#andThen}.
 */
public final class MultipartPartSize implements Consumer<AwsRequestOverrideConfiguration.Builder> {
    /** S3's smallest part, but for the last, in bytes. */
    static final long MIN_OF_S3 = 5L << 20;
    /** S3's longest part, in bytes. */
    static final long MAX_OF_S3 = 5L << 30;

    private static final int BLOCK_BYTES = 16;

    private static final ExecutionAttribute<MultipartPartSize> ATTRIBUTE =
            RequestOption.attribute(MultipartPartSize.class);

    private final long bytes;

    private MultipartPartSize(long bytes) {
        this.bytes = bytes;
    }

    /**
     * Parts of this length. S3 takes 5 MiB to 5 GiB, other stores smaller ones too; what is too small is found out at
     * {@code completeMultipartUpload}, by the store.
     *
     * @throws IllegalArgumentException if it is no multiple of 16 from 16 up to 5 GiB
     */
    public static MultipartPartSize of(long bytes) {
        if (bytes <= 0 || bytes > MAX_OF_S3 || bytes % BLOCK_BYTES != 0) {
            throw new IllegalArgumentException("part size of " + bytes
                    + " bytes; a multiple of 16 up to 5 GiB is wanted, and S3 takes no less than 5 MiB");
        }
        return new MultipartPartSize(bytes);
    }

    /** Puts the size into a request's configuration. */
    @Override
    public void accept(AwsRequestOverrideConfiguration.Builder configuration) {
        configuration.putExecutionAttribute(ATTRIBUTE, this);
    }

    /** What the request says. */
    static OptionalLong in(CreateMultipartUploadRequest request) {
        return request.overrideConfiguration()
                .flatMap(configuration -> configuration.executionAttributes().getOptionalAttribute(ATTRIBUTE))
                .map(size -> OptionalLong.of(size.bytes))
                .orElse(OptionalLong.empty());
    }

    @Override
    public String toString() {
        return "MultipartPartSize[" + bytes + "]";
    }
}
