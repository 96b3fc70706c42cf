/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The master key, and where its PIN is. */
final class KeyOptions {
    @Option(
            names = {"-k", "--key"},
            required = true,
            paramLabel = "URI",
            description = "the master key: pkcs11:..., aes:FILE, rsa:FILE, aws-kms:ID-OR-ARN")
    String uri;

    @Option(
            names = "--description",
            paramLabel = "NAME=VALUE",
            description = "an entry of the key's materials description: stored with what it seals, public, and how"
                    + " the key is found again; repeatable")
    Map<String, String> description = new LinkedHashMap<>();

    @Option(
            names = "--key-option",
            paramLabel = "NAME=VALUE",
            description = "a further setting of the key's kind, such as region=eu-central-1 of aws-kms:; repeatable")
    Map<String, String> options = new LinkedHashMap<>();

    @Option(
            names = "--pin-file",
            paramLabel = "FILE",
            description = "where the key's PIN or passphrase is: the first line of this file; else it is taken from"
                    + " KEYWRIGHT_PIN, or asked for")
    @Nullable
    Path pinFile;
}
