/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.client;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

/** Plaintext of any length at next to no cost: one mebibyte of seeded bytes, over and over. */
public final class Plaintext extends InputStream {
    private static final int PATTERN_BYTES = 1 << 20;
    private static final byte[] PATTERN = new byte[PATTERN_BYTES];

    static {
        new Random(5).nextBytes(PATTERN);
    }

    private final long end;
    private long at;

    private Plaintext(long first, long end) {
        this.at = first;
        this.end = end;
    }

    /** The bytes from {@code first}, {@code length} of them. */
    public static Plaintext of(long first, long length) {
        return new Plaintext(first, first + length);
    }

    /** One period of it. */
    public static byte[] pattern() {
        return PATTERN.clone();
    }

    /** Fails if {@code bytes} are not those from {@code first}. */
    static void requireSame(long first, byte[] bytes, int count) throws IOException {
        if (!Arrays.equals(of(first, count).readNBytes(count), Arrays.copyOf(bytes, count))) {
            throw new IOException("wrong plaintext at " + first);
        }
    }

    @Override
    public int read() {
        return at == end ? -1 : PATTERN[(int) (at++ % PATTERN_BYTES)] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, into.length);
        if (at == end) {
            return length == 0 ? 0 : -1;
        }
        int from = (int) (at % PATTERN_BYTES);
        int count = (int) Math.min(Math.min(length, end - at), PATTERN_BYTES - from);
        System.arraycopy(PATTERN, from, into, offset, count);
        at += count;
        return count;
    }

    @Override
    public long skip(long count) {
        long skipped = Math.max(0, Math.min(count, end - at));
        at += skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, end - at);
    }
}
