/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Older master keys, for what was sealed before a rotation. */
final class ReadKeyOptions {
    @ArgGroup(
            exclusive = false,
            multiplicity = "0..*",
            heading = "%nFurther keys, for what was sealed before a rotation:%n")
    List<ReadKey> keys = new ArrayList<>();

    /** One of them, with what belongs to it. */
    static final class ReadKey {
        @Option(
                names = "--read-key",
                required = true,
                paramLabel = "URI",
                description = "another master key to read with, chosen by its materials description; repeatable")
        String uri;

        @Option(
                names = "--read-description",
                paramLabel = "NAME=VALUE",
                description = "an entry of this key's materials description; repeatable")
        Map<String, String> description = new LinkedHashMap<>();

        @Option(
                names = "--read-key-option",
                paramLabel = "NAME=VALUE",
                description = "a further setting of this key's kind; repeatable")
        Map<String, String> options = new LinkedHashMap<>();

        @Option(names = "--read-pin-file", paramLabel = "FILE", description = "where this key's PIN or passphrase is")
        @Nullable
        Path pinFile;
    }
}
