/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.util.Map;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.services.s3.model.S3Request;

/**
 * The encryption context of one request, which a KMS keyring binds into the wrapped key: authenticated, stored beside the
 * object, not secret. A read must give the same entries as the write. Raw AES and RSA keys have no place for one and refuse
 * it. Immutable.
 *
 * <pre>{@code
 * PutObjectRequest.builder().bucket(b).key(k).overrideConfiguration(EncryptionContext.of(Map.of("tenant", "blue"))).build()
 * }</pre>
 *
 * <p>A request has one override configuration, and a later one replaces an earlier one; further settings join by {@link
 * Consumer#andThen}.
 */
public final class EncryptionContext implements Consumer<AwsRequestOverrideConfiguration.Builder> {
    private static final ExecutionAttribute<EncryptionContext> ATTRIBUTE =
            RequestOption.attribute(EncryptionContext.class);

    private final Map<String, String> entries;

    private EncryptionContext(Map<String, String> entries) {
        this.entries = Map.copyOf(entries);
    }

    /** The context of these entries; none may have the reserved name {@code aws:x-amz-cek-alg}. */
    public static EncryptionContext of(Map<String, String> entries) {
        return new EncryptionContext(entries);
    }

    /** Puts the context into a request's configuration. */
    @Override
    public void accept(AwsRequestOverrideConfiguration.Builder configuration) {
        configuration.putExecutionAttribute(ATTRIBUTE, this);
    }

    /** What the request carries; empty if it carries none. */
    static Map<String, String> in(S3Request request) {
        return request.overrideConfiguration()
                .flatMap(configuration -> configuration.executionAttributes().getOptionalAttribute(ATTRIBUTE))
                .map(context -> context.entries)
                .orElse(Map.of());
    }

    /** Says how many entries there are; their values stay out of logs. */
    @Override
    public String toString() {
        return "EncryptionContext[" + entries.size() + " entries]";
    }
}
