/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A program of the system's that sets the stage for a test: where it is, and running it to its end. */
final class Tool {
    private static final int SECONDS = 120;

    private Tool() {}

    /** Where a program is: on the path, or where administrators' programs are. */
    static Optional<Path> find(String name) {
        String path = Optional.ofNullable(System.getenv("PATH")).orElse("");
        return Stream.concat(Arrays.stream(path.split(":")), Stream.of("/usr/sbin", "/usr/local/sbin"))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    /** Where Debian, Ubuntu, Fedora and others put a library. */
    static Optional<Path> findLibrary(String... names) {
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return Stream.of("/usr/lib/" + architecture + "-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib")
                .flatMap(folder -> Arrays.stream(names)
                        .flatMap(name -> Stream.of(Path.of(folder, name), Path.of(folder, "pkcs11", name))))
                .filter(Files::isReadable)
                .findFirst();
    }

    /**
     * Runs a program, and returns when it ended.
     *
     * @param input what it reads from its standard input
     * @return what it printed
     * @throws IllegalStateException if it fails, with what it printed
     */
    static String run(Map<String, String> environment, String input, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().putAll(environment);
        try {
            Process process = builder.start();
            process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(command.get(0) + " does not end");
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(
                        command.get(0) + " failed (" + process.exitValue() + "): " + output.strip());
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + command.get(0), e);
        }
    }
}
