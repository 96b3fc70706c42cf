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
            keys.add(terminal, current.uri, current.description, current.pinFile, "--pin-file");
            for (ReadKey key : older) {
                keys.add(terminal, key.uri, key.description, key.pinFile, "--read-pin-file");
            }
            return keys;
        } catch (RuntimeException | Error e) {
            keys.close();
            throw e;
        }
    }

    private void add(
            Terminal terminal, String uri, Map<String, String> description, @Nullable Path pinFile, String option) {
        requireNoPin(uri, option);
        Map<String, String> options = new TreeMap<>();
        description.forEach((name, value) -> options.put("description." + name, value));
        keyrings.add(KeyringFactory.openUri(uri, options, new KeySecrets(terminal, pinFile, option, uri)));
    }

    /** Other users of the machine see command lines. */
    static void requireNoPin(String uri, String option) {
        if (uri.toLowerCase(Locale.ROOT).contains("pin-value=")) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "a PIN does not belong on the command line, where other users see it: leave pin-value out, and give "
                            + option + " FILE or set KEYWRIGHT_PIN");
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
