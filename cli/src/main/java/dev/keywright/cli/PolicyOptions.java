/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.CommitmentPolicy;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The commitment policy. */
final class PolicyOptions {
    @Option(
            names = "--policy",
            paramLabel = "POLICY",
            converter = Converter.class,
            description = "commitment policy: require-encrypt-require-decrypt (default), require-encrypt-allow-decrypt,"
                    + " forbid-encrypt-allow-decrypt; the last two read format V2 too, the last one writes it")
    @Nullable
    CommitmentPolicy chosen;

    CommitmentPolicy policy() {
        return chosen == null ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT : chosen;
    }

    /** Takes the name of the policy in any case, with hyphens or underscores. */
    static final class Converter implements ITypeConverter<CommitmentPolicy> {
        @Override
        public CommitmentPolicy convert(String value) {
            for (CommitmentPolicy policy : CommitmentPolicy.values()) {
                if (policy.name().equals(value.toUpperCase(Locale.ROOT).replace('-', '_'))) {
                    return policy;
                }
            }
            throw new TypeConversionException("there is no commitment policy '" + value + "'; there are "
                    + Arrays.stream(CommitmentPolicy.values())
                            .map(policy ->
                                    policy.name().toLowerCase(Locale.ROOT).replace('_', '-'))
                            .collect(Collectors.joining(", ")));
        }
    }
}
