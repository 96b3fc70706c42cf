/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.FormatException;
import dev.keywright.spi.KeywrightException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The file that holds an upload's state. It is replaced as a whole, so that it is never there in part, and forced to the disk
 * before a call returns. Only its owner may read it. While it is open no other process, nor another call, works with it:
 * two that went on from the same state could encrypt different plaintext in the same place.
 */
final class UploadStateFile implements AutoCloseable {
    private static final int MAX_BYTES = 16 << 20;

    private final Path file;
    private final Path lockFile;
    private final FileChannel locked;

    private UploadStateFile(Path file, Path lockFile, FileChannel locked) {
        this.file = file;
        this.lockFile = lockFile;
        this.locked = locked;
    }

    /** @throws IllegalStateException if another upload works with it */
    static UploadStateFile open(Path path) throws IOException {
        Path file = path.toAbsolutePath();
        Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
        FileChannel channel = FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        boolean locked = false;
        try {
            locked = lock(channel) && isStillThere(lockFile, channel);
        } finally {
            if (!locked) {
                channel.close();
            }
        }
        if (!locked) {
            throw new IllegalStateException("another upload works with the state in " + file + "; wait for it to end");
        }
        return new UploadStateFile(file, lockFile, channel);
    }

    /** Locks a place that is never read: on some systems what is locked can't be. */
    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(Long.MAX_VALUE - 1, 1, false) != null;
        } catch (OverlappingFileLockException e) {
            return false; // by another call in this process
        }
    }

    /** The last holder removes the file: a lock on one that was removed meanwhile keeps nobody out. */
    private static boolean isStillThere(Path lockFile, FileChannel channel) throws IOException {
        byte[] holder = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        channel.write(ByteBuffer.wrap(holder), 0);
        try {
            return Arrays.equals(holder, Files.readAllBytes(lockFile));
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    /**
     * What it holds; null if it is not there.
     *
     * @throws FormatException if it is no state, or not whole
     */
    @Nullable
    UploadState read() throws IOException {
        byte[] text;
        try (InputStream in = Files.newInputStream(file)) {
            text = in.readNBytes(MAX_BYTES + 1);
        } catch (NoSuchFileException e) {
            return null;
        }
        try {
            if (text.length > MAX_BYTES) {
                throw new FormatException(
                        FormatException.Fault.MALFORMED, "longer than " + MAX_BYTES + " bytes, and so no state");
            }
            return UploadState.parse(text);
        } catch (KeywrightException e) {
            throw e.about(file.toString());
        }
    }

    /** Replaces what it holds, and returns once that is on the disk. */
    void write(UploadState state) throws IOException {
        Path fresh = Files.createTempFile(file.getParent(), file.getFileName().toString(), ".new"); // owner only
        try {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer text = ByteBuffer.wrap(state.toBytes());
                while (text.hasRemaining()) {
                    channel.write(text);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        forceFolder();
    }

    /** The new name must last, too. Systems on which a folder can't be opened keep names without being told. */
    private void forceFolder() throws IOException {
        FileChannel folder;
        try {
            folder = FileChannel.open(file.getParent(), StandardOpenOption.READ);
        } catch (IOException e) {
            return; // see above
        }
        try (folder) {
            folder.force(true);
        }
    }

    void delete() throws IOException {
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        try {
            Files.deleteIfExists(lockFile);
        } finally {
            locked.close();
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
