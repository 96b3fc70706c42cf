/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Text that stands on a token, for people: whoever wrote it shall not steer their terminals or forge lines of a log. */
final class Printable {
    private static final char INSTEAD = '\uFFFD';

    private Printable() {}

    /** UTF-8, with a replacement character for what is no text. */
    static String text(byte[] utf8) {
        String text = new String(utf8, StandardCharsets.UTF_8);
        int end = text.indexOf('\0'); // some modules pad with it
        StringBuilder clean = new StringBuilder();
        text.substring(0, end < 0 ? text.length() : end)
                .codePoints()
                .forEach(c -> clean.appendCodePoint(isUnfit(c) ? INSTEAD : c));
        return clean.toString();
    }

    private static boolean isUnfit(int codePoint) {
        int type = Character.getType(codePoint);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }

    /** A CKA_ID, which is bytes and not text. */
    static String id(byte[] id) {
        return id.length == 0 ? "none" : HexFormat.of().formatHex(id);
    }
}
