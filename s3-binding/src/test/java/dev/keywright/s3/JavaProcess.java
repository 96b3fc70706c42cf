/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A second JVM of the same kind and class path. */
final class JavaProcess {
    private JavaProcess() {}

    /** Starts a main class with little memory beside the heap; what it says on either stream is read as one. */
    static Process start(String heap, Class<?> main, String... arguments) throws IOException {
        return start(heap, "8m", main, arguments);
    }

    /** The same with another limit for direct buffers, of which each thread that does I/O keeps one as large as it writes. */
    static Process start(String heap, String direct, Class<?> main, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + heap,
                "-XX:MaxDirectMemorySize=" + direct,
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
