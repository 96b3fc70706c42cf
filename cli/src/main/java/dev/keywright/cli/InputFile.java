/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.PlaintextSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What is to be encrypted: a file, or standard input, whose length must be known beforehand. Closes what it spooled. */
final class InputFile implements PlaintextSource, AutoCloseable {
    private final String name;
    private final PlaintextSource source;
    private final Runnable close;

    private InputFile(String name, PlaintextSource source, Runnable close) {
        this.name = name;
        this.source = source;
        this.close = close;
    }

    /** @param argument a path, or {@code -} */
    static InputFile of(Terminal terminal, String argument) throws IOException {
        if (argument.equals("-")) {
            SpooledInput spooled = SpooledInput.read(terminal.in());
            return new InputFile("standard input", spooled, spooled::close);
        }
        Path file = Path.of(argument);
        requireName(file);
        if (!Files.exists(file)) {
            throw new NoSuchFileException(argument);
        }
        if (!Files.isRegularFile(file)) {
            throw new IOException(argument + ": is not a regular file; a pipe can be read as -");
        }
        return new InputFile(argument, PlaintextSource.of(file), () -> {});
    }

    /** Refuses a folder, and the empty name that a script's unset variable makes, which stands for one. */
    static void requireName(Path file) throws IOException {
        if (file.toString().isEmpty()) {
            throw new IOException("the name of a file is empty");
        }
        if (Files.isDirectory(file)) {
            throw new IOException(file + ": is a folder");
        }
    }

    String name() {
        return name;
    }

    @Override
    public long lengthBytes() {
        return source.lengthBytes();
    }

    @Override
    public InputStream open() throws IOException {
        return source.open();
    }

    @Override
    public void close() {
        close.run();
    }
}
