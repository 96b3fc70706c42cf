/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;

/** Where verified plaintext goes: a file, whole or not at all, or standard output. */
final class PlaintextTarget {
    private final Subcommand command;
    private final String argument;
    private final boolean force;

    private PlaintextTarget(Subcommand command, String argument, boolean force) {
        this.command = command;
        this.argument = argument;
        this.force = force;
    }

    /** Fails at once if it can't be written. */
    static PlaintextTarget of(Subcommand command, String argument, boolean force) throws IOException {
        if (!argument.equals("-")) {
            OutputFile.requireFree(Path.of(argument), force);
        } else if (command.output.json) {
            throw command.misuse("standard output can't take both the plaintext and --json");
        }
        return new PlaintextTarget(command, argument, force);
    }

    /** Writes all of it, and gives how many bytes that was. */
    long write(InputStream plaintext, long lengthBytes) throws IOException {
        try (Progress progress = command.progress("writing " + argument, lengthBytes)) {
            InputStream counted = progress.count(plaintext);
            if (!argument.equals("-")) {
                try (OutputFile file = new OutputFile(Path.of(argument), force)) {
                    long written = counted.transferTo(file.stream());
                    file.keep();
                    return written;
                }
            }
            PrintStream out = command.terminal.out();
            long written = counted.transferTo(out);
            if (out.checkError()) {
                throw new IOException("standard output was closed before all was written");
            }
            return written;
        }
    }
}
