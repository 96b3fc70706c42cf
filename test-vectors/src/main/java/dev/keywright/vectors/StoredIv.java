/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.Bytes;
import dev.keywright.testing.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Finds the IV or message id that a body's recipe needs, in metadata or instruction file, without judging the envelope. */
final class StoredIv {
    private StoredIv() {}

    static Bytes of(VectorCase vector) throws IOException {
        String name = vector.suite().isCommitting() ? "x-amz-i" : "x-amz-iv";
        Optional<byte[]> instruction = vector.instruction();
        for (Map.Entry<String, String> entry : vector.metadata().entrySet()) {
            if (entry.getKey().toLowerCase(Locale.ROOT).equals(name)) {
                return decoded(vector, name, entry.getValue());
            }
        }
        if (instruction.isPresent()) {
            try {
                String text = new String(instruction.get(), StandardCharsets.UTF_8);
                if (Json.readObject(text).get(name) instanceof String value) {
                    return decoded(vector, name, value);
                }
            } catch (IllegalArgumentException e) {
                throw new CorpusException(vector.id() + ": bodyFrom, and its instruction file is " + e.getMessage());
            }
        }
        throw new CorpusException(vector.id() + ": bodyFrom, and no " + name + " to make the body with");
    }

    private static Bytes decoded(VectorCase vector, String name, String value) throws CorpusException {
        try {
            return Bytes.fromBase64(value);
        } catch (IllegalArgumentException e) {
            throw new CorpusException(vector.id() + ": bodyFrom, and " + name + " is no base64");
        }
    }
}
