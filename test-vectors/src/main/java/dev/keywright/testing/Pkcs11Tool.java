/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * OpenSC's {@code pkcs11-tool} on one token, logged in. The PIN goes by the environment, as other users see command lines.
 *
 * @param pin gives a copy, which is wiped
 * @param scratch a folder for what passes between the programs
 */
record Pkcs11Tool(Path module, String tokenLabel, Supplier<char[]> pin, Path scratch) {
    /**
     * Runs it.
     *
     * @return what it printed
     * @throws IllegalStateException if it fails, with what it printed
     */
    String run(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "pkcs11-tool",
                "--module",
                module.toString(),
                "--token-label",
                tokenLabel,
                "--login",
                "--pin",
                "env:KW_PIN"));
        command.addAll(Arrays.asList(arguments));
        char[] loan = pin.get();
        try {
            return Tool.run(Map.of("KW_PIN", new String(loan)), "", command);
        } finally {
            Arrays.fill(loan, '\0');
        }
    }

    private void run(String[] flags, String... arguments) {
        String[] all = Arrays.copyOf(arguments, arguments.length + flags.length);
        System.arraycopy(flags, 0, all, arguments.length, flags.length);
        run(all);
    }

    /** Makes an AES key of so many bytes. */
    void generateAes(String keyLabel, String idHex, int bytes, String... flags) {
        run(
                flags,
                "--keygen",
                "--key-type",
                "AES:" + bytes,
                "--label",
                keyLabel,
                "--id",
                idHex,
                "--sensitive",
                "--private");
    }

    /** Puts an AES key of known bytes on the token. */
    void importAes(String keyLabel, String idHex, byte[] key, String... flags) {
        if (key.length != 16 && key.length != 24 && key.length != 32) {
            throw new IllegalArgumentException("an AES key has 16, 24 or 32 bytes, not " + key.length);
        }
        Path file = scratchFile("import");
        try {
            Files.write(file, key);
            run(
                    flags,
                    "--write-object",
                    file.toString(),
                    "--type",
                    "secrkey",
                    "--key-type",
                    "AES:" + key.length,
                    "--label",
                    keyLabel,
                    "--id",
                    idHex,
                    "--sensitive",
                    "--private");
            Files.write(file, new byte[key.length]);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            delete(file);
        }
    }

    /** Makes an RSA pair, for decryption and unwrapping. */
    void generateRsa(String keyLabel, String idHex, int bits, String... flags) {
        run(
                flags,
                "--keypairgen",
                "--key-type",
                "rsa:" + bits,
                "--label",
                keyLabel,
                "--id",
                idHex,
                "--private",
                "--usage-decrypt",
                "--usage-wrap");
    }

    /** The public half of a pair. */
    PublicKey rsaPublicKey(String idHex) {
        Path file = scratchFile("public");
        try {
            run("--read-object", "--type", "pubkey", "--id", idHex, "-o", file.toString());
            return PublicKeys.read(file);
        } finally {
            delete(file);
        }
    }

    private Path scratchFile(String purpose) {
        try {
            return Files.createTempFile(scratch, purpose, ".bin"); // readable by its owner only
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
