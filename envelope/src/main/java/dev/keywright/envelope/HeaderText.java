/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text beyond US-ASCII in a metadata value, as it comes back. S3 takes the UTF-8 bytes of a header for ISO-8859-1, stores
 * that text, and returns it as RFC 2047 encoded words; other stores return the bytes, which HTTP clients take for
 * ISO-8859-1 again, or the right text. All three are read (INS-002, VAL-001, VAL-002, VAL-005). Of object metadata only:
 * instruction files are UTF-8 and are never decoded so (INT-002).
 */
final class HeaderText {
    private static final Pattern ENCODED_WORD =
            Pattern.compile("=\\?([^?*\\s]+)(?:\\*[^?\\s]*)?\\?([BbQq])\\?([^?\\s]*)\\?=\\s*");
    private static final Map<String, Charset> CHARSETS = Map.of(
            "utf-8", StandardCharsets.UTF_8,
            "iso-8859-1", StandardCharsets.ISO_8859_1,
            "us-ascii", StandardCharsets.US_ASCII);
    private static final char FIRST_BEYOND_ASCII = 0x80;
    private static final char LAST_OF_LATIN_1 = 0xff;

    private HeaderText() {}

    /**
     * The text that was meant.
     *
     * @throws dev.keywright.spi.FormatException if the value begins as an encoded word and is none
     */
    static String decode(String value) {
        return repaired(value.startsWith("=?") ? decodedWords(value) : value);
    }

    /** All bytes are joined before they become text: a word may end inside of a character. */
    private static String decodedWords(String value) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(value.length());
        Charset charset = null;
        int at = 0;
        Matcher word = ENCODED_WORD.matcher(value);
        while (at < value.length()) {
            if (!word.find(at) || word.start() != at) {
                throw malformed();
            }
            Charset own = CHARSETS.get(word.group(1).toLowerCase(Locale.ROOT));
            if (own == null || (charset != null && !charset.equals(own))) {
                throw malformed();
            }
            charset = own;
            boolean quoted = word.group(2).equalsIgnoreCase("Q");
            bytes.writeBytes(quoted ? unquoted(word.group(3)) : unbased(word.group(3)));
            at = word.end();
        }
        String text = charset == null ? null : strictly(charset, bytes.toByteArray());
        if (text == null) {
            throw malformed();
        }
        return text;
    }

    private static byte[] unbased(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw malformed();
        }
    }

    /** The Q encoding: {@code _} is a space, {@code =XX} a byte. */
    private static byte[] unquoted(String text) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '=') {
                int high = i + 2 < text.length() ? hex(text.charAt(i + 1)) : -1;
                int low = i + 2 < text.length() ? hex(text.charAt(i + 2)) : -1;
                if (high < 0 || low < 0) {
                    throw malformed();
                }
                bytes.write(high << 4 | low);
                i += 2;
            } else if (c >= FIRST_BEYOND_ASCII) {
                throw malformed();
            } else {
                bytes.write(c == '_' ? ' ' : c);
            }
        }
        return bytes.toByteArray();
    }

    private static int hex(char c) {
        return c < FIRST_BEYOND_ASCII ? Character.digit(c, 16) : -1;
    }

    /** UTF-8 that was read as ISO-8859-1, read again; text that can't be that stays as it is. */
    private static String repaired(String text) {
        boolean beyondAscii = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c > LAST_OF_LATIN_1) {
                return text;
            }
            beyondAscii |= c >= FIRST_BEYOND_ASCII;
        }
        String meant =
                beyondAscii ? strictly(StandardCharsets.UTF_8, text.getBytes(StandardCharsets.ISO_8859_1)) : null;
        return meant == null ? text : meant;
    }

    private static @Nullable String strictly(Charset charset, byte[] bytes) {
        try {
            CharBuffer text = charset.newDecoder().decode(ByteBuffer.wrap(bytes));
            return text.toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static dev.keywright.spi.FormatException malformed() {
        return FormatDetection.malformed("not well-formed encoded words (RFC 2047)");
    }
}
