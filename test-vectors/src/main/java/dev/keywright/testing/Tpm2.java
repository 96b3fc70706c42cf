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
 * A TPM 2.0 in software, with a token of tpm2-pkcs11 on it: {@code swtpm}, the resource manager {@code tpm2-abrmd}, and a
 * message bus of their own, all in one folder; closing ends and deletes them.
 *
 * <p>The module reads {@code TPM2_PKCS11_STORE}, {@code TPM2_PKCS11_TCTI} and {@code DBUS_SESSION_BUS_ADDRESS} with {@code
 * getenv}, so they must be set before the JVM starts: the first to {@code FOLDER/store}, the second to {@value #TCTI}, the third
 * to {@code unix:path=FOLDER/bus}. What is in the folder is this class's. One TPM at a time. For one thread at a time.
 */
public final class Tpm2 implements AutoCloseable {
    private static final String TCTI = "tabrmd:bus_type=session";
    private static final String STORE = "TPM2_PKCS11_STORE";
    private static final String BUS = "DBUS_SESSION_BUS_ADDRESS";
    private static final String LABEL = "kw-tpm";

    /** What fits into a socket's address on Linux, less one. */
    private static final int MAX_SOCKET_PATH = 107;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;
    private final Daemon tpm;
    private final Daemon bus;
    private final char[] pin;

    private Tpm2(Path folder, Daemon tpm, Daemon bus, String pin) {
        this.folder = folder;
        this.tpm = tpm;
        this.bus = bus;
        this.pin = pin.toCharArray();
    }

    /** Why none can be had here, and what to do about it; empty if one can. */
    public static Optional<String> obstacle() {
        List<String> tools = List.of("swtpm", "tpm2-abrmd", "tpm2_ptool", "tpm2_createprimary", "dbus-daemon");
        if (findModule().isEmpty()
                || !tools.stream().allMatch(tool -> Tool.find(tool).isPresent())) {
            return Optional.of("a TPM in software is not here: apt-get install swtpm swtpm-tools tpm2-tools tpm2-abrmd"
                    + " libtss2-tcti-swtpm0 libtss2-tcti-tabrmd0 libtpm2-pkcs11-1 libtpm2-pkcs11-tools dbus");
        }
        if (Tool.find("pkcs11-tool").isEmpty()) {
            return Optional.of("pkcs11-tool is not here: apt-get install opensc");
        }
        String store = Optional.ofNullable(System.getenv(STORE)).orElse("");
        Path parent = Path.of(store).toAbsolutePath().resolveSibling("");
        if (store.isEmpty()
                || !TCTI.equals(System.getenv("TPM2_PKCS11_TCTI"))
                || !("unix:path=" + parent.resolve("bus")).equals(System.getenv(BUS))) {
            return Optional.of(STORE + ", TPM2_PKCS11_TCTI and " + BUS + " are not set to FOLDER/store, " + TCTI
                    + " and unix:path=FOLDER/bus; they must be before the JVM starts");
        }
        return control(parent).toString().length() > MAX_SOCKET_PATH
                ? Optional.of(STORE + " names a path too long for a socket beside it: " + store)
                : Optional.empty();
    }

    /**
     * Starts a TPM, and makes a token on it.
     *
     * @throws IllegalStateException if that can't be, saying why
     */
    public static Tpm2 newToken() {
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            throw new IllegalStateException(obstacle.get());
        }
        Path folder = Path.of(System.getenv(STORE)).toAbsolutePath().resolveSibling("");
        try {
            delete(folder);
            for (String each : List.of("state", "store", "services")) {
                Files.createDirectories(folder.resolve(each));
            }
            byte[] random = new byte[8];
            RANDOM.nextBytes(random);
            Tpm2 token = new Tpm2(
                    folder, startTpm(folder), startBus(folder), HexFormat.of().formatHex(random));
            token.ptool("init");
            token.ptool(
                    "addtoken",
                    "--pid=1",
                    "--label=" + LABEL,
                    "--sopin=" + HexFormat.of().formatHex(random, 0, 4),
                    "--userpin=" + new String(token.pin));
            return token;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path socket(Path folder) {
        return folder.resolve("tpm");
    }

    /** The client expects it under this name. */
    private static Path control(Path folder) {
        return folder.resolve("tpm.ctrl");
    }

    /** It goes into the background when its sockets are there. */
    private static Daemon startTpm(Path folder) {
        Path pidFile = folder.resolve("swtpm.pid");
        return Daemon.start(
                pidFile,
                List.of(
                        "swtpm",
                        "socket",
                        "--tpm2",
                        "--tpmstate",
                        "dir=" + folder.resolve("state"),
                        "--server",
                        "type=unixio,path=" + socket(folder),
                        "--ctrl",
                        "type=unixio,path=" + control(folder),
                        "--flags",
                        "not-need-init,startup-clear",
                        "--daemon",
                        "--pid",
                        "file=" + pidFile));
    }

    /** A bus that starts the resource manager for the first who asks for it, who waits until it is ready. */
    private static Daemon startBus(Path folder) throws IOException {
        Path services = folder.resolve("services");
        Files.writeString(services.resolve("com.intel.tss2.Tabrmd.service"), """
                [D-BUS Service]
                Name=com.intel.tss2.Tabrmd
                Exec=%s --session %s --flush-all --tcti=swtpm:path=%s
                """.formatted(
                        Tool.find("tpm2-abrmd").orElseThrow(), isRoot() ? "--allow-root" : "", socket(folder)));
        Path pidFile = folder.resolve("bus.pid");
        Path configuration = folder.resolve("bus.conf");
        Files.writeString(configuration, """
                <busconfig>
                  <type>session</type>
                  <pidfile>%s</pidfile>
                  <listen>unix:path=%s</listen>
                  <servicedir>%s</servicedir>
                  <policy context="default">
                    <allow send_destination="*" eavesdrop="true"/>
                    <allow eavesdrop="true"/>
                    <allow own="*"/>
                  </policy>
                </busconfig>
                """.formatted(pidFile, folder.resolve("bus"), services));
        return Daemon.start(pidFile, List.of("dbus-daemon", "--config-file=" + configuration, "--fork", "--nosyslog"));
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
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

    /** Makes an AES key of 256 bits. */
    public void generateAes(String keyLabel) {
        addKey(keyLabel, "aes256");
    }

    /** Makes an RSA pair of 2048 or 3072 bits. */
    public void generateRsa(String keyLabel, int bits) {
        addKey(keyLabel, "rsa" + bits);
    }

    private void addKey(String keyLabel, String algorithm) {
        ptool(
                "addkey",
                "--label=" + LABEL,
                "--userpin=" + new String(pin),
                "--algorithm=" + algorithm,
                "--key-label=" + keyLabel);
    }

    /** The public half of a pair made by {@link #generateRsa}. */
    public PublicKey rsaPublicKey(String keyLabel) {
        Path file = folder.resolve("public");
        Tool.run(
                Map.of(),
                "",
                List.of(
                        "pkcs11-tool",
                        "--module",
                        module().toString(),
                        "--token-label",
                        LABEL,
                        "--read-object",
                        "--type",
                        "pubkey",
                        "--label",
                        keyLabel,
                        "-o",
                        file.toString()));
        return PublicKeys.read(file);
    }

    /** Ends the TPM and deletes it with all its keys. Idempotent. */
    @Override
    public void close() {
        Arrays.fill(pin, '\0');
        bus.close(); // with which the resource manager ends
        tpm.close();
        try {
            delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "Tpm2[" + folder + "]";
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private static Optional<Path> findModule() {
        return Tool.findLibrary("libtpm2_pkcs11.so", "libtpm2_pkcs11.so.1");
    }

    private void ptool(String command, String... arguments) {
        List<String> line = new ArrayList<>(List.of("tpm2_ptool", command));
        line.addAll(Arrays.asList(arguments));
        line.add("--path=" + folder.resolve("store"));
        Tool.run(Map.of("TPM2TOOLS_TCTI", TCTI), "", line);
    }
}
