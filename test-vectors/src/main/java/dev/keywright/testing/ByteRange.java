/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A run of a body's bytes. */
record ByteRange(long offset, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /**
     * The part that a {@code Range} header asks for; null if it is to be ignored, as S3 does with several ranges, other
     * units, and ends before their start.
     *
     * @throws S3Error 416 if the range begins behind the end
     */
    static @Nullable ByteRange of(String header, long total) {
        Matcher one = ONE.matcher(header);
        if (!one.matches() || (one.group(1).isEmpty() && one.group(2).isEmpty())) {
            return null;
        }
        if (one.group(1).isEmpty()) {
            long last = Long.parseLong(one.group(2));
            if (last == 0 || total == 0) {
                throw beyond(header, total);
            }
            long length = Math.min(last, total);
            return new ByteRange(total - length, length);
        }
        long from = Long.parseLong(one.group(1));
        long to = one.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(one.group(2));
        if (to < from) {
            return null;
        }
        if (from >= total) {
            throw beyond(header, total);
        }
        return new ByteRange(from, Math.min(to, total - 1) - from + 1);
    }

    private static S3Error beyond(String header, long total) {
        return new S3Error(
                416,
                "InvalidRange",
                "The requested range is not satisfiable",
                Map.of("RangeRequested", header, "ActualObjectSize", Long.toString(total)));
    }

    String contentRange(long total) {
        return "bytes " + offset + "-" + (offset + length - 1) + "/" + total;
    }
}
