/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import dev.keywright.spi.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The members of one JSON object, taken one by one; at the end, none may be left. Errors say where they are. */
final class Members {
    private final String where;
    private final Map<String, @Nullable Object> left;

    Members(String where, @Nullable Object value) throws IOException {
        this.where = where;
        this.left = new LinkedHashMap<>();
        if (!(value instanceof Map<?, ?> map)) {
            throw fault("is no object");
        }
        map.forEach((name, member) -> left.put((String) name, member));
    }

    String text(String name) throws IOException {
        if (take(name) instanceof String text) {
            return text;
        }
        throw fault(name + " is missing, or no string");
    }

    int number(String name) throws IOException {
        if (take(name) instanceof Long number && number >= 0 && number <= Integer.MAX_VALUE) {
            return number.intValue();
        }
        throw fault(name + " is missing, or no count");
    }

    Bytes hex(String name) throws IOException {
        try {
            return Bytes.copyOf(HexFormat.of().parseHex(text(name)));
        } catch (IllegalArgumentException e) {
            throw fault(name + " is not in hex");
        }
    }

    List<@Nullable Object> list(String name) throws IOException {
        if (take(name) instanceof List<?> list) {
            return new ArrayList<>(list);
        }
        throw fault(name + " is missing, or no list");
    }

    Members object(String name) throws IOException {
        return new Members(where + ", " + name, take(name));
    }

    List<String> names() {
        return List.copyOf(left.keySet());
    }

    /** The member must be one of these, and nothing else. */
    void mustBe(String name, String wanted) throws IOException {
        String found = text(name);
        if (!found.equals(wanted)) {
            throw fault(name + " is '" + found + "', and '" + wanted + "' is wanted");
        }
    }

    /** Is there for readers of other kinds; may be missing. */
    void skip(String... names) {
        for (String name : names) {
            left.remove(name);
        }
    }

    void end() throws IOException {
        if (!left.isEmpty()) {
            throw fault("has what this reader does not know: " + left.keySet());
        }
    }

    IOException fault(String what) {
        return new IOException(where + ": " + what);
    }

    private @Nullable Object take(String name) {
        return left.remove(name);
    }
}
