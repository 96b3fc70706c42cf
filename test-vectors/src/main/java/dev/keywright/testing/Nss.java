/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A private token of NSS softokn, in a folder of its own that closing deletes: a second opinion beside {@link SoftHsm}. Keys are
 * made by {@code certutil} and {@code symkeyutil}. A process can have one such token at a time, as its folder is the module's
 * {@link #initArgument}.
 *
 * <p>RSA keys made here have no label of their own: it stands on the certificate.
 */
public final class Nss implements AutoCloseable {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int TOOL_SECONDS = 120;
    private static final String TOKEN = "NSS%20Certificate%20DB";

    private final Path folder;
    private final Path module;
    private final char[] pin;

    private Nss(Path folder, Path module, char[] pin) {
        this.folder = folder;
        this.module = module;
        this.pin = pin;
    }

    /** What of it is not installed here, for a test's reason to be skipped; empty if all is. */
    public static List<String> missing() {
        List<String> missing = new ArrayList<>();
        if (findModule().isEmpty()) {
            missing.add("the module libsoftokn3.so (package libnss3)");
        }
        for (String tool : List.of("certutil", "symkeyutil")) {
            if (Tool.find(tool).isEmpty()) {
                missing.add("the program " + tool + " (package libnss3-tools)");
            }
        }
        return missing;
    }

    /**
     * Makes a token without keys.
     *
     * @throws IllegalStateException if NSS or its tools are not installed, saying what to install
     */
    public static Nss newToken() {
        List<String> missing = missing();
        if (!missing.isEmpty()) {
            throw new IllegalStateException("NSS is not complete here, missing: " + String.join(", ", missing)
                    + ". On Debian and Ubuntu: apt-get install libnss3 libnss3-tools");
        }
        try {
            Path folder = Files.createTempDirectory("keywright-nss"); // its owner's only
            byte[] bytes = new byte[8];
            RANDOM.nextBytes(bytes);
            String pin = HexFormat.of().formatHex(bytes);
            Files.writeString(folder.resolve("pin"), pin);
            Nss token = new Nss(folder, findModule().orElseThrow(), pin.toCharArray());
            token.run("certutil", "-N");
            return token;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The PKCS#11 module. */
    public Path module() {
        return module;
    }

    /** What C_Initialize must be given, lest the module refuse. */
    public String initArgument() {
        return "configdir='sql:" + folder + "' certPrefix='' keyPrefix='' secmod='secmod.db' flags=";
    }

    /** A copy of the user's PIN; the receiver wipes it. */
    public char[] pin() {
        return pin.clone();
    }

    /** The RFC 7512 URI of an object on this token, with the module's path and without the PIN. */
    public String uri(String objectLabel) {
        return "pkcs11:token=" + TOKEN + ";object=" + objectLabel + "?module-path=" + module;
    }

    /**
     * Makes an AES key.
     *
     * @param bytes 16, 24 or 32
     */
    public void generateAes(String keyLabel, int bytes) {
        run("symkeyutil", "-K", "-n", keyLabel, "-t", "aes", "-s", Integer.toString(bytes));
    }

    /** Makes an RSA pair and a certificate, which alone bears the label. */
    public void generateRsa(String certificateLabel, int bits) {
        Path noise = folder.resolve("noise");
        byte[] bytes = new byte[64];
        RANDOM.nextBytes(bytes);
        try {
            Files.write(noise, bytes);
            run(
                    "certutil",
                    "-S",
                    "-n",
                    certificateLabel,
                    "-s",
                    "CN=" + certificateLabel,
                    "-x",
                    "-t",
                    ",,",
                    "-k",
                    "rsa",
                    "-g",
                    Integer.toString(bits),
                    "-z",
                    noise.toString(),
                    "-v",
                    "120");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The public half of a pair made by {@link #generateRsa}. */
    public PublicKey rsaPublicKey(String certificateLabel) {
        byte[] encoded = run("certutil", "-L", "-n", certificateLabel, "-r");
        try {
            return CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(encoded))
                    .getPublicKey();
        } catch (CertificateException e) {
            throw new IllegalStateException("no certificate " + certificateLabel, e);
        }
    }

    /** Deletes the token with all its keys. Idempotent. */
    @Override
    public void close() {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "Nss[" + folder + "]";
    }

    /** Where Debian, Ubuntu, Fedora and Homebrew put the module. */
    private static Optional<Path> findModule() {
        String architecture = System.getProperty("os.arch").equals("amd64") ? "x86_64" : System.getProperty("os.arch");
        return Stream.of(
                        "/usr/lib/" + architecture + "-linux-gnu",
                        "/usr/lib/" + architecture + "-linux-gnu/nss",
                        "/usr/lib64",
                        "/usr/lib",
                        "/opt/homebrew/lib")
                .map(place -> Path.of(place, "libsoftokn3.so"))
                .filter(Files::isReadable)
                .findFirst();
    }

    /** Runs a tool on this token, and gives what it printed. */
    private byte[] run(String tool, String... arguments) {
        List<String> command = new ArrayList<>(List.of(tool));
        command.addAll(Arrays.asList(arguments));
        command.addAll(
                List.of("-d", "sql:" + folder, "-f", folder.resolve("pin").toString()));
        Path errors = folder.resolve("errors");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
        // As many rounds as NSS makes by default take a second at each use of an RSA key.
        builder.environment().put("NSS_MAX_MP_PBE_ITERATION_COUNT", "1");
        try {
            Process process = builder.start();
            process.getOutputStream().close();
            byte[] output = process.getInputStream().readAllBytes();
            if (!process.waitFor(TOOL_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new IllegalStateException(tool + " does not end");
            }
            if (process.exitValue() != 0) {
                throw new IllegalStateException(tool + " failed (" + process.exitValue() + "): "
                        + new String(Files.readAllBytes(errors), StandardCharsets.UTF_8).strip());
            }
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while running " + tool, e);
        }
    }
}
