/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.KeyringException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Fuzzes {@link Pkcs11Uri}: a URI is refused in known words only, or reads back from its own text; a PIN in it is never
 * repeated; and any text is read back from a URI that has it percent-encoded. The input is a URI in UTF-8.
 */
public final class Pkcs11UriFuzz {
    private static final String NAME = "[A-Za-z0-9_-]{1,65536}";
    /** All that a refusal says: names of attributes, never a value. */
    private static final Pattern REFUSAL = Pattern.compile("not a usable pkcs11 URI: (it does not begin with pkcs11:"
            + "|an attribute without a name and '='"
            + "|an attribute whose name is none"
            + "|attribute " + NAME + " twice"
            + "|" + NAME + " has no value"
            + "|attribute " + NAME
            + " is not supported; there are token, serial, manufacturer, model, slot-id, slot-description, "
            + "slot-manufacturer, library-manufacturer, library-description, library-version, object, id, type"
            + "|query attribute " + NAME + " is not supported; there are module-path, module-name, pin-source"
            + "|module-path and module-name both name the module; one is enough"
            + "|module-name is no file name of letters, digits, '-', '.', '_' and '\\+'"
            + "|library-version is not a version"
            + "|pin-value would show the PIN wherever the URI is shown; use pin-source, or give the PIN apart"
            + "|pin-source names a command, and only files are read"
            + "|(module-path|pin-source) is no absolute path of a file"
            + "|type is none of a master key; there are secret-key \\(AES\\), private \\(RSA\\)"
            + "|slot-id is not a decimal number"
            + "|" + NAME + " is not UTF-8"
            + "|" + NAME + " has a '%' without two hexadecimal digits"
            + "|" + NAME + " has a character that must be percent-encoded)");

    private Pkcs11UriFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        String text = new String(input, StandardCharsets.UTF_8);
        parsed(text).ifPresent(Pkcs11UriFuzz::assertReadsBack);
        assertThat(parsed(text + (text.contains("?") ? "&" : "?") + "pin-value=" + text))
                .isEmpty();
        assertCarries(text);
    }

    private static Optional<Pkcs11Uri> parsed(String uri) {
        try {
            return Optional.of(Pkcs11Uri.parse(uri));
        } catch (KeyringException e) {
            assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED);
            assertThat(e).hasNoCause().message().matches(REFUSAL);
            return Optional.empty();
        }
    }

    /** The text of a URI has all but its query, and has it in one way. */
    private static void assertReadsBack(Pkcs11Uri uri) {
        Pkcs11Uri again = Pkcs11Uri.parse(uri.toString());
        assertThat(again)
                .isEqualTo(new Pkcs11Uri(
                        Optional.empty(),
                        Optional.empty(),
                        uri.libraryManufacturer(),
                        uri.libraryDescription(),
                        uri.libraryVersion(),
                        uri.token(),
                        uri.serial(),
                        uri.manufacturer(),
                        uri.model(),
                        uri.slotId(),
                        uri.slotDescription(),
                        uri.slotManufacturer(),
                        uri.object(),
                        uri.id(),
                        uri.type(),
                        Optional.empty()));
        assertThat(again).hasToString(uri.toString());
    }

    private static void assertCarries(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0) {
            return;
        }
        StringBuilder encoded = new StringBuilder();
        for (byte b : bytes) {
            encoded.append("%%%02x".formatted(b));
        }
        Pkcs11Uri uri = Pkcs11Uri.parse("pkcs11:token=" + encoded + ";id=" + encoded);
        assertThat(uri.token()).hasValue(text);
        assertThat(uri.id().orElseThrow().toByteArray()).isEqualTo(bytes);
        assertReadsBack(uri);
    }
}
