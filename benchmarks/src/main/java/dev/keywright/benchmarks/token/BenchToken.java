/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11TokenInfo;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** A token with an AES-256 and an RSA-2048 key, for the measuring processes; gone when it is closed. */
public final class BenchToken implements AutoCloseable {
    static final String AES = "bench-aes";
    static final String RSA = "bench-rsa";
    private static final int AES_BYTES = 32;
    private static final int RSA_BITS = 2048;

    private final SoftHsm token;
    private final Path pinFile;
    private final long slot;

    private BenchToken(SoftHsm token, Path pinFile, long slot) {
        this.token = token;
        this.pinFile = pinFile;
        this.slot = slot;
    }

    /** Whether SoftHSM is here, and its configuration file named by the environment. */
    public static boolean isPossible() {
        return SoftHsm.isInstalled() && System.getenv("SOFTHSM2_CONF") != null;
    }

    /** Makes token and keys. */
    public static BenchToken create() throws IOException {
        SoftHsm token = SoftHsm.newToken();
        try {
            token.generateAes(AES, "01", AES_BYTES);
            token.generateRsa(RSA, "02", RSA_BITS);
            long slot = Pkcs11Keyring.listTokens(token.module()).stream()
                    .filter(found -> found.label().equals(token.label()))
                    .mapToLong(Pkcs11TokenInfo::slotId)
                    .findFirst()
                    .orElseThrow();
            return new BenchToken(token, pinFile(token), slot);
        } catch (IOException | RuntimeException e) {
            token.close();
            throw e;
        }
    }

    private static Path pinFile(SoftHsm token) throws IOException {
        Path file = Files.createTempFile(
                "bench", ".pin", PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        char[] pin = token.pin();
        try {
            Files.write(
                    file, StandardCharsets.US_ASCII.encode(CharBuffer.wrap(pin)).array());
        } finally {
            Arrays.fill(pin, '\0');
        }
        return file;
    }

    /** What a JVM must be told to find the token. */
    public List<String> jvmOptions() {
        return properties().entrySet().stream()
                .map(property -> "-D" + property.getKey() + "=" + property.getValue())
                .toList();
    }

    /** Tells this one, too. */
    public void tellThisJvm() {
        properties().forEach(System::setProperty);
    }

    private Map<String, String> properties() {
        return Map.of(
                TokenKeys.MODULE, token.module().toString(),
                TokenKeys.TOKEN, token.label(),
                TokenKeys.SLOT, Long.toString(slot),
                TokenKeys.PIN_FILE, pinFile.toString());
    }

    /** What the native probe must be told besides an operation: module, token, key, and the file with the PIN. */
    public List<String> probeArguments(String operation) {
        String key = operation.startsWith("rsa") ? RSA : AES;
        return List.of(token.module().toString(), token.label(), key, pinFile.toString());
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(pinFile);
        token.close();
    }
}
