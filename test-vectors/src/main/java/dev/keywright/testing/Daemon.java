/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that puts itself into the background when it is ready. It ends when it is closed, and with this JVM, however
 * that ends: a shell holds it, that waits for the end of its own input.
 */
final class Daemon implements AutoCloseable {
    private static final String READY = "ready";
    private static final String HOLD = "pid=$1; shift; \"$@\" </dev/null >/dev/null 2>&1 && echo " + READY
            + " || exit 1; read -r end; kill -KILL \"$(cat \"$pid\")\"";

    private final Process shell;

    private Daemon(Process shell) {
        this.shell = shell;
    }

    /**
     * Starts it, and returns when it is ready.
     *
     * @param pidFile where it writes its process id
     */
    static Daemon start(Path pidFile, List<String> command) {
        List<String> line = new ArrayList<>(List.of("sh", "-c", HOLD, "sh", pidFile.toString()));
        line.addAll(command);
        try {
            Process shell = new ProcessBuilder(line)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            BufferedReader said = shell.inputReader(StandardCharsets.UTF_8);
            if (!READY.equals(said.readLine())) {
                throw new IllegalStateException(command.get(0) + " does not start: " + String.join(" ", command));
            }
            return new Daemon(shell);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it. Idempotent. */
    @Override
    public void close() {
        try {
            shell.getOutputStream().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        shell.onExit().join();
    }
}
