/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Numbers of bytes for people, and from them. */
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

    /** From a number of bytes, or one of {@code KiB}, {@code MiB}, {@code GiB} such as {@code 16MiB}. */
    static final class Converter implements ITypeConverter<Long> {
        private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(?: ?([KMG])iB)?", Pattern.CASE_INSENSITIVE);

        @Override
        public Long convert(String value) {
            Matcher size = SIZE.matcher(value);
            if (!size.matches()) {
                throw new TypeConversionException("'" + value + "' is not a size such as 8388608 or 8MiB");
            }
            int unit = size.group(2) == null ? 0 : " KMG".indexOf(size.group(2).toUpperCase(Locale.ROOT));
            return Long.parseLong(size.group(1)) << (10 * unit);
        }
    }
}
