/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Takes a body in: the first megabytes in memory, and all of it in a file once there are more. */
final class Spool extends OutputStream {
    private static final int MEMORY_BYTES = 1 << 20;

    private final Path folder;
    private final ByteArrayOutputStream memory = new ByteArrayOutputStream();
    private @Nullable Path file;
    private @Nullable OutputStream toFile;
    private long length;

    Spool(Path folder) {
        this.folder = folder;
    }

    @Override
    public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int count) throws IOException {
        length += count;
        if (toFile == null && length > MEMORY_BYTES) {
            Path fresh = Files.createTempFile(folder, "body", ".bin");
            file = fresh;
            toFile = Files.newOutputStream(fresh);
            memory.writeTo(toFile);
            memory.reset();
        }
        (toFile == null ? memory : toFile).write(bytes, offset, count);
    }

    /** The body. Ends the writing. */
    Body finish() throws IOException {
        if (file == null || toFile == null) {
            return Body.of(memory.toByteArray());
        }
        toFile.close();
        return Body.of(file, length);
    }

    /** Throws away what was taken in. */
    void discard() throws IOException {
        if (toFile != null) {
            toFile.close();
        }
        if (file != null) {
            Files.deleteIfExists(file);
        }
    }
}
