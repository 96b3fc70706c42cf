/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A PIN in a file: UTF-8, one line, with or without its end. What can't be meant as one is refused, as a token would count it as
 * a wrong PIN. What is read is wiped.
 */
final class PinFile implements Supplier<char[]> {
    private static final int MAX_BYTES = 1024;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final Path path;

    PinFile(Path path) {
        this.path = path;
    }

    /** The PIN, which the receiver wipes. */
    @Override
    public char[] get() {
        byte[] content = new byte[MAX_BYTES + 1];
        try (InputStream in = new FileInputStream(path.toFile())) { // leaves no copy in a buffer of its own
            int length = in.readNBytes(content, 0, content.length);
            if (length > MAX_BYTES) {
                throw refused("is longer than " + MAX_BYTES + " bytes", null);
            }
            return decode(ByteBuffer.wrap(content, 0, withoutLineEnd(content, length)));
        } catch (IOException e) {
            throw refused("can't be read: " + e.getMessage(), e);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    private char[] decode(ByteBuffer utf8) {
        char[] room = new char[utf8.remaining()]; // no byte makes more than one
        CharBuffer decoded = CharBuffer.wrap(room);
        try {
            if (StandardCharsets.UTF_8.newDecoder().decode(utf8, decoded, true).isError()) {
                throw refused("is not UTF-8", null);
            }
            requireOneLine(decoded.flip());
            return Arrays.copyOf(room, decoded.limit());
        } finally {
            Arrays.fill(room, '\0');
        }
    }

    private void requireOneLine(CharBuffer pin) {
        if (pin.isEmpty()) {
            throw refused("has no PIN in it", null);
        }
        if (pin.charAt(0) == BYTE_ORDER_MARK) {
            throw refused("begins with a byte order mark; save it without one", null);
        }
        if (pin.chars().anyMatch(Character::isISOControl)) {
            throw refused(
                    "has more than one line, or a control character; it is to have the PIN and nothing else", null);
        }
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

    private KeyringException refused(String what, @Nullable Exception cause) {
        return new KeyringException(Reason.MISCONFIGURED, "the PIN file " + path + " " + what, cause);
    }
}
