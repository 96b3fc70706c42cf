/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Adobe S3Mock in a process of its own, on a free port. The build writes its class path into a file. It serves plain HTTP on
 * every interface of the machine, and can't be told otherwise; it holds what one test run puts there.
 */
final class S3MockProcess implements AutoCloseable {
    private static final Pattern HTTP_PORT = Pattern.compile("Tomcat started on ports? .*?(\\d+) \\(http\\)");

    private final Process process;
    private final Thread onExit;
    private final Path folder;
    private final URI endpoint;

    private S3MockProcess(Process process, Path folder, URI endpoint) {
        this.process = process;
        this.folder = folder;
        this.endpoint = endpoint;
        this.onExit = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /** Starts it and waits until it serves. */
    static S3MockProcess start() throws IOException {
        Path folder = Files.createTempDirectory("s3mock-");
        Path classPath = Path.of(System.getProperty("keywright.root"), "s3-binding", "target", "s3mock.classpath");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        Files.readString(classPath),
                        "com.adobe.testing.s3mock.S3MockApplication",
                        "--http.port=0",
                        "--server.port=0",
                        "--server.address=127.0.0.1",
                        "--com.adobe.testing.s3mock.store.root=" + folder)
                .redirectErrorStream(true)
                .start();
        BufferedReader log = process.inputReader(StandardCharsets.UTF_8);
        StringBuilder said = new StringBuilder();
        for (String line = log.readLine(); line != null; line = log.readLine()) {
            said.append(line).append('\n');
            Matcher started = HTTP_PORT.matcher(line);
            if (started.find()) {
                drain(process);
                return new S3MockProcess(process, folder, URI.create("http://127.0.0.1:" + started.group(1)));
            }
        }
        throw new IOException("S3Mock did not start:\n" + said);
    }

    /** Else it would stop when the pipe is full. */
    private static void drain(Process process) {
        Thread drain = new Thread(() -> {
            try {
                process.getInputStream().transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                if (process.isAlive()) {
                    throw new UncheckedIOException(e);
                }
            }
        });
        drain.setDaemon(true);
        drain.start();
    }

    URI endpoint() {
        return endpoint;
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(onExit);
        process.destroyForcibly().onExit().join();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
