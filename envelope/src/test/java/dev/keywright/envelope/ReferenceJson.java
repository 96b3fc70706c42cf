/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * JSON objects of strings (RFC 8259, and wire format 3.5 and 5), plainly: the text is cut into tokens, and the row of tokens
 * is matched as a whole. Shares nothing with {@link FlatJson}; fuzzing compares the two.
 */
final class ReferenceJson {
    private static final int MAX_CHARS = 65536;
    private static final Pattern TOKEN =
            Pattern.compile("(?<blank>[ \\t\\n\\r]+)|(?<mark>[{}:,])|(?<none>null)|(?<number>0|[1-9][0-9]*)");
    private static final Pattern OBJECT = Pattern.compile("\\{(?:s:[sno](?:,s:[sno])*+)?\\}");
    private static final Pattern ESCAPE = Pattern.compile("\\\\(u[0-9a-fA-F]{4}|[\"\\\\/bfnrt])|\\\\");
    private static final String SHORT_ESCAPES = "bfnrt";
    private static final String SHORT_ESCAPED = "\b\f\n\r\t";

    private ReferenceJson() {}

    /**
     * What the object says; empty if the text is refused.
     *
     * @param lenient whether null means absence, and {@code numbers} may be whole numbers
     */
    static Optional<Map<String, String>> read(String text, boolean lenient, Set<String> numbers) {
        if (text.length() > MAX_CHARS) {
            return Optional.empty();
        }
        StringBuilder row = new StringBuilder();
        List<String> texts = new ArrayList<>();
        int at = 0;
        while (at < text.length()) {
            if (text.charAt(at) == '"') {
                int end = at + 1;
                while (end < text.length() && text.charAt(end) != '"') {
                    end += text.charAt(end) == '\\' ? 2 : 1;
                }
                Optional<String> content =
                        end < text.length() ? unescaped(text.substring(at + 1, end)) : Optional.empty();
                if (content.isEmpty()) {
                    return Optional.empty();
                }
                row.append('s');
                texts.add(content.get());
                at = end + 1;
                continue;
            }
            Matcher token = TOKEN.matcher(text).region(at, text.length());
            if (!token.lookingAt()) {
                return Optional.empty();
            }
            if (token.group("mark") != null) {
                row.append(token.group());
            } else if (token.group("none") != null) {
                row.append('o');
                texts.add("");
            } else if (token.group("number") != null) {
                row.append('n');
                texts.add(token.group());
            }
            at = token.end();
        }
        return OBJECT.matcher(row).matches()
                ? entries(row.toString().replaceAll("[{}:,]", ""), texts, lenient, numbers)
                : Optional.empty();
    }

    /** Names and values in turn, and what each is: text, whole number, null. */
    private static Optional<Map<String, String>> entries(
            String kinds, List<String> texts, boolean lenient, Set<String> numbers) {
        Map<String, String> map = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        for (int i = 0; i < texts.size(); i += 2) {
            String name = texts.get(i);
            char kind = kinds.charAt(i + 1);
            boolean allowed = kind == 's' || (lenient && (kind == 'o' || numbers.contains(name)));
            if (!names.add(name) || !allowed) {
                return Optional.empty();
            }
            if (kind != 'o') {
                map.put(name, texts.get(i + 1));
            }
        }
        return Optional.of(map);
    }

    private static Optional<String> unescaped(String raw) {
        if (raw.chars().anyMatch(c -> c < ' ')) {
            return Optional.empty();
        }
        StringBuilder out = new StringBuilder();
        Matcher escape = ESCAPE.matcher(raw);
        while (escape.find()) {
            String what = escape.group(1);
            if (what == null) {
                return Optional.empty();
            }
            int shortEscape = SHORT_ESCAPES.indexOf(what.charAt(0));
            char meant = what.charAt(0) == 'u'
                    ? (char) Integer.parseInt(what.substring(1), 16)
                    : shortEscape < 0 ? what.charAt(0) : SHORT_ESCAPED.charAt(shortEscape);
            escape.appendReplacement(out, "");
            out.append(meant);
        }
        return Optional.of(escape.appendTail(out).toString()).filter(ReferenceJson::isWellFormed);
    }

    /** Whether every surrogate has its other half: UTF-8 has no bytes for one alone, and puts a question mark. */
    static boolean isWellFormed(String text) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8).equals(text);
    }
}
