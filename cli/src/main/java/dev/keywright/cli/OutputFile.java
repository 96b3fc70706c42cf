/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A file that is there whole, or not at all: written under a temporary name in the same folder, and moved in place by
 * {@link #keep}. Closed without that, and also when the process is interrupted, nothing is left of it.
 */
final class OutputFile implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path target;
    private final boolean overwrite;
    private final Path temporary;
    private final Thread atShutdown;
    private @Nullable OutputStream stream;
    private boolean kept;

    /**
     * Begins the file.
     *
     * @throws FileAlreadyExistsException if there is one already and {@code overwrite} is false
     */
    OutputFile(Path target, boolean overwrite) throws IOException {
        this.target = target;
        this.overwrite = overwrite;
        requireFree(target, overwrite);
        byte[] suffix = new byte[6];
        RANDOM.nextBytes(suffix);
        this.temporary = target.resolveSibling(
                "." + target.getFileName() + "." + HexFormat.of().formatHex(suffix) + ".part");
        this.atShutdown = new Thread(this::drop, "drop " + temporary);
        Runtime.getRuntime().addShutdownHook(atShutdown);
        try {
            this.stream = Files.newOutputStream(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (IOException | RuntimeException e) {
            forgetShutdown();
            throw e;
        }
    }

    /** Fails early, before a key is asked for or a byte is moved. */
    static void requireFree(Path target, boolean overwrite) throws IOException {
        if (Files.isDirectory(target)) {
            throw new IOException(target + ": is a folder");
        }
        if (!overwrite && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
    }

    OutputStream stream() {
        if (stream == null) {
            throw new IllegalStateException(target + " is complete");
        }
        return stream;
    }

    /** Moves the complete file in place. */
    void keep() throws IOException {
        stream().close();
        stream = null;
        requireFree(target, overwrite);
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        kept = true;
    }

    @Override
    public void close() throws IOException {
        try {
            if (stream != null) {
                stream.close();
                stream = null;
            }
        } finally {
            if (!kept) {
                drop();
            }
            forgetShutdown();
        }
    }

    private void drop() {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            // The folder has gone or forbids it; there is nobody left to tell.
        }
    }

    private void forgetShutdown() {
        try {
            Runtime.getRuntime().removeShutdownHook(atShutdown);
        } catch (IllegalStateException e) {
            // The process is ending, and the hook does its work.
        }
    }
}
