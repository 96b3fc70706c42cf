/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A range of the plaintext, and what it must be.
 *
 * @param range an HTTP range of one piece: {@code bytes=16-43}, {@code bytes=16-} or {@code bytes=-10}
 * @param bytes how many come; -1 if the range must be refused with status 416
 * @param sha256 of them, in hexadecimal; empty if the range must be refused
 */
public record RangeCheck(String range, long bytes, String sha256) {
    private static final Pattern SYNTAX = Pattern.compile("bytes=([0-9]{0,18})-([0-9]{0,18})");

    /** Whether the range lies behind the end, and must be refused. */
    public boolean unsatisfiable() {
        return bytes < 0;
    }

    static boolean isWellFormed(String range) {
        Matcher matcher = SYNTAX.matcher(range);
        return matcher.matches()
                && !(matcher.group(1).isEmpty() && matcher.group(2).isEmpty())
                && (matcher.group(1).isEmpty()
                        || matcher.group(2).isEmpty()
                        || Long.parseLong(matcher.group(1)) <= Long.parseLong(matcher.group(2)));
    }

    /** The offset of the first byte in a plaintext of this length. */
    long first(long plaintextBytes) {
        Matcher matcher = matched();
        return matcher.group(1).isEmpty()
                ? Math.max(0, plaintextBytes - Long.parseLong(matcher.group(2)))
                : Long.parseLong(matcher.group(1));
    }

    /** The offset behind the last byte in a plaintext of this length. */
    long end(long plaintextBytes) {
        Matcher matcher = matched();
        return matcher.group(1).isEmpty() || matcher.group(2).isEmpty()
                ? plaintextBytes
                : Math.min(plaintextBytes, Long.parseLong(matcher.group(2)) + 1);
    }

    private Matcher matched() {
        Matcher matcher = SYNTAX.matcher(range);
        if (!matcher.matches()) {
            throw new IllegalStateException("not a range: " + range);
        }
        return matcher;
    }
}
