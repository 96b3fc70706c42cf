/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.Locale;
import java.util.function.LongSupplier;

/** Draws how far a long transfer is, in one line of a terminal that is wiped at the end. Draws nothing for short ones. */
final class Progress implements AutoCloseable {
    private static final long FIRST_NANOS = 500_000_000;
    private static final long NEXT_NANOS = 200_000_000;

    private final PrintStream terminal;
    private final boolean wanted;
    private final String what;
    private final long totalBytes;
    private final LongSupplier nanoTime;
    private final long begunNanos;
    private long dueNanos = FIRST_NANOS;
    private long doneBytes;
    private int drawn;

    /**
     * Begins to count.
     *
     * @param totalBytes negative if it is not known
     * @param nanoTime the clock, as {@link System#nanoTime}
     */
    Progress(PrintStream terminal, boolean wanted, String what, long totalBytes, LongSupplier nanoTime) {
        this.terminal = terminal;
        this.wanted = wanted;
        this.what = what;
        this.totalBytes = totalBytes;
        this.nanoTime = nanoTime;
        this.begunNanos = nanoTime.getAsLong();
    }

    /** The same bytes, counted as they are read; begins anew with each stream, as retries do. */
    InputStream count(InputStream stream) {
        doneBytes = 0;
        return new FilterInputStream(stream) {
            @Override
            public int read() throws IOException {
                int read = super.read();
                if (read >= 0) {
                    add(1);
                }
                return read;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                int read = super.read(into, offset, length);
                if (read > 0) {
                    add(read);
                }
                return read;
            }

            @Override
            public boolean markSupported() {
                return false;
            }
        };
    }

    private void add(int bytes) {
        reach(doneBytes + bytes);
    }

    /** So many bytes are done. */
    void reach(long bytes) {
        doneBytes = bytes;
        if (wanted) {
            long passed = nanoTime.getAsLong() - begunNanos;
            if (passed >= dueNanos) {
                dueNanos = passed + NEXT_NANOS;
                draw(line(what, doneBytes, totalBytes, passed));
            }
        }
    }

    static String line(String what, long doneBytes, long totalBytes, long passedNanos) {
        String rate = Sizes.text((long) (doneBytes / (passedNanos / 1e9))) + "/s";
        return totalBytes > 0
                ? String.format(
                        Locale.ROOT,
                        "%s  %3d%%  %s of %s  %s",
                        what,
                        Math.min(100, doneBytes * 100 / totalBytes),
                        Sizes.text(doneBytes),
                        Sizes.text(totalBytes),
                        rate)
                : String.format(Locale.ROOT, "%s  %s  %s", what, Sizes.text(doneBytes), rate);
    }

    private void draw(String line) {
        terminal.print("\r" + line + " ".repeat(Math.max(0, drawn - line.length())));
        terminal.flush();
        drawn = line.length();
    }

    /** Wipes the line, so that something else can be written there. */
    void wipe() {
        if (drawn > 0) {
            terminal.print("\r" + " ".repeat(drawn) + "\r");
            terminal.flush();
            drawn = 0;
        }
    }

    @Override
    public void close() {
        wipe();
    }
}
