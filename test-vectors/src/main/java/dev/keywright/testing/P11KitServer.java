/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A SoftHSM token served by another process, which can be killed and started again: a network HSM, as far as a client of its
 * module can tell. {@code p11-kit server} serves it, and the module {@code p11-kit-client.so} is its client. Of the mechanisms,
 * version 0.24 passes on those of RSA, and of AES only ECB.
 *
 * <p>The client reads {@code P11_KIT_SERVER_ADDRESS} with {@code getenv}, so the variable must be set before the JVM starts, to
 * {@code unix:path=} and a path where a socket can be made; Surefire does it with {@code environmentVariables}. One server at
 * a time can be there.
 *
 * <p>For one thread at a time.
 */
public final class P11KitServer implements AutoCloseable {
    private static final String ADDRESS = "P11_KIT_SERVER_ADDRESS";
    private static final String UNIX = "unix:path=";

    /** What fits into a socket's address on Linux, less one. */
    private static final int MAX_SOCKET_PATH = 107;

    private final SoftHsm token;
    private final Path client;
    private final Path socket;
    private @Nullable Process server;

    private P11KitServer(SoftHsm token, Path client, Path socket) {
        this.token = token;
        this.client = client;
        this.socket = socket;
    }

    /** Why none can be had here, and what to do about it; empty if one can. */
    public static Optional<String> obstacle() {
        if (findClient().isEmpty() || !isProgram("p11-kit")) {
            return Optional.of("p11-kit or its client module is not here: apt-get install p11-kit p11-kit-modules");
        }
        String address = Optional.ofNullable(System.getenv(ADDRESS)).orElse("");
        if (!address.startsWith(UNIX)) {
            return Optional.of(ADDRESS + " is not set to " + UNIX + "PATH; it must be before the JVM starts");
        }
        return address.length() - UNIX.length() > MAX_SOCKET_PATH
                ? Optional.of(ADDRESS + " names a path too long for a socket: " + address)
                : Optional.empty();
    }

    /**
     * Serves a token, from now on.
     *
     * @param token which the caller closes
     * @throws IllegalStateException if that can't be, saying why
     */
    public static P11KitServer of(SoftHsm token) {
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            throw new IllegalStateException(obstacle.get());
        }
        P11KitServer server = new P11KitServer(
                token,
                findClient().orElseThrow(),
                Path.of(System.getenv(ADDRESS).substring(UNIX.length())));
        server.start();
        return server;
    }

    /** The client's PKCS#11 module. */
    public Path module() {
        return client;
    }

    /** The RFC 7512 URI of an object on the token, by way of the server, with the module's path and without the PIN. */
    public String uri(String objectLabel) {
        return "pkcs11:token=" + token.label() + ";object=" + objectLabel + "?module-path=" + client;
    }

    /** Starts it again after {@link #kill}, and returns when it listens. */
    public void start() {
        if (server != null) {
            throw new IllegalStateException("it runs");
        }
        try {
            Files.createDirectories(socket.resolveSibling(""));
            Files.deleteIfExists(socket);
            Process started = new ProcessBuilder(
                            "p11-kit",
                            "server",
                            "--foreground",
                            "--name",
                            socket.toString(),
                            "--provider",
                            token.module().toString(),
                            "pkcs11:token=" + token.label())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            server = started;
            BufferedReader said = started.inputReader(StandardCharsets.UTF_8);
            String first = said.readLine(); // its address, once it listens
            if (first == null || !first.contains(socket.toString())) {
                kill();
                throw new IllegalStateException("p11-kit server does not listen, it says: " + first);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it, and what it runs for each of its clients. */
    public void kill() {
        Process running = server;
        if (running == null) {
            return;
        }
        server = null;
        List<ProcessHandle> children = running.descendants().toList();
        running.destroyForcibly().onExit().join();
        for (ProcessHandle child : children) {
            child.destroyForcibly();
            child.onExit().join();
        }
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Kills it. Idempotent. */
    @Override
    public void close() {
        kill();
    }

    private static boolean isProgram(String name) {
        return Arrays.stream(
                        Optional.ofNullable(System.getenv("PATH")).orElse("").split(":"))
                .anyMatch(folder -> !folder.isEmpty() && Files.isExecutable(Path.of(folder, name)));
    }

    /** Where Debian, Ubuntu, Fedora, Alpine and Homebrew put it. */
    private static Optional<Path> findClient() {
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return Stream.of(
                        "/usr/lib/" + architecture + "-linux-gnu/pkcs11",
                        "/usr/lib64/pkcs11",
                        "/usr/lib/pkcs11",
                        "/opt/homebrew/lib/pkcs11")
                .map(folder -> Path.of(folder, "p11-kit-client.so"))
                .filter(Files::isReadable)
                .findFirst();
    }
}
