/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One object to write, and the line that says it was. Its plaintext is the recipe with its id as the seed. */
final class Written {
    private static final PrintStream LINES = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private static final ObjectMapper JSON = new ObjectMapper();

    final String id;
    final int size;
    private final Map<String, Object> line = new LinkedHashMap<>();

    /** @param idStart the id but for the size */
    Written(String idStart, int size, String comment, Map<String, String> producer) {
        this.id = idStart + "-" + size;
        this.size = size;
        line.put("id", id);
        line.put("object", id);
        line.put("comment", comment);
        line.put("producer", producer);
        line.put("flags", List.of());
        line.put("plaintext", Map.of("prng", "sha256-counter", "seed", id, "bytes", size));
    }

    Written with(String field, Object value) {
        line.put(field, value);
        return this;
    }

    Written shape(String format, String suite, String wrap, String location, String key) {
        return with("format", format)
                .with("suite", suite)
                .with("wrap", wrap)
                .with("location", location)
                .with("key", key);
    }

    byte[] plaintext() {
        byte[] plaintext = new byte[size];
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i * 32L < size; i++) {
                digest.update(id.getBytes(StandardCharsets.UTF_8));
                byte[] block = digest.digest(ByteBuffer.allocate(8).putLong(i).array());
                System.arraycopy(block, 0, plaintext, i * 32, Math.min(32, size - i * 32));
            }
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
        return plaintext;
    }

    /** Says that it was written. */
    void print() {
        try {
            LINES.println(JSON.writeValueAsString(line));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}
