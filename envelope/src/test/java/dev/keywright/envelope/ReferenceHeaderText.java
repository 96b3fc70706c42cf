/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Text of a metadata value as wire format 3.6 has it, plainly: words are split at their question marks, and bytes are text
 * if they are what encoding that text gives. Shares nothing with {@link HeaderText}; fuzzing compares the two.
 */
final class ReferenceHeaderText {
    private static final String BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private ReferenceHeaderText() {}

    /** What was meant; empty if the value is refused. */
    static Optional<String> decode(String value) {
        if (!value.startsWith("=?")) {
            return Optional.of(repaired(value));
        }
        StringBuilder bytes = new StringBuilder();
        String charset = "";
        String rest = value;
        while (!rest.isEmpty()) {
            String[] parts = rest.split("\\?", 5);
            if (parts.length < 5
                    || !parts[0].equals("=")
                    || !parts[1].matches("(?i)(utf-8|iso-8859-1|us-ascii)(\\*\\S*)?")
                    || parts[3].matches("(?s).*\\s.*")
                    || !parts[4].startsWith("=")) {
                return Optional.empty();
            }
            String own = parts[1].replaceFirst("(?s)\\*.*", "").toLowerCase(java.util.Locale.ROOT);
            Optional<String> content = switch (parts[2]) {
                case "B", "b" -> base64(parts[3]);
                case "Q", "q" -> quoted(parts[3]);
                default -> Optional.empty();
            };
            if (content.isEmpty() || !(charset.isEmpty() || charset.equals(own))) {
                return Optional.empty();
            }
            charset = own;
            bytes.append(content.get());
            rest = parts[4].substring(1).replaceFirst("^\\s+", "");
        }
        return inCharset(charset, bytes.toString()).map(ReferenceHeaderText::repaired);
    }

    /** Here and below, bytes are characters up to U+00FF. */
    private static Optional<String> inCharset(String charset, String bytes) {
        return switch (charset) {
            case "utf-8" -> utf8(bytes);
            case "us-ascii" -> Optional.of(bytes).filter(all -> all.chars().allMatch(c -> c < 0x80));
            default -> Optional.of(bytes);
        };
    }

    private static Optional<String> utf8(String bytes) {
        byte[] raw = bytes.getBytes(StandardCharsets.ISO_8859_1);
        String text = new String(raw, StandardCharsets.UTF_8);
        return java.util.Arrays.equals(text.getBytes(StandardCharsets.UTF_8), raw)
                ? Optional.of(text)
                : Optional.empty();
    }

    private static String repaired(String text) {
        return text.chars().allMatch(c -> c <= 0xff) ? utf8(text).orElse(text) : text;
    }

    private static Optional<String> base64(String text) {
        String digits = text.replaceFirst("={1,2}$", "");
        boolean padded = digits.length() < text.length();
        if (digits.length() % 4 == 1 || (padded && text.length() % 4 != 0)) {
            return Optional.empty();
        }
        StringBuilder bits = new StringBuilder();
        for (int i = 0; i < digits.length(); i++) {
            int value = BASE64.indexOf(digits.charAt(i));
            if (value < 0) {
                return Optional.empty();
            }
            bits.append(String.format("%6s", Integer.toBinaryString(value)).replace(' ', '0'));
        }
        StringBuilder bytes = new StringBuilder();
        for (int i = 0; i + 8 <= bits.length(); i += 8) {
            bytes.append((char) Integer.parseInt(bits.substring(i, i + 8), 2));
        }
        return Optional.of(bytes.toString());
    }

    private static Optional<String> quoted(String text) {
        StringBuilder bytes = new StringBuilder();
        String rest = text;
        while (!rest.isEmpty()) {
            if (rest.matches("(?s)=[0-9A-Fa-f]{2}.*")) {
                bytes.append((char) Integer.parseInt(rest.substring(1, 3), 16));
                rest = rest.substring(3);
            } else if (rest.charAt(0) == '=' || rest.charAt(0) >= 0x80) {
                return Optional.empty();
            } else {
                bytes.append(rest.charAt(0) == '_' ? ' ' : rest.charAt(0));
                rest = rest.substring(1);
            }
        }
        return Optional.of(bytes.toString());
    }
}
