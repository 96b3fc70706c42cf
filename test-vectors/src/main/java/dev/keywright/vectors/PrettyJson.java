/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.testing.json.Json;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON in lines, indented by two, as the corpus's generators write it: so that a change shows as what it is. */
final class PrettyJson {
    private final StringBuilder text = new StringBuilder();

    private PrettyJson() {}

    static String write(Map<String, ? extends @Nullable Object> value) {
        PrettyJson pretty = new PrettyJson();
        pretty.value(value, "\n");
        return pretty.text.append('\n').toString();
    }

    /** @param line what ends a line and begins the next at the value's own depth */
    private void value(@Nullable Object value, String line) {
        if (value instanceof Map<?, ?> map && !map.isEmpty()) {
            text.append('{');
            members(map.entrySet().iterator(), line + "  ");
            text.append(line).append('}');
        } else if (value instanceof Iterable<?> list && list.iterator().hasNext()) {
            text.append('[');
            members(list.iterator(), line + "  ");
            text.append(line).append(']');
        } else {
            text.append(Json.write(value));
        }
    }

    private void members(Iterator<?> members, String line) {
        String separator = "";
        while (members.hasNext()) {
            text.append(separator).append(line);
            Object member = members.next();
            if (member instanceof Map.Entry<?, ?> entry) {
                text.append(Json.write(entry.getKey())).append(": ");
                value(entry.getValue(), line);
            } else {
                value(member, line);
            }
            separator = ",";
        }
    }
}
