/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

/**
 * Text for a person's terminal, of which others may have written a part: an object's description, a token's label, a case's
 * comment. A character that would steer the terminal, or change the order in which text is read, is shown by its number.
 */
final class Printable {
    private Printable() {}

    /** One line: line ends are shown by their numbers too, so that nobody's text makes up a line of ours. */
    static String line(String text) {
        return printable(text, false);
    }

    /** Several lines, as they are. */
    static String lines(String text) {
        return printable(text, true);
    }

    private static String printable(String text, boolean keepLineFeeds) {
        StringBuilder printable = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (steers(c) && !(keepLineFeeds && c == '\n')) {
                printable.append(String.format("\\u%04x", (int) c));
            } else {
                printable.append(c);
            }
        }
        return printable.toString();
    }

    private static boolean steers(char c) {
        return Character.isISOControl(c) // with DEL, and the C1 controls that some terminals obey
                || c == '\u061c' // the marks, embeddings, overrides and isolates of right-to-left text
                || c == '\u200e'
                || c == '\u200f'
                || (c >= '\u2028' && c <= '\u202e') // and the two separators of lines before them
                || (c >= '\u2066' && c <= '\u2069');
    }
}
