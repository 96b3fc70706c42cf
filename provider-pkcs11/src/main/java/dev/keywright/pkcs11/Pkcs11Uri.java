/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyringException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A PKCS#11 URI (RFC 7512): which module, which token, which key.
 *
 * <p>{@code pin-value} is refused, as a URI is logged and shown in process lists; {@code pin-source} names a file, by its
 * absolute path, with or without {@code file:}, and not percent-encoded twice; a command ({@code |}) is refused. Vendor
 * attributes are refused by name, not passed over, as they would narrow the choice. No error repeats a value.
 *
 * <p>{@code module-path} and {@code module-name} both name the module, and only one of them may stand: a name is a library's
 * file name without what the system puts around it ({@code softhsm2} for {@code libsofthsm2.so}), and is looked for in the
 * folders where packages put modules, in no others.
 *
 * <p>{@link #toString()} names the key alone, without the query.
 *
 * @param modulePath the module's library, from {@code module-path}
 * @param moduleName the module's library, from {@code module-name}
 * @param libraryManufacturer who made the module, as C_GetInfo tells
 * @param libraryDescription what the module says it is
 * @param libraryVersion the module's version, {@code 2.6}; {@code 2} is {@code 2.0}
 * @param slotDescription what the slot says it is
 * @param slotManufacturer who made the slot
 * @param id the key's CKA_ID, percent-encoded bytes in the URI
 * @param type which class of key
 * @param pinSource the file that holds the PIN, from {@code pin-source}
 */
public record Pkcs11Uri(
        Optional<Path> modulePath,
        Optional<String> moduleName,
        Optional<String> libraryManufacturer,
        Optional<String> libraryDescription,
        Optional<String> libraryVersion,
        Optional<String> token,
        Optional<String> serial,
        Optional<String> manufacturer,
        Optional<String> model,
        Optional<Long> slotId,
        Optional<String> slotDescription,
        Optional<String> slotManufacturer,
        Optional<String> object,
        Optional<Bytes> id,
        Optional<KeyType> type,
        Optional<Path> pinSource) {

    /** The values of {@code type} that name a master key. */
    public enum KeyType {
        /** {@code secret-key}: AES. */
        SECRET_KEY("secret-key"),
        /** {@code private}: RSA. */
        PRIVATE("private");

        private final String uriName;

        KeyType(String uriName) {
            this.uriName = uriName;
        }

        /** As a URI has it. */
        @Override
        public String toString() {
            return uriName;
        }
    }

    private static final String SCHEME = "pkcs11:";
    private static final String LIBRARY_MANUFACTURER = "library-manufacturer";
    private static final String LIBRARY_DESCRIPTION = "library-description";
    private static final String LIBRARY_VERSION = "library-version";

    /** What may stand in a value as it is, besides letters and digits (RFC 7512, section 2.3). */
    private static final String MARKS = "-._~:[]@!$'()*+,=";

    private static final String PATH_MARKS = MARKS + "&";
    private static final String QUERY_MARKS = MARKS + "/?|";

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
        slotDescription.ifPresent(
                value -> wanted.append(" slot description '").append(value).append('\''));
        slotManufacturer.ifPresent(
                value -> wanted.append(" slot manufacturer '").append(value).append('\''));
        return wanted.length() == 0 ? "any token" : "a token with" + wanted;
    }

    /** The key part, for messages. */
    String keyWanted() {
        List<String> wanted = new ArrayList<>();
        object.ifPresent(label -> wanted.add("labelled '" + label + "'"));
        id.ifPresent(bytes -> wanted.add("of CKA_ID " + Printable.id(bytes.toByteArray())));
        type.ifPresent(keyType -> wanted.add("of type " + keyType));
        return wanted.isEmpty() ? "of any name" : String.join(", ", wanted);
    }

    /** The module part, for messages; empty if any will do. */
    String libraryWanted() {
        List<String> wanted = new ArrayList<>();
        libraryManufacturer.ifPresent(value -> wanted.add("manufacturer '" + value + "'"));
        libraryDescription.ifPresent(value -> wanted.add("description '" + value + "'"));
        libraryVersion.ifPresent(value -> wanted.add("version " + value));
        return String.join(", ", wanted);
    }

    boolean matches(LibraryInfo info) {
        return libraryManufacturer.map(info.manufacturer()::equals).orElse(true)
                && libraryDescription.map(info.description()::equals).orElse(true)
                && libraryVersion.map(info.version()::equals).orElse(true);
    }

    boolean asksForSlot() {
        return slotDescription.isPresent() || slotManufacturer.isPresent();
    }

    boolean matches(SlotInfo info) {
        return slotDescription.map(info.description()::equals).orElse(true)
                && slotManufacturer.map(info.manufacturer()::equals).orElse(true);
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

    @Override
    public String toString() {
        StringBuilder uri = new StringBuilder(SCHEME);
        append(uri, LIBRARY_MANUFACTURER, libraryManufacturer);
        append(uri, LIBRARY_DESCRIPTION, libraryDescription);
        append(uri, LIBRARY_VERSION, libraryVersion);
        append(uri, "token", token);
        append(uri, "serial", serial);
        append(uri, "manufacturer", manufacturer);
        append(uri, "model", model);
        append(uri, "slot-id", slotId);
        append(uri, "slot-description", slotDescription);
        append(uri, "slot-manufacturer", slotManufacturer);
        append(uri, "object", object);
        id.ifPresent(bytes -> {
            begin(uri, "id");
            for (byte b : bytes.toByteArray()) {
                uri.append("%%%02X".formatted(b));
            }
        });
        append(uri, "type", type);
        return uri.toString();
    }

    private static void append(StringBuilder uri, String name, Optional<?> value) {
        if (value.isEmpty()) {
            return;
        }
        begin(uri, name);
        for (byte b : value.get().toString().getBytes(StandardCharsets.UTF_8)) {
            if (isPlain((char) (b & 0xFF), PATH_MARKS)) {
                uri.append((char) b);
            } else {
                uri.append("%%%02X".formatted(b));
            }
        }
    }

    private static void begin(StringBuilder uri, String name) {
        uri.append(uri.length() == SCHEME.length() ? "" : ";").append(name).append('=');
    }

    private static boolean isPlain(char c, String marks) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || marks.indexOf(c) >= 0;
    }

    private static final class Parser {
        private final String text;
        private final Set<String> seen = new HashSet<>();
        private Optional<Path> modulePath = Optional.empty();
        private Optional<String> moduleName = Optional.empty();
        private Optional<String> libraryManufacturer = Optional.empty();
        private Optional<String> libraryDescription = Optional.empty();
        private Optional<String> libraryVersion = Optional.empty();
        private Optional<String> token = Optional.empty();
        private Optional<String> serial = Optional.empty();
        private Optional<String> manufacturer = Optional.empty();
        private Optional<String> model = Optional.empty();
        private Optional<Long> slotId = Optional.empty();
        private Optional<String> slotDescription = Optional.empty();
        private Optional<String> slotManufacturer = Optional.empty();
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
                String name = name(attribute);
                pathAttribute(name, value(name, attribute, PATH_MARKS));
            }
            for (String attribute :
                    query < 0 ? new String[0] : text.substring(query + 1).split("&", -1)) {
                String name = name(attribute);
                queryAttribute(name, value(name, attribute, QUERY_MARKS));
            }
            if (modulePath.isPresent() && moduleName.isPresent()) {
                throw wrong("module-path and module-name both name the module; one is enough");
            }
            return new Pkcs11Uri(
                    modulePath,
                    moduleName,
                    libraryManufacturer,
                    libraryDescription,
                    libraryVersion,
                    token,
                    serial,
                    manufacturer,
                    model,
                    slotId,
                    slotDescription,
                    slotManufacturer,
                    object,
                    id,
                    type,
                    pinSource);
        }

        private String name(String attribute) {
            int equals = attribute.indexOf('=');
            if (equals < 1) {
                throw wrong("an attribute without a name and '='");
            }
            String name = attribute.substring(0, equals);
            if (!name.chars().allMatch(c -> isPlain((char) c, "-_"))) {
                throw wrong("an attribute whose name is none");
            }
            if (!seen.add(name)) {
                throw wrong("attribute " + name + " twice");
            }
            return name;
        }

        private static byte[] value(String name, String attribute, String marks) {
            byte[] value = percentDecoded(name, attribute.substring(attribute.indexOf('=') + 1), marks);
            if (value.length == 0) {
                throw wrong(name + " has no value");
            }
            return value;
        }

        private void pathAttribute(String name, byte[] value) {
            switch (name) {
                case "token" -> token = Optional.of(text(name, value));
                case "serial" -> serial = Optional.of(text(name, value));
                case "manufacturer" -> manufacturer = Optional.of(text(name, value));
                case "model" -> model = Optional.of(text(name, value));
                case "slot-id" -> slotId = Optional.of(number(name, value));
                case "slot-description" -> slotDescription = Optional.of(text(name, value));
                case "slot-manufacturer" -> slotManufacturer = Optional.of(text(name, value));
                case LIBRARY_MANUFACTURER -> libraryManufacturer = Optional.of(text(name, value));
                case LIBRARY_DESCRIPTION -> libraryDescription = Optional.of(text(name, value));
                case LIBRARY_VERSION -> libraryVersion = Optional.of(version(name, text(name, value)));
                case "object" -> object = Optional.of(text(name, value));
                case "id" -> id = Optional.of(Bytes.copyOf(value));
                case "type" -> type = Optional.of(keyType(text(name, value)));
                default ->
                    throw wrong("attribute " + name + " is not supported; there are token, serial, manufacturer, "
                            + "model, slot-id, slot-description, slot-manufacturer, library-manufacturer, "
                            + "library-description, library-version, object, id, type");
            }
        }

        private void queryAttribute(String name, byte[] value) {
            switch (name) {
                case "module-path" -> modulePath = Optional.of(absolute(name, text(name, value)));
                case "module-name" -> moduleName = Optional.of(moduleName(name, text(name, value)));
                case "pin-source" -> pinSource = Optional.of(pinFile(name, text(name, value)));
                case "pin-value" ->
                    throw wrong("pin-value would show the PIN wherever the URI is shown; use pin-source, or "
                            + "give the PIN apart");
                default ->
                    throw wrong("query attribute " + name
                            + " is not supported; there are module-path, module-name, pin-source");
            }
        }

        private static Path pinFile(String name, String source) {
            if (source.startsWith("|")) {
                throw wrong("pin-source names a command, and only files are read");
            }
            String file = source.startsWith("file:") ? source.substring("file:".length()) : source;
            return absolute(name, file.startsWith("///") ? file.substring(2) : file);
        }

        private static Path absolute(String name, String file) {
            try {
                Path path = Path.of(file);
                if (path.isAbsolute() && !file.startsWith("//")) {
                    return path;
                }
            } catch (InvalidPathException e) {
                // the message would repeat the value
            }
            throw wrong(name + " is no absolute path of a file");
        }

        /** A file's name: nothing that leads to another folder. */
        private static String moduleName(String name, String value) {
            if (value.startsWith(".") || !value.chars().allMatch(c -> isPlain((char) c, "-._+"))) {
                throw wrong(name + " is no file name of letters, digits, '-', '.', '_' and '+'");
            }
            return value;
        }

        /** One or two numbers (RFC 7512, section 2.3); a minor version of 0 can be left out. */
        private static String version(String name, String value) {
            String[] numbers = value.split("\\.", -1);
            if (numbers.length > 2) {
                throw wrong(name + " is not a version");
            }
            return byteOf(name, numbers[0]) + "." + (numbers.length == 1 ? 0 : byteOf(name, numbers[1]));
        }

        private static int byteOf(String name, String digits) {
            boolean fits =
                    !digits.isEmpty() && digits.length() <= 3 && digits.chars().allMatch(c -> c >= '0' && c <= '9');
            int number = fits ? Integer.parseInt(digits) : -1;
            if (number < 0 || number > 0xff) {
                throw wrong(name + " is not a version");
            }
            return number;
        }

        private static KeyType keyType(String value) {
            for (KeyType type : KeyType.values()) {
                if (type.toString().equals(value)) {
                    return type;
                }
            }
            throw wrong("type is none of a master key; there are secret-key (AES), private (RSA)");
        }

        private static long number(String name, byte[] value) {
            String digits = text(name, value);
            try {
                if (digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    return Long.parseLong(digits);
                }
            } catch (NumberFormatException e) {
                // too many digits
            }
            throw wrong(name + " is not a decimal number");
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

        private static byte[] percentDecoded(String name, String text, String marks) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                if (isPlain(c, marks)) {
                    out.write(c);
                } else if (c == '%') {
                    boolean whole = i + 2 < text.length();
                    int high = whole ? hexDigit(text.charAt(i + 1)) : -1;
                    int low = whole ? hexDigit(text.charAt(i + 2)) : -1;
                    if (high < 0 || low < 0) {
                        throw wrong(name + " has a '%' without two hexadecimal digits");
                    }
                    out.write(high << 4 | low);
                    i += 2;
                } else {
                    throw wrong(name + " has a character that must be percent-encoded");
                }
            }
            return out.toByteArray();
        }

        private static int hexDigit(char c) {
            return c < 0x80 ? Character.digit(c, 16) : -1;
        }
    }
}
