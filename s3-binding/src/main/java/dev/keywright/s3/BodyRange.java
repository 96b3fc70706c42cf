/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.FormatException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The part of a stored body that a response is of, as its {@code Content-Range} says.
 *
 * @param first its first byte
 * @param end the first byte after it
 * @param totalBytes the whole body's length
 */
record BodyRange(long first, long end, long totalBytes) {
    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes ([0-9]{1,18})-([0-9]{1,18})/([0-9]{1,18})");

    /** @throws FormatException if it says nothing of the kind, as where a store gives the whole body for a part */
    static BodyRange of(GetObjectResponse stored) {
        @Nullable String text = stored.contentRange();
        Matcher says = CONTENT_RANGE.matcher(text == null ? "" : text);
        if (!says.matches()) {
            throw malformed(text == null ? "the response is of the whole object" : "Content-Range '" + text + "'");
        }
        BodyRange range = new BodyRange(
                Long.parseLong(says.group(1)), Long.parseLong(says.group(2)) + 1, Long.parseLong(says.group(3)));
        Long length = stored.contentLength();
        if (range.first >= range.end
                || range.end > range.totalBytes
                || (length != null && length != range.end - range.first)) {
            throw malformed("Content-Range '" + text + "' of " + length + " bytes");
        }
        return range;
    }

    /** @throws FormatException if this has not all bytes from {@code from} to before {@code to} */
    void requireHolds(long from, long to) {
        if (first > from || end < to) {
            throw malformed("bytes " + first + "-" + (end - 1));
        }
    }

    /** @throws FormatException if this is not those bytes and no other */
    void requireExactly(long from, long to) {
        if (first != from || end != to) {
            throw malformed("bytes " + first + "-" + (end - 1));
        }
    }

    private static FormatException malformed(String found) {
        return new FormatException(
                FormatException.Fault.MALFORMED, found + ", and a range was asked for that this is not");
    }
}
