/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.Secrets;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Opens {@code pkcs11:} URIs ({@link Pkcs11Uri}). The PIN is read from the URI's {@code pin-source} file, else it is the
 * secret named {@code pin}. Options: {@code description.NAME}, and {@code reads=any} for {@link
 * Keyrings.Reads#ANY_DESCRIPTION}.
 */
public final class Pkcs11KeyringFactory implements KeyringFactory {
    /** Made by {@link java.util.ServiceLoader}, or by its class name. */
    public Pkcs11KeyringFactory() {}

    @Override
    public String scheme() {
        return "pkcs11";
    }

    @Override
    public Keyring open(String uri, Map<String, String> options, Secrets secrets) {
        Pkcs11Uri parsed = Pkcs11Uri.parse(uri);
        return Pkcs11Keyring.builder(parsed)
                .pin(() -> parsed.pinSource().map(Pkcs11KeyringFactory::pinIn).orElseGet(() -> secrets.secret("pin")))
                .description(KeyringFactory.description(options))
                .reads(reads(options))
                .build();
    }

    private static Keyrings.Reads reads(Map<String, String> options) {
        Keyrings.Reads reads = Keyrings.Reads.OWN_DESCRIPTION;
        for (Map.Entry<String, String> option : options.entrySet()) {
            if (option.getKey().equals("reads") && option.getValue().equals("any")) {
                reads = Keyrings.Reads.ANY_DESCRIPTION;
            } else if (!option.getKey().startsWith("description.")) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        "option " + option.getKey()
                                + " of a pkcs11 key is unknown; there are description.NAME and reads=any");
            }
        }
        return reads;
    }

    /** The file's text up to its first line end. */
    private static char[] pinIn(Path file) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (IOException e) {
            throw new KeyringException(Reason.MISCONFIGURED, "the PIN file " + file + " can't be read", e);
        }
        CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
        try {
            int end = 0;
            while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
                end++;
            }
            char[] pin = new char[end];
            text.get(pin);
            return pin;
        } finally {
            Arrays.fill(bytes, (byte) 0);
            text.clear();
            text.put(new char[text.remaining()]);
        }
    }
}
