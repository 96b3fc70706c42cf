/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Why a target is missed, written by hand: by its id, or by id and JDK ({@code put-plain.17}). */
record Notes(Properties byLine) {
    static Notes read(Path file) throws IOException {
        Properties notes = new Properties();
        if (Files.exists(file)) {
            try (Reader in = Files.newBufferedReader(file)) {
                notes.load(in);
            }
        }
        return new Notes(notes);
    }

    @Nullable
    String of(Line line, int jdk) {
        String general = byLine.getProperty(line.id());
        return byLine.getProperty(line.id() + "." + jdk, general);
    }
}
