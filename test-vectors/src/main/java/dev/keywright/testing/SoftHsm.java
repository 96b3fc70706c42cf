/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A private SoftHSM token, made for one test and deleted when closed. Keys and tokens are made by running {@code
 * softhsm2-util} and {@code pkcs11-tool}, so that the code under test is not also the code that sets the stage.
 *
 * <p>SoftHSM reads {@code SOFTHSM2_CONF} with {@code getenv}, so the variable must be set before the JVM starts; Surefire
 * does it with {@code environmentVariables}. The file it names is written here if it is absent, its token folder beside
 * it, and tokens left there by an earlier run are wiped. A configuration that this class did not write is used as it is,
 * and nothing in it is wiped.
 *
 * <p>A process sees the tokens that there were when it called {@code C_Initialize}: make the token first, or finalise and
 * initialise the module again. Keys made later on a known token are seen at once.
 *
 * <p>Safe for use by several threads.
 */
public final class SoftHsm implements AutoCloseable {
    private static final String MARK = "# Written by Keywright's SoftHSM fixture, which wipes the token folder below.";
    private static final SecureRandom RANDOM = new SecureRandom();

    /** Kept open, and with them their locks, as long as this JVM lives. */
    private static final List<FileChannel> HELD = new CopyOnWriteArrayList<>();

    private static @Nullable Path stage; // guarded by the class; the scratch folder once it is prepared

    private final Path module;
    private final String label;
    private final char[] pin;
    private final Pkcs11Tool tool;
    private boolean closed; // guarded by this

    private SoftHsm(Path scratch, Path module, String label, char[] pin) {
        this.module = module;
        this.label = label;
        this.pin = pin;
        this.tool = new Pkcs11Tool(module, label, this::pin, scratch);
    }

    /** Whether module and tools are here. Says nothing of {@code SOFTHSM2_CONF}. */
    public static boolean isInstalled() {
        return missing().isEmpty();
    }

    /**
     * Makes a token with a label and PIN of its own.
     *
     * @throws IllegalStateException if SoftHSM or its tools are not installed, saying what to install, or if {@code
     *     SOFTHSM2_CONF} is not set
     */
    public static SoftHsm newToken() {
        List<String> missing = missing();
        if (!missing.isEmpty()) {
            throw new IllegalStateException("SoftHSM is not complete here, missing: " + String.join(", ", missing)
                    + ". On Debian and Ubuntu: apt-get install softhsm2 opensc");
        }
        Path folder = prepareStage();
        String label = "kw-" + HexFormat.of().formatHex(random(6));
        String pin = HexFormat.of().formatHex(random(8));
        softhsm2Util(
                "--init-token",
                "--free",
                "--label",
                label,
                "--so-pin",
                HexFormat.of().formatHex(random(8)),
                "--pin",
                pin);
        return new SoftHsm(folder, findModule().orElseThrow(), label, pin.toCharArray());
    }

    /** The PKCS#11 module. */
    public Path module() {
        return module;
    }

    /** The token's label, never used before. */
    public String label() {
        return label;
    }

    /** A copy of the user's PIN; the receiver wipes it. */
    public synchronized char[] pin() {
        if (closed) {
            throw new IllegalStateException("token " + label + " is closed");
        }
        return pin.clone();
    }

    /** The RFC 7512 URI of an object on this token, with the module's path and without the PIN. */
    public String uri(String objectLabel) {
        return "pkcs11:token=" + label + ";object=" + objectLabel + "?module-path=" + module;
    }

    /**
     * Makes an AES key that is private, sensitive and never extractable.
     *
     * @param idHex the key's {@code CKA_ID} in hex
     * @param bytes 16, 24 or 32
     * @param flags further flags of pkcs11-tool, such as {@code --extractable} or {@code --allowed-mechanisms AES-CBC}; its
     *     usage flags only add, and SoftHSM gives every use by default
     */
    public void generateAes(String keyLabel, String idHex, int bytes, String... flags) {
        tool.generateAes(keyLabel, idHex, bytes, flags);
    }

    /**
     * Puts an AES key of known bytes on the token, so that another client has a twin of it; there it is private, sensitive
     * and not extractable.
     *
     * @param key 16, 24 or 32 bytes; neither kept nor changed
     * @param flags as for {@link #generateAes}
     */
    public void importAes(String keyLabel, String idHex, byte[] key, String... flags) {
        tool.importAes(keyLabel, idHex, key, flags);
    }

    /**
     * Makes an RSA pair whose private key is private, sensitive and never extractable, for decryption and unwrapping.
     *
     * @param bits the modulus length
     * @param flags as for {@link #generateAes}
     */
    public void generateRsa(String keyLabel, String idHex, int bits, String... flags) {
        tool.generateRsa(keyLabel, idHex, bits, flags);
    }

    /** The public half of a pair made by {@link #generateRsa}. */
    public PublicKey rsaPublicKey(String idHex) {
        return tool.rsaPublicKey(idHex);
    }

    /**
     * Runs pkcs11-tool on this token, logged in.
     *
     * @return what it printed
     * @throws IllegalStateException if it fails, with what it printed
     */
    public String pkcs11Tool(String... arguments) {
        return tool.run(arguments);
    }

    /** Deletes the token with all its keys. Idempotent. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            Arrays.fill(pin, '\0');
            softhsm2Util("--delete-token", "--token", label);
        }
    }

    @Override
    public String toString() {
        return "SoftHsm[" + label + "]";
    }

    private static synchronized Path prepareStage() {
        if (stage != null) {
            return stage;
        }
        String configuration = System.getenv("SOFTHSM2_CONF");
        if (configuration == null) {
            throw new IllegalStateException(
                    "SOFTHSM2_CONF is not set. SoftHSM reads it from the environment that the JVM"
                            + " was started with; in Maven: surefire's environmentVariables, with"
                            + " ${project.build.directory}/softhsm/softhsm2.conf");
        }
        try {
            stage = prepare(Path.of(configuration).toAbsolutePath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stage;
    }

    /** Makes configuration and token folder ready, and gives the folder they are in. */
    static Path prepare(Path configuration) throws IOException {
        Path folder = configuration.resolveSibling("");
        Path tokens = folder.resolve("tokens");
        if (!Files.exists(configuration)) {
            Files.createDirectories(tokens);
            Files.writeString(
                    configuration,
                    String.join(
                            "\n",
                            MARK,
                            "directories.tokendir = " + tokens,
                            "objectstore.backend = file",
                            "log.level = ERROR",
                            "slots.removable = false",
                            ""));
        }
        if (Files.readString(configuration).startsWith(MARK) && takeForThisJvm(folder)) {
            wipe(tokens);
        }
        return folder;
    }

    /** Another JVM may be at work in the same folder; then its tokens stay. The lock ends with this JVM. */
    private static boolean takeForThisJvm(Path folder) throws IOException {
        FileChannel channel =
                FileChannel.open(folder.resolve("in-use.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                HELD.add(channel);
                return true;
            }
        } catch (OverlappingFileLockException e) {
            // This JVM has it, through another class loader.
        }
        channel.close();
        return false;
    }

    private static void wipe(Path tokens) throws IOException {
        List<Path> found;
        try (Stream<Path> walk = Files.walk(tokens)) {
            found = walk.filter(path -> !path.equals(tokens))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
        for (Path path : found) {
            Files.delete(path);
        }
    }

    private static List<String> missing() {
        List<String> missing = new ArrayList<>();
        if (findModule().isEmpty()) {
            missing.add("the module libsofthsm2.so");
        }
        for (String tool : List.of("softhsm2-util", "pkcs11-tool")) {
            if (Tool.find(tool).isEmpty()) {
                missing.add("the program " + tool);
            }
        }
        return missing;
    }

    /** Where Debian, Ubuntu, Fedora, Alpine, a build from source and Homebrew put the module. */
    private static Optional<Path> findModule() {
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return Stream.of(
                        "/usr/lib/" + architecture + "-linux-gnu/softhsm",
                        "/usr/lib/softhsm",
                        "/usr/lib64/softhsm",
                        "/usr/lib64/pkcs11",
                        "/usr/lib/pkcs11",
                        "/usr/local/lib/softhsm",
                        "/opt/homebrew/lib/softhsm")
                .map(folder -> Path.of(folder, "libsofthsm2.so"))
                .filter(Files::isReadable)
                .findFirst();
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        RANDOM.nextBytes(bytes);
        return bytes;
    }

    private static void softhsm2Util(String... arguments) {
        List<String> command = new ArrayList<>(List.of("softhsm2-util"));
        command.addAll(Arrays.asList(arguments));
        Tool.run(Map.of(), "", command);
    }
}
