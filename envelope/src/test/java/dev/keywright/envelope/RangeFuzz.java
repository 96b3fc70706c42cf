/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Fuzzes {@link RequestedRange} against RFC 9110, section 14, read plainly and without limits of size; and that what it asks
 * of the body holds what it resolves to, in one request. The input's first eight bytes are the plaintext's length, the rest
 * is the header.
 */
public final class RangeFuzz {
    private static final BigInteger BLOCK = BigInteger.valueOf(16);
    private static final long MOST = (1L << 36) - 32;

    private RangeFuzz() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length < Long.BYTES) {
            return;
        }
        long total = (ByteBuffer.wrap(input).getLong() & Long.MAX_VALUE) % (MOST + 1);
        String header = new String(Arrays.copyOfRange(input, Long.BYTES, input.length), StandardCharsets.ISO_8859_1);
        String found;
        try {
            RequestedRange requested = RequestedRange.parse(header);
            Optional<PlaintextRange> range = requested.of(total);
            found = range.map(resolved -> resolved.contentRange(total)).orElse("beyond");
            range.ifPresent(resolved -> assertBodyHolds(requested, resolved, BigInteger.valueOf(total)));
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageContaining("never widened");
            found = "refused";
        }
        assertThat(found).isEqualTo(wanted(header, BigInteger.valueOf(total)));
    }

    /** What S3 gives for the body's range has all blocks that are needed, and no more than two of others. */
    private static void assertBodyHolds(RequestedRange requested, PlaintextRange resolved, BigInteger plaintext) {
        BigInteger body = plaintext.add(BLOCK);
        String answered = wanted(requested.bodyRange(), body);
        assertThat(answered).startsWith("bytes ");
        String[] numbers = answered.substring("bytes ".length()).split("[-/]", -1);
        BigInteger first = new BigInteger(numbers[0]);
        BigInteger end = new BigInteger(numbers[1]).add(BigInteger.ONE);
        BigInteger begin = BigInteger.valueOf(resolved.offset());
        assertThat(first).isLessThanOrEqualTo(begin.subtract(begin.mod(BLOCK)));
        assertThat(end).isGreaterThanOrEqualTo(BigInteger.valueOf(resolved.end()));
        assertThat(end.subtract(first)).isLessThanOrEqualTo(BigInteger.valueOf(resolved.length() + 48));
    }

    private static String wanted(String header, BigInteger total) {
        String[] halves = header.startsWith("bytes=") && header.length() <= 100
                ? header.substring("bytes=".length()).split("-", -1)
                : new String[0];
        if (halves.length != 2 || !isNumberOrNothing(halves[0]) || !isNumberOrNothing(halves[1])) {
            return "refused";
        }
        BigInteger first = number(halves[0]);
        BigInteger last = number(halves[1]);
        BigInteger end = total.subtract(BigInteger.ONE);
        if (first == null) {
            if (last == null) {
                return "refused";
            }
            return last.signum() == 0 || total.signum() == 0
                    ? "beyond"
                    : text(total.subtract(last).max(BigInteger.ZERO), end, total);
        }
        if (last != null && last.compareTo(first) < 0) {
            return "refused";
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
