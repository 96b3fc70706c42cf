/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.math.BigInteger;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A run of a body's bytes. */
record ByteRange(long offset, long length) {
    private static final Pattern ONE = Pattern.compile("bytes=(\\d*)-(\\d*)");

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
        BigInteger end = BigInteger.valueOf(total);
        BigInteger from;
        BigInteger to;
        if (one.group(1).isEmpty()) {
            from = end.subtract(new BigInteger(one.group(2))).max(BigInteger.ZERO);
            to = end;
        } else {
            from = new BigInteger(one.group(1));
            to = one.group(2).isEmpty() ? end : new BigInteger(one.group(2)).add(BigInteger.ONE);
            if (!one.group(2).isEmpty() && to.compareTo(from) <= 0) {
                return null;
            }
        }
        if (from.compareTo(end) >= 0) {
            throw beyond(header, total);
        }
        return new ByteRange(from.longValueExact(), to.min(end).subtract(from).longValueExact());
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
