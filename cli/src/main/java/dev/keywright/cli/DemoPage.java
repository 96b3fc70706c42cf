/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** How the demo looks: headings, aligned lines, and claims that were checked. Counts the claims. */
final class DemoPage {
    private static final int WIDTH = 80;

    private final PrintStream out;
    private final boolean colour;
    private final List<String> failed = new ArrayList<>();
    private int claims;
    private int headings;

    DemoPage(PrintStream out, boolean colour) {
        this.out = out;
        this.colour = colour;
    }

    void title(String text, String below) {
        out.println();
        out.println("  " + style("1", text));
        out.println("  " + style("2", below));
    }

    void heading(String text) {
        headings++;
        out.println();
        out.println(style("1;36", " " + headings + "  " + text));
    }

    /** A sentence or two, wrapped. */
    void say(String text) {
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ", -1)) {
            if (line.length() + word.length() > WIDTH - 4) {
                out.println("    " + line.toString().stripTrailing());
                line.setLength(0);
            }
            line.append(word).append(' ');
        }
        out.println("    " + line.toString().stripTrailing());
    }

    /** A name, a value, and what it is. */
    void row(String name, String value, String note) {
        String shown = value.length() > 32 ? value.substring(0, 29) + "..." : value;
        out.println(
                "      " + style("33", String.format("%-9s", name)) + String.format("%-34s", shown) + style("2", note));
    }

    /** An error as the command line says it. */
    void error(String text) {
        StringBuilder line = new StringBuilder();
        for (String word : ("keywright: " + text).split(" ", -1)) {
            if (line.length() + word.length() > WIDTH - 8) {
                out.println("      " + style("31", "│ ") + line.toString().stripTrailing());
                line.setLength(0);
            }
            line.append(word).append(' ');
        }
        out.println("      " + style("31", "│ ") + line.toString().stripTrailing());
    }

    /** Says what was just shown to be true, or was not. */
    void claim(boolean holds, String text) {
        claims++;
        if (holds) {
            out.println("    " + style("32", "✓ ") + text);
        } else {
            failed.add(text);
            out.println("    " + style("1;31", "✗ NOT TRUE: ") + text);
        }
        out.flush();
    }

    /** Two stretches of bytes beside each other. */
    void hexDump(byte[] left, byte[] right, int lines) {
        for (int line = 0; line < lines; line++) {
            int at = line * 8;
            out.println("    " + style("2", String.format("%04x ", at)) + hex(left, at) + " "
                    + style("32", ascii(left, at)) + "   " + hex(right, at) + " " + style("31", ascii(right, at)));
        }
    }

    private static String hex(byte[] bytes, int at) {
        StringBuilder text = new StringBuilder();
        for (int i = at; i < at + 8; i++) {
            text.append(i < bytes.length ? String.format("%02x ", bytes[i]) : "   ");
        }
        return text.toString();
    }

    private static String ascii(byte[] bytes, int at) {
        StringBuilder text = new StringBuilder();
        for (int i = at; i < at + 8 && i < bytes.length; i++) {
            text.append(bytes[i] >= 0x20 && bytes[i] < 0x7f ? (char) bytes[i] : '·');
        }
        return String.format("%-8s", text);
    }

    int claims() {
        return claims;
    }

    List<String> failed() {
        return List.copyOf(failed);
    }

    String style(String code, String text) {
        return colour ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}
