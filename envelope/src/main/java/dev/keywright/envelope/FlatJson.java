/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.FormatException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The one JSON shape of the wire format: a flat object of strings (RFC 8259). Reads strictly: nested values, numbers,
 * duplicate names, text after the object and lone surrogates are refused. Writes compact, sorted US-ASCII, which every
 * client reads and no header encoding touches.
 */
public final class FlatJson {
    /** The longest text that is read, in characters: far above what metadata can hold. */
    static final int MAX_CHARS = 64 * 1024;

    private final String text;
    private final @Nullable Set<String> numbers;
    private int at;

    /** @param numbers null to read strings only */
    private FlatJson(String text, @Nullable Set<String> numbers) {
        this.text = text;
        this.numbers = numbers;
    }

    /**
     * Parses an object of strings; keeps the order.
     *
     * @throws FormatException if the text is anything else
     */
    public static Map<String, String> read(String text) {
        return object(text, null);
    }

    /** As {@link #read}, with two things that foreign writers do: whole numbers under these names, and nulls for absence. */
    static Map<String, String> readLeniently(String text, Set<String> numbers) {
        return object(text, numbers);
    }

    private static Map<String, String> object(String text, @Nullable Set<String> numbers) {
        if (text.length() > MAX_CHARS) {
            throw FormatDetection.malformed(
                    "JSON of " + text.length() + " characters; at most " + MAX_CHARS + " are read");
        }
        return new FlatJson(text, numbers).object();
    }

    /**
     * Compact text with sorted names; characters outside of printable US-ASCII are escaped.
     *
     * @throws IllegalArgumentException if a name or value holds a lone surrogate
     */
    public static String write(Map<String, String> map) {
        StringBuilder out = new StringBuilder("{");
        new TreeMap<>(map).forEach((name, value) -> {
            if (out.length() > 1) {
                out.append(',');
            }
            quote(name, out);
            out.append(':');
            quote(value, out);
        });
        return out.append('}').toString();
    }

    private static void quote(String value, StringBuilder out) {
        requirePairedSurrogates(value);
        out.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        out.append('"');
    }

    private static void requirePairedSurrogates(String value) {
        if (hasLoneSurrogate(value)) {
            throw new IllegalArgumentException("text with a lone surrogate can't be written");
        }
    }

    private static boolean hasLoneSurrogate(String value) {
        return value.codePoints().anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    private Map<String, String> object() {
        Map<String, String> map = new LinkedHashMap<>();
        Set<String> seen = new HashSet<>();
        skipSpace();
        expect('{');
        skipSpace();
        if (peek() == '}') {
            at++;
        } else {
            do {
                skipSpace();
                String name = string();
                skipSpace();
                expect(':');
                skipSpace();
                if (!seen.add(name)) {
                    throw wrong("a name twice");
                }
                String value = numbers == null ? string() : foreignValue(numbers.contains(name));
                if (value != null) {
                    map.put(name, value);
                }
                skipSpace();
            } while (more());
        }
        skipSpace();
        if (at != text.length()) {
            throw wrong("text after the object");
        }
        return map;
    }

    /** A string, a whole number where one is allowed, or null for null. */
    private @Nullable String foreignValue(boolean numberAllowed) {
        if (text.startsWith("null", at)) {
            at += "null".length();
            return null;
        }
        return numberAllowed && isDigit(peek()) ? wholeNumber() : string();
    }

    private String wholeNumber() {
        int begin = at;
        while (at < text.length() && isDigit(text.charAt(at))) {
            at++;
        }
        if (text.charAt(begin) == '0' && at > begin + 1) {
            throw wrong("a number with a leading zero");
        }
        return text.substring(begin, at);
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private boolean more() {
        char c = peek();
        if (c != ',' && c != '}') {
            throw wrong("',' or '}' wanted");
        }
        at++;
        return c == ',';
    }

    private String string() {
        if (peek() != '"') {
            throw wrong("a string wanted (nested values, numbers and literals have no place here)");
        }
        at++;
        StringBuilder out = new StringBuilder();
        while (true) {
            char c = next();
            if (c == '"') {
                String value = out.toString();
                if (hasLoneSurrogate(value)) {
                    throw wrong("a lone surrogate");
                }
                return value;
            }
            if (c < 0x20) {
                throw wrong("a control character inside a string");
            }
            out.append(c == '\\' ? escaped() : c);
        }
    }

    private char escaped() {
        char c = next();
        return switch (c) {
            case '"', '\\', '/' -> c;
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> unicode();
            default -> throw wrong("an unknown escape");
        };
    }

    private char unicode() {
        int value = 0;
        for (int i = 0; i < 4; i++) {
            char c = next();
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                throw wrong("four hexadecimal digits wanted");
            }
            value = value << 4 | digit;
        }
        return (char) value;
    }

    private void skipSpace() {
        while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        if (at == text.length()) {
            throw wrong("the text ends here");
        }
        return text.charAt(at);
    }

    private char next() {
        char c = peek();
        at++;
        return c;
    }

    private void expect(char wanted) {
        if (peek() != wanted) {
            throw wrong("'" + wanted + "' wanted");
        }
        at++;
    }

    /** Says where and what, and never quotes the text: it may hold context values. */
    private FormatException wrong(String what) {
        return FormatDetection.malformed("not a JSON object of strings: " + what + ", at character " + at);
    }
}
