/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Arrays;

/** Where verified plaintext goes: a file, whole or not at all, or standard output. */
final class PlaintextTarget {
    private static final int RUN_BYTES = 1 << 16;

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
            return copy(counted, command.terminal.out());
        }
    }

    /** Ends as soon as nobody reads any more: a pipe to {@code head} does not have all of a long object fetched. */
    private static long copy(InputStream plaintext, PrintStream out) throws IOException {
        byte[] buffer = new byte[RUN_BYTES];
        try {
            long written = 0;
            for (int read = plaintext.read(buffer); read >= 0; read = plaintext.read(buffer)) {
                out.write(buffer, 0, read);
                if (out.checkError()) {
                    throw new IOException(Terminal.OUT_IS_CLOSED);
                }
                written += read;
            }
            return written;
        } finally {
            Arrays.fill(buffer, (byte) 0);
        }
    }
}
