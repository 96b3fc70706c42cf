/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Secrets;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;

/**
 * Opens {@code aes:FILE}: an AES master key of 16, 24 or 32 bytes in a file, raw or as base64 with or without a line end. A
 * file that is base64 of such a key is taken for base64. The key is used on the platform's providers. The file's
 * permissions are not looked at: guard it as what it is.
 *
 * <p>Options: {@code description.NAME} only.
 */
public final class AesKeyringFactory implements KeyringFactory {
    private static final String SCHEME = "aes";

    /** The longest file that can be one: base64 of 32 bytes, and a line end of two. */
    private static final int MAX_FILE_BYTES = 46;

    /** For {@link java.util.ServiceLoader}. */
    public AesKeyringFactory() {}

    @Override
    public String scheme() {
        return SCHEME;
    }

    @Override
    public Keyring open(String uri, Map<String, String> options, Secrets secrets) {
        for (String option : options.keySet()) {
            if (!option.startsWith("description.")) {
                throw misconfigured(uri, "there is no option '" + option + "', only description.NAME", null);
            }
        }
        byte[] key = read(uri);
        try {
            return JcaKeyrings.platform()
                    .description(KeyringFactory.description(options))
                    .aes(uri, key);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    private static byte[] read(String uri) {
        String file = uri.substring(SCHEME.length() + 1);
        if (file.isEmpty()) {
            throw misconfigured(uri, "a file is wanted after the colon", null);
        }
        byte[] content = new byte[MAX_FILE_BYTES + 1];
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            int length = in.readNBytes(content, 0, content.length);
            return key(uri, content, length);
        } catch (NoSuchFileException e) {
            throw misconfigured(uri, "there is no such file", e);
        } catch (IOException | InvalidPathException e) {
            throw misconfigured(uri, "the file can't be read: " + e.getMessage(), e);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    private static byte[] key(String uri, byte[] content, int length) {
        byte[] text = Arrays.copyOf(content, withoutLineEnd(content, length));
        try {
            byte[] decoded = Base64.getDecoder().decode(text);
            if (isKeyLength(decoded.length)) {
                return decoded;
            }
            Arrays.fill(decoded, (byte) 0);
        } catch (IllegalArgumentException notBase64) {
            // then the bytes are the key, if anything
        } finally {
            Arrays.fill(text, (byte) 0);
        }
        if (!isKeyLength(length)) {
            throw misconfigured(
                    uri,
                    "16, 24 or 32 bytes are wanted, or their base64; the file has "
                            + (length > MAX_FILE_BYTES ? "more than " + MAX_FILE_BYTES : length) + " bytes",
                    null);
        }
        return Arrays.copyOf(content, length);
    }

    private static int withoutLineEnd(byte[] content, int length) {
        int end = length;
        if (end > 0 && content[end - 1] == '\n') {
            end--;
            if (end > 0 && content[end - 1] == '\r') {
                end--;
            }
        }
        return end;
    }

    private static boolean isKeyLength(int bytes) {
        return bytes == 16 || bytes == 24 || bytes == 32;
    }

    private static KeyringException misconfigured(
            String uri, String what, @org.jspecify.annotations.Nullable Exception e) {
        return new KeyringException(Reason.MISCONFIGURED, uri + ": " + what, e);
    }
}
