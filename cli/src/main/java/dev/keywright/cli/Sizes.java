/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.util.Locale;

/** Numbers of bytes for people. */
final class Sizes {
    private static final String[] UNITS = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

    private Sizes() {}

    /** Such as {@code 1 byte}, {@code 999 bytes}, {@code 1.5 MiB}. */
    static String text(long bytes) {
        if (bytes < 1024) {
            return bytes == 1 ? "1 byte" : bytes + " bytes";
        }
        double size = bytes;
        int unit = -1;
        while (size >= 1024) {
            size /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
    }
}
