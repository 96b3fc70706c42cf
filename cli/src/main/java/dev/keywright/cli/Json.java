/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes results for machines as one line of JSON (RFC 8259), in US-ASCII. */
final class Json {
    private final StringBuilder text = new StringBuilder();

    private Json() {}

    /** Text of maps, iterables, strings, numbers, booleans and null, nested as they are. */
    static String write(@Nullable Object value) {
        Json json = new Json();
        json.value(value);
        return json.text.toString();
    }

    private void value(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            String separator = "{";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                text.append(separator);
                string(String.valueOf(entry.getKey()));
                text.append(':');
                value(entry.getValue());
                separator = ",";
            }
            text.append(map.isEmpty() ? "{}" : "}");
        } else if (value instanceof Iterable<?> items) {
            text.append('[');
            String separator = "";
            for (Object item : items) {
                text.append(separator);
                value(item);
                separator = ",";
            }
            text.append(']');
        } else if (value == null || value instanceof Number || value instanceof Boolean) {
            text.append(value);
        } else {
            string(value.toString());
        }
    }

    private void string(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < 0x20 || c > 0x7e) {
                text.append(String.format("\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
