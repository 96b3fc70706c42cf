/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** User metadata as S3 takes it and gives it back. */
final class UserMetadata {
    static final String PREFIX = "x-amz-meta-";
    private static final int LIMIT_BYTES = 2048;
    /** RFC 2047, section 2: an encoded word has at most 75 characters, 12 of which are not content. */
    private static final int WORD_CONTENT_BYTES = (75 - 12) / 4 * 3;

    private UserMetadata() {}

    /**
     * The entries of these headers, without prefix. Header bytes were read as ISO-8859-1, as S3 does.
     *
     * @throws S3Error if they exceed 2 KB, counted in UTF-8 over names and values
     */
    static Map<String, String> from(Map<String, String> headers) {
        Map<String, String> metadata = new TreeMap<>();
        int size = 0;
        for (Map.Entry<String, String> header : headers.entrySet()) {
            if (header.getKey().startsWith(PREFIX)) {
                String name = header.getKey().substring(PREFIX.length());
                metadata.put(name, header.getValue());
                size += utf8(name).length + utf8(header.getValue()).length;
            }
        }
        if (size > LIMIT_BYTES) {
            throw new S3Error(
                    400,
                    "MetadataTooLarge",
                    "Your metadata headers exceed the maximum allowed metadata size",
                    Map.of("Size", Integer.toString(size), "MaxSizeAllowed", Integer.toString(LIMIT_BYTES)));
        }
        return metadata;
    }

    /** The value as S3 gives it back: RFC 2047 encoded words, of the stored UTF-8, if it is not plain ASCII. */
    static String doubleEncoded(String stored) {
        if (stored.chars().allMatch(c -> c >= 0x20 && c <= 0x7e)) {
            return stored;
        }
        StringBuilder words = new StringBuilder();
        int from = 0;
        while (from < stored.length()) {
            int to = from;
            int size = 0;
            while (to < stored.length()) {
                int next = stored.offsetByCodePoints(to, 1);
                int more = utf8(stored.substring(to, next)).length;
                if (size + more > WORD_CONTENT_BYTES) {
                    break;
                }
                size += more;
                to = next;
            }
            words.append(from == 0 ? "" : " ")
                    .append("=?UTF-8?B?")
                    .append(Base64.getEncoder().encodeToString(utf8(stored.substring(from, to))))
                    .append("?=");
            from = to;
        }
        return words.toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
