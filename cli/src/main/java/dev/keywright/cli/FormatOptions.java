/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.AlgorithmSuite;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The format that is written, and the policy that allows it. */
final class FormatOptions {
    /** What {@code --format} takes. */
    enum Format {
        v2(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF),
        v3(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);

        private final AlgorithmSuite suite;

        Format(AlgorithmSuite suite) {
            this.suite = suite;
        }
    }

    @Option(
            names = "--format",
            paramLabel = "v2|v3",
            description = "format to write: v3, with key commitment (default), or v2, for readers that know no other")
    @Nullable
    Format format;

    @Mixin
    PolicyOptions policyOptions = new PolicyOptions();

    /** A format that is asked for and no policy: the policy that writes it. */
    CommitmentPolicy policy() {
        return policyOptions.chosen == null && format == Format.v2
                ? CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
                : policyOptions.policy();
    }

    AlgorithmSuite suite() {
        return format == null ? policy().defaultSuite() : format.suite;
    }
}
