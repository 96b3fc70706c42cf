/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.cli.ReadKeyOptions.ReadKey;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The keyrings of one command, opened by URI: the first writes, all read. Closes them. */
final class OpenKeys implements AutoCloseable {
    private final List<Keyring> keyrings = new ArrayList<>();

    private OpenKeys() {}

    static OpenKeys of(Terminal terminal, KeyOptions current) {
        return of(terminal, current, List.of());
    }

    static OpenKeys of(Terminal terminal, KeyOptions current, List<ReadKey> older) {
        OpenKeys keys = new OpenKeys();
        try {
            requireOnePin(current.uri, current.pinFile, "--pin-file");
            keys.add(
                    current.uri,
                    options(current.options, current.description),
                    new KeySecrets(terminal, current.pinFile, "--pin-file", current.uri));
            for (ReadKey key : older) {
                requireOnePin(key.uri, key.pinFile, "--read-pin-file");
                keys.add(
                        key.uri,
                        options(key.options, key.description),
                        new KeySecrets(terminal, key.pinFile, "--read-pin-file", key.uri));
            }
            return keys;
        } catch (RuntimeException | Error e) {
            keys.close();
            throw e;
        }
    }

    private static Map<String, String> options(Map<String, String> further, Map<String, String> description) {
        Map<String, String> options = new TreeMap<>(further);
        description.forEach((name, value) -> options.put("description." + name, value));
        return options;
    }

    private void add(String uri, Map<String, String> options, KeySecrets secrets) {
        requireNoPin(uri);
        keyrings.add(KeyringFactory.openUri(uri, options, secrets));
    }

    /** Other users of the machine see command lines. */
    static void requireNoPin(String uri) {
        if (uri.toLowerCase(Locale.ROOT).contains("pin-value=")) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "a PIN does not belong on the command line, where other users see it: leave pin-value out, and put it "
                            + "into a file or KEYWRIGHT_PIN");
        }
    }

    /** Of two PINs, one would be left out without a word. */
    static void requireOnePin(String uri, @Nullable Path pinFile, String option) {
        if (pinFile != null && uri.startsWith("pkcs11:") && uri.contains("pin-source=")) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "the PIN is named twice, by pin-source in the URI and by " + option + ": leave one out");
        }
    }

    CryptographicMaterialsManager materials() {
        return CryptographicMaterialsManager.rotating(keyrings.get(0), keyrings, new SecureRandom());
    }

    @Override
    public void close() {
        keyrings.forEach(Keyring::close);
    }
}
