/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyringException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * A PKCS#11 URI (RFC 7512): which module, which token, which key.
 *
 * <p>{@code pin-value} is refused, as a URI is logged and shown in process lists; {@code pin-source} names a file. {@code
 * module-name} and vendor attributes are refused by name, not passed over.
 *
 * @param modulePath the module's library, from {@code module-path}
 * @param id the key's CKA_ID, percent-encoded bytes in the URI
 * @param type which class of key
 * @param pinSource the file that holds the PIN, from {@code pin-source}
 */
public record Pkcs11Uri(
        Optional<Path> modulePath,
        Optional<String> token,
        Optional<String> serial,
        Optional<String> manufacturer,
        Optional<String> model,
        Optional<Long> slotId,
        Optional<String> object,
        Optional<Bytes> id,
        Optional<KeyType> type,
        Optional<Path> pinSource) {

    /** The values of {@code type} that name a master key. */
    public enum KeyType {
        /** {@code secret-key}: AES. */
        SECRET_KEY,
        /** {@code private}: RSA. */
        PRIVATE
    }

    private static final String SCHEME = "pkcs11:";

    /**
     * Reads a URI.
     *
     * @throws KeyringException with reason MISCONFIGURED, saying what is wrong with it; never shows a PIN
     */
    public static Pkcs11Uri parse(String uri) {
        if (!uri.startsWith(SCHEME)) {
            throw wrong("it does not begin with " + SCHEME);
        }
        return new Parser(uri.substring(SCHEME.length())).parse();
    }

    /** The token part, for messages. */
    String tokenWanted() {
        StringBuilder wanted = new StringBuilder();
        token.ifPresent(value -> wanted.append(" label '").append(value).append('\''));
        serial.ifPresent(value -> wanted.append(" serial '").append(value).append('\''));
        manufacturer.ifPresent(
                value -> wanted.append(" manufacturer '").append(value).append('\''));
        model.ifPresent(value -> wanted.append(" model '").append(value).append('\''));
        slotId.ifPresent(value -> wanted.append(" slot ").append(value));
        return wanted.length() == 0 ? "any token" : "a token with" + wanted;
    }

    boolean matches(Pkcs11TokenInfo info) {
        return token.map(info.label()::equals).orElse(true)
                && serial.map(info.serial()::equals).orElse(true)
                && manufacturer.map(info.manufacturer()::equals).orElse(true)
                && model.map(info.model()::equals).orElse(true)
                && slotId.map(value -> value == info.slotId()).orElse(true);
    }

    private static KeyringException wrong(String what) {
        return new KeyringException(KeyringException.Reason.MISCONFIGURED, "not a usable pkcs11 URI: " + what);
    }

    private static final class Parser {
        private final String text;
        private final Set<String> seen = new HashSet<>();
        private Optional<Path> modulePath = Optional.empty();
        private Optional<String> token = Optional.empty();
        private Optional<String> serial = Optional.empty();
        private Optional<String> manufacturer = Optional.empty();
        private Optional<String> model = Optional.empty();
        private Optional<Long> slotId = Optional.empty();
        private Optional<String> object = Optional.empty();
        private Optional<Bytes> id = Optional.empty();
        private Optional<KeyType> type = Optional.empty();
        private Optional<Path> pinSource = Optional.empty();

        Parser(String text) {
            this.text = text;
        }

        Pkcs11Uri parse() {
            int query = text.indexOf('?');
            String path = query < 0 ? text : text.substring(0, query);
            for (String attribute : path.isEmpty() ? new String[0] : path.split(";", -1)) {
                pathAttribute(name(attribute), value(attribute));
            }
            for (String attribute :
                    query < 0 ? new String[0] : text.substring(query + 1).split("&", -1)) {
                queryAttribute(name(attribute), value(attribute));
            }
            return new Pkcs11Uri(modulePath, token, serial, manufacturer, model, slotId, object, id, type, pinSource);
        }

        private String name(String attribute) {
            int equals = attribute.indexOf('=');
            if (equals < 1) {
                throw wrong("an attribute without a name and '='");
            }
            String name = attribute.substring(0, equals);
            if (!seen.add(name)) {
                throw wrong("attribute " + name + " twice");
            }
            return name;
        }

        private static byte[] value(String attribute) {
            return percentDecoded(attribute.substring(attribute.indexOf('=') + 1));
        }

        private void pathAttribute(String name, byte[] value) {
            switch (name) {
                case "token" -> token = Optional.of(text(name, value));
                case "serial" -> serial = Optional.of(text(name, value));
                case "manufacturer" -> manufacturer = Optional.of(text(name, value));
                case "model" -> model = Optional.of(text(name, value));
                case "slot-id" -> slotId = Optional.of(number(name, value));
                case "object" -> object = Optional.of(text(name, value));
                case "id" -> id = Optional.of(Bytes.copyOf(value));
                case "type" -> type = Optional.of(keyType(text(name, value)));
                default ->
                    throw wrong("attribute " + name + " is not supported; there are token, serial, manufacturer, "
                            + "model, slot-id, object, id, type");
            }
        }

        private void queryAttribute(String name, byte[] value) {
            switch (name) {
                case "module-path" -> modulePath = Optional.of(Path.of(text(name, value)));
                case "pin-source" -> pinSource = Optional.of(pinFile(text(name, value)));
                case "pin-value" ->
                    throw wrong("pin-value would show the PIN wherever the URI is shown; use pin-source, or "
                            + "give the PIN apart");
                default ->
                    throw wrong("query attribute " + name + " is not supported; there are module-path, pin-source");
            }
        }

        private static Path pinFile(String source) {
            if (source.startsWith("|")) {
                throw wrong("pin-source names a command, and only files are read");
            }
            return Path.of(source.startsWith("file:") ? source.substring("file:".length()) : source);
        }

        private static KeyType keyType(String value) {
            return switch (value) {
                case "secret-key" -> KeyType.SECRET_KEY;
                case "private" -> KeyType.PRIVATE;
                default ->
                    throw wrong("type '" + value + "' is no master key; there are secret-key (AES), private (RSA)");
            };
        }

        private static long number(String name, byte[] value) {
            try {
                return Long.parseUnsignedLong(text(name, value));
            } catch (NumberFormatException e) {
                throw wrong(name + " is not a number");
            }
        }

        private static String text(String name, byte[] value) {
            try {
                return StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(value))
                        .toString();
            } catch (CharacterCodingException e) {
                throw wrong(name + " is not UTF-8");
            }
        }

        private static byte[] percentDecoded(String text) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (c != '%') {
                    out.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
                    continue;
                }
                boolean whole = i + 2 < text.length();
                int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw wrong("a '%' without two hexadecimal digits");
                }
                out.write(high << 4 | low);
                i += 2;
            }
            return out.toByteArray();
        }
    }
}
