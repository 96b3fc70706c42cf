/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.LegacyContentCipher;
import java.math.BigInteger;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One range of bytes as HTTP asks for it (RFC 9110, section 14.1.2): {@code bytes=A-B}, {@code bytes=A-} or {@code
 * bytes=-N}. What it means for a plaintext, and what to ask of the stored body before anything is known of that. Immutable.
 *
 * <p>Anything else is refused, never ignored as HTTP allows and S3 does: who asks for a part and is given the whole has been
 * given what was not asked for.
 */
public final class RequestedRange {
    private static final Pattern ONE = Pattern.compile("bytes=([0-9]*)-([0-9]*)");
    private static final BigInteger MOST = BigInteger.valueOf(Long.MAX_VALUE);
    private static final int BLOCK_BYTES = LegacyContentCipher.BLOCK_BYTES;
    private static final int TAG_BYTES = 16;

    private enum Kind {
        FROM_TO,
        FROM,
        LAST
    }

    private final String header;
    private final Kind kind;
    private final long first; // or how many, of the last
    private final long last;

    private RequestedRange(String header, Kind kind, long first, long last) {
        this.header = header;
        this.kind = kind;
        this.first = first;
        this.last = last;
    }

    /**
     * Reads a {@code Range} header. Numbers beyond those of a {@code long} mean its largest.
     *
     * @throws IllegalArgumentException if it is of several ranges, another unit, ends before it begins, or malformed
     */
    public static RequestedRange parse(String header) {
        Matcher one = ONE.matcher(header);
        if (header.length() > 100 || !one.matches() || header.equals("bytes=-")) {
            throw refused(header, header.indexOf(',') >= 0 ? "it is of several ranges" : "it is malformed");
        }
        if (one.group(1).isEmpty()) {
            return new RequestedRange(header, Kind.LAST, number(one.group(2)), Long.MAX_VALUE);
        }
        long first = number(one.group(1));
        if (one.group(2).isEmpty()) {
            return new RequestedRange(header, Kind.FROM, first, Long.MAX_VALUE);
        }
        if (new BigInteger(one.group(2)).compareTo(new BigInteger(one.group(1))) < 0) {
            throw refused(header, "it ends before it begins");
        }
        return new RequestedRange(header, Kind.FROM_TO, first, number(one.group(2)));
    }

    private static long number(String digits) {
        return new BigInteger(digits).min(MOST).longValue();
    }

    private static IllegalArgumentException refused(String header, String why) {
        return new IllegalArgumentException("range '" + header.substring(0, Math.min(100, header.length())) + "': "
                + why + "; ask for one range of bytes=A-B, bytes=A- or bytes=-N, which is never widened");
    }

    /**
     * What it asks for of a plaintext of this length, clamped to its end.
     *
     * @return empty if it asks for none of it, to which HTTP says 416
     */
    public Optional<PlaintextRange> of(long plaintextBytes) {
        long from = kind == Kind.LAST ? plaintextBytes - Math.min(first, plaintextBytes) : first;
        long to = Math.min(last, plaintextBytes - 1);
        return from > to ? Optional.empty() : Optional.of(new PlaintextRange(from, to - from + 1));
    }

    /**
     * What to ask of the body, of whose length and suite nothing is known yet: whole blocks that hold the range and, for a
     * range of the last bytes, as much more as the tag and a block may take. So one request is enough, where a tag ends the
     * body.
     */
    public String bodyRange() {
        return switch (kind) {
            case FROM_TO -> "bytes=" + startOfBlock() + "-" + (endOfBlock(last) - 1);
            case FROM -> "bytes=" + startOfBlock() + "-";
            case LAST -> "bytes=-" + (Math.min(first, Long.MAX_VALUE / 2) + TAG_BYTES + BLOCK_BYTES - 1);
        };
    }

    private long startOfBlock() {
        return first - first % BLOCK_BYTES;
    }

    /** The first byte after the block of this one; at most the largest {@code long}. */
    static long endOfBlock(long offset) {
        return offset > Long.MAX_VALUE - BLOCK_BYTES ? Long.MAX_VALUE : offset - offset % BLOCK_BYTES + BLOCK_BYTES;
    }

    /** The header. */
    @Override
    public String toString() {
        return header;
    }
}
