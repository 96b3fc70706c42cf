/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
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
    private final TemporaryPath temporary;
    private @Nullable OutputStream stream;

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
        this.temporary = new TemporaryPath(target.resolveSibling(
                "." + target.getFileName() + "." + HexFormat.of().formatHex(suffix) + ".part"));
        try {
            this.stream =
                    Files.newOutputStream(temporary.path(), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            takeOverPermissions();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** What could be read by few before stays so: the new file is as the one that it replaces. */
    private void takeOverPermissions() throws IOException {
        if (Files.exists(target) && Files.getFileStore(temporary.path()).supportsFileAttributeView("posix")) {
            Files.setPosixFilePermissions(temporary.path(), Files.getPosixFilePermissions(target));
        }
    }

    /** Fails early, before a key is asked for or a byte is moved. */
    static void requireFree(Path target, boolean overwrite) throws IOException {
        InputFile.requireName(target);
        if (Files.exists(target) && !Files.isRegularFile(target)) {
            // A device such as /dev/null would not be written to, but be gone, with a file in its place.
            throw new IOException(target + ": is no regular file, and only those are replaced; standard output is -");
        }
        if (!overwrite && Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target.toString());
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null && !Files.exists(folder)) {
            throw new NoSuchFileException(String.valueOf(target.getParent()));
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
        Files.move(temporary.path(), target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
        try (temporary) {
            if (stream != null) {
                stream.close();
                stream = null;
            }
        }
    }
}
