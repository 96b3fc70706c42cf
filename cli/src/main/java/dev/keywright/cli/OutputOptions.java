/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import picocli.CommandLine.Option;

/** How much is said, and to whom. */
final class OutputOptions {
    @Option(
            names = "--json",
            description = "the result as one line of JSON on standard output; errors as JSON on standard error")
    boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "say nothing but errors and what was asked for")
    boolean quiet;

    @Option(
            names = {"-v", "--verbose"},
            description = "with an error, print where it came from")
    boolean verbose;
}
