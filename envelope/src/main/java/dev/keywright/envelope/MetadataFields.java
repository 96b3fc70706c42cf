/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.FormatDetection.malformed;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.FormatException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads single values of an envelope's metadata; every complaint names the entry. */
final class MetadataFields {
    /** Longer than every name that is known. */
    private static final int MAX_SHOWN = 64;
    /** Longer than what anybody describes a key with. */
    private static final int MAX_SHOWN_OF_MANY = 512;
    /** Ends a line, or orders what stands beside it. */
    private static final String UNPRINTABLE = "[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]";

    private final MessageFormat format;
    private final Map<String, String> names;

    MetadataFields(MessageFormat format, Map<String, String> names) {
        this.format = format;
        this.names = names;
    }

    String required(String name) {
        String value = names.get(name);
        if (value == null) {
            throw malformed("format " + format + " without " + name + ": truncated");
        }
        return value;
    }

    /** An entry's value for a message: quoted, cut short, and nothing in it that could forge a line of a log. */
    static String shown(String value) {
        return "'" + start(value, MAX_SHOWN).replaceAll("[^ -~]", "?") + "'";
    }

    /** A materials description for a message, cut short and unable to forge a line too. */
    static String shown(Map<String, String> description) {
        return ofMany(new TreeMap<>(description).toString());
    }

    /** The names of entries for a message, likewise. */
    static String shown(Set<String> entries) {
        return ofMany(new TreeSet<>(entries).toString());
    }

    private static String ofMany(String text) {
        return start(text, MAX_SHOWN_OF_MANY).replaceAll(UNPRINTABLE, "?");
    }

    private static String start(String text, int most) {
        return text.length() > most ? text.substring(0, most) + "..." : text;
    }

    /** The decoded value; its length, if {@code lengths} names any, is one of them. */
    Bytes base64(String name, Set<Integer> lengths) {
        Bytes decoded;
        try {
            decoded = Bytes.fromBase64(required(name));
        } catch (IllegalArgumentException e) {
            throw new FormatException(FormatException.Fault.MALFORMED, name + " is not base64", e);
        }
        if (decoded.size() == 0 || !(lengths.isEmpty() || lengths.contains(decoded.size()))) {
            throw malformed(name + " has " + decoded.size() + " bytes; wanted "
                    + (lengths.isEmpty() ? "at least one" : lengths.toString()));
        }
        return decoded;
    }

    /** A map of strings; absent means empty. */
    Map<String, String> map(String name) {
        String text = names.get(name);
        if (text == null) {
            return Map.of();
        }
        try {
            return FlatJson.read(text);
        } catch (FormatException e) {
            throw e.about(name);
        }
    }
}
