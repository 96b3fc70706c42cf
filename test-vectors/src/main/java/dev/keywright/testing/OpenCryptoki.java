/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A private soft token of openCryptoki, with a slot daemon of its own; closing ends both. openCryptoki keeps its tokens in
 * folders of the system's, that nothing can change, so the JVM must have been started where those are private: {@code
 * provider-pkcs11/src/test/opencryptoki/bin/java} does that as root, by a mount namespace. Anywhere else nothing is touched.
 *
 * <p>One at a time. For one thread at a time.
 */
public final class OpenCryptoki implements AutoCloseable {
    /** Set by whoever made the folders private. */
    private static final String MARK = "KEYWRIGHT_OPENCRYPTOKI";

    private static final Path TOKEN_FOLDER = Path.of("/var/lib/opencryptoki/swtok");
    private static final Path RUN = Path.of("/run");
    private static final String SLOT = "3";
    private static final String FACTORY_SO_PIN = "87654321";
    private static final String LABEL = "kw-ock";
    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path scratch;
    private final Daemon slots;
    private final char[] pin;
    private final Pkcs11Tool tool;

    private OpenCryptoki(Path scratch, Daemon slots, String pin) {
        this.scratch = scratch;
        this.slots = slots;
        this.pin = pin.toCharArray();
        this.tool = new Pkcs11Tool(findModule().orElseThrow(), LABEL, this::pin, scratch);
    }

    /** Why none can be had here, and what to do about it; empty if one can. */
    public static Optional<String> obstacle() {
        if (findModule().isEmpty()
                || !Stream.of("pkcsslotd", "pkcsconf")
                        .allMatch(tool -> Tool.find(tool).isPresent())) {
            return Optional.of("openCryptoki is not here: apt-get install opencryptoki");
        }
        if (Tool.find("pkcs11-tool").isEmpty()) {
            return Optional.of("pkcs11-tool is not here: apt-get install opensc");
        }
        return "private".equals(System.getenv(MARK))
                ? Optional.empty()
                : Optional.of(
                        "openCryptoki's folders are the system's own; its tests run in private ones, which root gets"
                                + " by provider-pkcs11/src/test/opencryptoki/bin/java where mount namespaces are allowed");
    }

    /**
     * Starts the daemon and makes a token.
     *
     * @throws IllegalStateException if that can't be, saying why
     */
    public static OpenCryptoki newToken() {
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            throw new IllegalStateException(obstacle.get());
        }
        try {
            wipe();
            Daemon slots = Daemon.start(
                    RUN.resolve("pkcsslotd.pid"),
                    List.of(Tool.find("pkcsslotd").orElseThrow().toString()));
            OpenCryptoki token = new OpenCryptoki(Files.createTempDirectory("keywright-ock"), slots, digits());
            String soPin = digits();
            String firstPin = digits(); // must be changed before use
            String userPin = new String(token.pin);
            token.configure(FACTORY_SO_PIN + "\n" + LABEL + "\n", "-I");
            token.configure("", "-P", "-S", FACTORY_SO_PIN, "-n", soPin);
            token.configure("", "-u", "-S", soPin, "-n", firstPin);
            token.configure("", "-p", "-U", firstPin, "-n", userPin);
            return token;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The PKCS#11 module. */
    public Path module() {
        return findModule().orElseThrow();
    }

    /** A copy of the user's PIN; the receiver wipes it. */
    public char[] pin() {
        return pin.clone();
    }

    /** The RFC 7512 URI of an object on this token, with the module's path and without the PIN. */
    public String uri(String objectLabel) {
        return "pkcs11:token=" + LABEL + ";object=" + objectLabel + "?module-path=" + module();
    }

    /**
     * Puts an AES key of known bytes on the token.
     *
     * @param key 16, 24 or 32 bytes; neither kept nor changed
     */
    public void importAes(String keyLabel, String idHex, byte[] key) {
        tool.importAes(keyLabel, idHex, key);
    }

    /** Makes an RSA pair, for decryption and unwrapping. */
    public void generateRsa(String keyLabel, String idHex, int bits) {
        tool.generateRsa(keyLabel, idHex, bits);
    }

    /** The public half of a pair made by {@link #generateRsa}. */
    public PublicKey rsaPublicKey(String idHex) {
        return tool.rsaPublicKey(idHex);
    }

    /** Ends the daemon, and deletes the token with all its keys. Idempotent. */
    @Override
    public void close() {
        Arrays.fill(pin, '\0');
        slots.close();
        try {
            wipe();
            deleteBelow(scratch);
            Files.deleteIfExists(scratch);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "OpenCryptoki[" + LABEL + "]";
    }

    /** As it was before there was a token. What the module keeps in shared memory would outlive its files. */
    private static void wipe() throws IOException {
        Files.deleteIfExists(RUN.resolve("pkcsslotd.pid"));
        Files.deleteIfExists(RUN.resolve("pkcsslotd.socket"));
        deleteBelow(TOKEN_FOLDER);
        Files.createDirectories(TOKEN_FOLDER.resolve("TOK_OBJ"));
        deleteBelow(Path.of("/dev/shm"));
    }

    private static void deleteBelow(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.filter(path -> !path.equals(folder))
                    .sorted(Comparator.reverseOrder())
                    .toList()) {
                Files.delete(path);
            }
        }
    }

    private static Optional<Path> findModule() {
        return Tool.findLibrary("libopencryptoki.so", "libopencryptoki.so.0");
    }

    /** Eight of them, which is the most that a PIN can have. */
    private static String digits() {
        byte[] bytes = new byte[4];
        RANDOM.nextBytes(bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private void configure(String input, String... arguments) {
        List<String> command = new ArrayList<>(List.of("pkcsconf", "-c", SLOT));
        command.addAll(Arrays.asList(arguments));
        Tool.run(Map.of(), input, command);
    }
}
