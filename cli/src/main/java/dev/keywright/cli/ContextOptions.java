/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The encryption context. */
final class ContextOptions {
    @Option(
            names = "--context",
            paramLabel = "NAME=VALUE",
            description = "an entry of the encryption context: bound by an aws-kms: key, and needed again to read;"
                    + " repeatable")
    Map<String, String> entries = new LinkedHashMap<>();
}
