/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A file or folder that is deleted when this is closed, and also when the process is interrupted before. */
final class TemporaryPath implements AutoCloseable {
    private final Path path;
    private final Thread atShutdown;

    /** Takes charge of a path, which may be still to be made. */
    TemporaryPath(Path path) {
        this.path = path;
        this.atShutdown = new Thread(this::delete, "delete " + path);
        Runtime.getRuntime().addShutdownHook(atShutdown);
    }

    Path path() {
        return path;
    }

    /** Deletes it, if it is still there. Idempotent. */
    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(atShutdown);
        } catch (IllegalStateException e) {
            // The process is ending, and the hook does its work.
        }
    }

    private void delete() {
        if (!Files.exists(path)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(path)) {
            for (Path each : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(each);
            }
        } catch (IOException e) {
            // The folder round it has gone or forbids it: there is nothing left to do.
        }
    }
}
