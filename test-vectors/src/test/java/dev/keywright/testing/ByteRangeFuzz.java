/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Fuzzes {@link ByteRange} against RFC 9110, section 14, read plainly and without limits of size. The input's first eight
 * bytes are the body's length, the rest is the header.
 */
public final class ByteRangeFuzz {
    private ByteRangeFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < Long.BYTES) {
            return;
        }
        long total = ByteBuffer.wrap(input).getLong() & Long.MAX_VALUE;
        String header = new String(Arrays.copyOfRange(input, Long.BYTES, input.length), StandardCharsets.ISO_8859_1);
        String found;
        try {
            ByteRange range = ByteRange.of(header, total);
            found = range == null ? "ignored" : range.contentRange(total);
        } catch (S3Error e) {
            assertThat(e.status).isEqualTo(416);
            assertThat(e.code).isEqualTo("InvalidRange");
            found = "beyond";
        }
        assertThat(found).isEqualTo(wanted(header, BigInteger.valueOf(total)));
    }

    private static String wanted(String header, BigInteger total) {
        String[] halves = header.startsWith("bytes=")
                ? header.substring("bytes=".length()).split("-", -1)
                : new String[0];
        if (halves.length != 2 || !isNumberOrNothing(halves[0]) || !isNumberOrNothing(halves[1])) {
            return "ignored";
        }
        BigInteger first = number(halves[0]);
        BigInteger last = number(halves[1]);
        BigInteger end = total.subtract(BigInteger.ONE);
        if (first == null) {
            if (last == null) {
                return "ignored";
            }
            return last.signum() == 0 || total.signum() == 0
                    ? "beyond"
                    : text(total.subtract(last).max(BigInteger.ZERO), end, total);
        }
        if (last != null && last.compareTo(first) < 0) {
            return "ignored";
        }
        if (first.compareTo(total) >= 0) {
            return "beyond";
        }
        return text(first, last == null ? end : last.min(end), total);
    }

    private static String text(BigInteger first, BigInteger last, BigInteger total) {
        return "bytes " + first + "-" + last + "/" + total;
    }

    private static boolean isNumberOrNothing(String text) {
        return text.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private static @Nullable BigInteger number(String digits) {
        return digits.isEmpty() ? null : new BigInteger(digits);
    }
}
