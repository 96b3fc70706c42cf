/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.PrintStream;

/** Draws how many of the cases are done, in one line of a terminal that is wiped at the end. */
final class CaseProgress implements AutoCloseable {
    private static final int STEP = 10;

    private final PrintStream terminal;
    private final boolean wanted;
    private final int total;
    private int done;
    private int failed;
    private int drawn;

    CaseProgress(PrintStream terminal, boolean wanted, int total) {
        this.terminal = terminal;
        this.wanted = wanted;
        this.total = total;
    }

    void add(boolean passed) {
        done++;
        failed += passed ? 0 : 1;
        if (wanted && done % STEP == 0) {
            String line =
                    "verifying  " + done + " of " + total + " cases" + (failed > 0 ? ", " + failed + " failed" : "");
            terminal.print("\r" + line);
            terminal.flush();
            drawn = line.length();
        }
    }

    @Override
    public void close() {
        if (drawn > 0) {
            terminal.print("\r" + " ".repeat(drawn) + "\r");
            terminal.flush();
        }
    }
}
