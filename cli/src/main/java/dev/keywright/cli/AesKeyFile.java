/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.KeyringException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bytes of an AES key in a file, where they are to be published: raw, or base64 with or without a line end. */
final class AesKeyFile {
    private static final int MAX_FILE_BYTES = 46;

    private AesKeyFile() {}

    /** @throws KeyringException if the file holds no AES key */
    static Bytes read(Path file) throws IOException {
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(MAX_FILE_BYTES + 1);
        }
        try {
            Bytes decoded = Bytes.fromBase64(new String(content, StandardCharsets.US_ASCII).strip());
            if (isKeyLength(decoded.size())) {
                return decoded;
            }
        } catch (IllegalArgumentException notBase64) {
            // then the bytes are the key, if anything
        }
        if (!isKeyLength(content.length)) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "aes:" + file + ": 16, 24 or 32 bytes are wanted, or their base64");
        }
        return Bytes.copyOf(content);
    }

    private static boolean isKeyLength(int bytes) {
        return bytes == 16 || bytes == 24 || bytes == 32;
    }
}
