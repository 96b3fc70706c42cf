/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.Bytes;
import dev.keywright.testing.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The members of one JSON object, each taken once and by type; what was not taken is an error. */
final class Fields {
    private static final int MAX_BYTES = 16 << 20;
    private static final int MAX_DEPTH = 16;

    private final String where;
    private final Map<String, @Nullable Object> members;
    private final Set<String> left;

    private Fields(String where, Map<String, @Nullable Object> members) {
        this.where = where;
        this.members = members;
        this.left = new TreeSet<>(members.keySet());
    }

    /** @param where what the file is called in errors */
    static Fields read(Path file, String where) throws IOException {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        }
        if (bytes.length > MAX_BYTES) {
            throw new CorpusException(where + ": longer than " + MAX_BYTES + " bytes");
        }
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            requireShallow(where, text);
            return new Fields(where, Json.readObject(text));
        } catch (CharacterCodingException e) {
            throw new CorpusException(where + ": not UTF-8");
        } catch (IllegalArgumentException e) {
            throw new CorpusException(where + ": " + e.getMessage());
        }
    }

    /** The JSON reader goes as deep as its text does. Brackets inside of strings count too, which no honest file minds. */
    private static void requireShallow(String where, String text) throws CorpusException {
        int depth = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
            }
            if (depth > MAX_DEPTH) {
                throw new CorpusException(where + ": nested too deeply");
            }
        }
    }

    /** All members as texts, taken. */
    Map<String, String> texts() throws CorpusException {
        Map<String, String> texts = new LinkedHashMap<>();
        for (String name : members.keySet()) {
            texts.put(name, text(name));
        }
        return texts;
    }

    /** All members as objects, taken. */
    Map<String, Fields> objects() throws CorpusException {
        Map<String, Fields> objects = new LinkedHashMap<>();
        for (String name : members.keySet()) {
            objects.put(name, object(name));
        }
        return objects;
    }

    boolean has(String name) {
        return members.containsKey(name);
    }

    String text(String name) throws CorpusException {
        if (take(name) instanceof String text) {
            return text;
        }
        throw wrong(name, "a string");
    }

    @Nullable
    String optionalText(String name) throws CorpusException {
        return has(name) ? text(name) : null;
    }

    boolean truth(String name) throws CorpusException {
        if (take(name) instanceof Boolean truth) {
            return truth;
        }
        throw wrong(name, "true or false");
    }

    /** A whole number, not negative. */
    long number(String name) throws CorpusException {
        if (take(name) instanceof Long number && number >= 0) {
            return number;
        }
        throw wrong(name, "a whole number");
    }

    Bytes base64(String name) throws CorpusException {
        try {
            return Bytes.fromBase64(text(name));
        } catch (IllegalArgumentException e) {
            throw wrong(name, "base64");
        }
    }

    /** A SHA-256 in lower-case hexadecimal. */
    String sha256(String name) throws CorpusException {
        String text = text(name);
        if (!text.matches("[0-9a-f]{64}")) {
            throw wrong(name, "a SHA-256 in lower-case hexadecimal");
        }
        return text;
    }

    List<String> textList(String name) throws CorpusException {
        List<String> texts = new ArrayList<>();
        for (Object element : list(name)) {
            if (!(element instanceof String text)) {
                throw wrong(name, "a list of strings");
            }
            texts.add(text);
        }
        return texts;
    }

    List<Fields> objectList(String name) throws CorpusException {
        List<Fields> objects = new ArrayList<>();
        for (Object element : list(name)) {
            objects.add(fields(name + "[" + objects.size() + "]", element));
        }
        return objects;
    }

    private List<?> list(String name) throws CorpusException {
        if (take(name) instanceof List<?> list) {
            return list;
        }
        throw wrong(name, "a list");
    }

    Fields object(String name) throws CorpusException {
        return fields(name, take(name));
    }

    @SuppressWarnings("unchecked")
    private Fields fields(String name, @Nullable Object value) throws CorpusException {
        if (value instanceof Map<?, ?> map) {
            return new Fields(where + ": " + name, (Map<String, @Nullable Object>) map);
        }
        throw wrong(name, "an object");
    }

    /** A map of strings, empty if it is not there. */
    Map<String, String> optionalMap(String name) throws CorpusException {
        return has(name) ? object(name).texts() : Map.of();
    }

    /** Refuses what was not taken. */
    void done() throws CorpusException {
        if (!left.isEmpty()) {
            throw wrong("unknown fields " + left);
        }
    }

    CorpusException wrong(String problem) {
        return new CorpusException(where + ": " + problem);
    }

    private @Nullable Object take(String name) throws CorpusException {
        if (!members.containsKey(name)) {
            throw wrong("no " + name);
        }
        left.remove(name);
        return members.get(name);
    }

    private CorpusException wrong(String name, String wanted) {
        return wrong(name + " must be " + wanted);
    }
}
