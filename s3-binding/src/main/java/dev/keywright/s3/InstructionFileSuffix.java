/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.InstructionFile;
import java.util.function.Consumer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.interceptor.ExecutionAttribute;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;

/**
 * Which instruction file one {@code getObject} reads, where the object's envelope is not in its metadata: an object can have
 * several, each with its key wrapped for somebody else. Given in the request's override configuration, as {@link
 * EncryptionContext} is:
 *
 * <pre>{@code
 * GetObjectRequest.builder().bucket(b).key(k).overrideConfiguration(InstructionFileSuffix.of(".share")).build()
 * }</pre>
 *
 * <p>The text is appended to the object's key as it is, with no dot of ours. Where the metadata is complete the suffix is
 * not used, and a warning is logged.
 */
public final class InstructionFileSuffix implements Consumer<AwsRequestOverrideConfiguration.Builder> {
    private static final ExecutionAttribute<InstructionFileSuffix> ATTRIBUTE =
            RequestOption.attribute(InstructionFileSuffix.class);

    private static final InstructionFileSuffix DEFAULT = new InstructionFileSuffix(InstructionFile.SUFFIX);

    private final String suffix;

    private InstructionFileSuffix(String suffix) {
        this.suffix = suffix;
    }

    /**
     * This suffix, such as {@code .share}.
     *
     * @throws IllegalArgumentException if it is empty, which would be the object itself
     */
    public static InstructionFileSuffix of(String suffix) {
        if (suffix.isEmpty()) {
            throw new IllegalArgumentException("an empty suffix names the object itself, not its instruction file");
        }
        return new InstructionFileSuffix(suffix);
    }

    /** Puts the suffix into a request's configuration. */
    @Override
    public void accept(AwsRequestOverrideConfiguration.Builder configuration) {
        configuration.putExecutionAttribute(ATTRIBUTE, this);
    }

    /** What the request carries, or the suffix that all clients write. */
    static InstructionFileSuffix in(GetObjectRequest request) {
        return request.overrideConfiguration()
                .flatMap(configuration -> configuration.executionAttributes().getOptionalAttribute(ATTRIBUTE))
                .orElse(DEFAULT);
    }

    /** The instruction file's key, for an object of this key. */
    String fileOf(String key) {
        return key + suffix;
    }

    /** Whether somebody asked for it. */
    boolean isChosen() {
        return this != DEFAULT;
    }

    @Override
    public String toString() {
        return suffix;
    }
}
