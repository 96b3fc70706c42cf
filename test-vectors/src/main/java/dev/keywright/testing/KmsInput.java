/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import dev.keywright.testing.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The members of a call to KMS. */
record KmsInput(Map<String, @Nullable Object> members) {
    static KmsInput read(byte[] json) {
        try {
            return new KmsInput(Json.readObject(new String(json, StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            throw new KmsError("SerializationException", "the call is not JSON");
        }
    }

    @Nullable
    String text(String name) {
        return members.get(name) instanceof String text ? text : null;
    }

    String required(String name) {
        String text = text(name);
        if (text == null || text.isEmpty()) {
            throw KmsError.validation(name + " is missing");
        }
        return text;
    }

    @Nullable
    Long number(String name) {
        return members.get(name) instanceof Long number ? number : null;
    }

    byte[] bytes(String name) {
        try {
            return Base64.getDecoder().decode(required(name));
        } catch (IllegalArgumentException e) {
            throw new KmsError("SerializationException", name + " is not base64");
        }
    }

    Map<String, String> map(String name) {
        Map<String, String> map = new TreeMap<>();
        if (members.get(name) instanceof Map<?, ?> entries) {
            entries.forEach((key, value) -> map.put(key.toString(), value.toString()));
        }
        return map;
    }

    List<String> list(String name) {
        List<String> list = new ArrayList<>();
        if (members.get(name) instanceof List<?> elements) {
            elements.forEach(element -> list.add(element.toString()));
        }
        return list;
    }
}
