/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.envelope.RequestedRange;
import dev.keywright.s3.VerifiedRelease;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How much of an object is read, and where it is while it is verified. */
final class ReadingOptions {
    @Option(
            names = "--release",
            paramLabel = "HOW",
            converter = ReleaseConverter.class,
            description =
                    "where an object is while it is verified: automatic (default: small ones in memory, others in a"
                            + " temporary file, encrypted), buffer (in memory, others are refused), spool (in a temporary"
                            + " file), read-twice (nowhere: it is downloaded twice)")
    @Nullable
    VerifiedRelease release;

    @Option(
            names = "--range",
            paramLabel = "bytes=A-B",
            converter = RangeConverter.class,
            description = "a part of the plaintext: bytes=A-B, bytes=A- or bytes=-N; all of the object is downloaded to"
                    + " verify it, unless --unverified-range is given")
    @Nullable
    RequestedRange range;

    @Option(
            names = "--unverified-range",
            description = "download the --range only, which nothing verifies: anyone may have altered it")
    boolean unverifiedRange;

    /** Refuses what says nothing together. */
    void requireSense(Subcommand command) {
        if (unverifiedRange && range == null) {
            throw command.misuse("--unverified-range is of a --range, and none is given");
        }
        if (release != null && range != null) {
            throw command.misuse(
                    "--release is of whole objects: with a --range the object is read twice, or unverified");
        }
    }

    private static String word(VerifiedRelease release) {
        return release.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Takes a word. */
    static final class ReleaseConverter implements ITypeConverter<VerifiedRelease> {
        @Override
        public VerifiedRelease convert(String value) {
            return Arrays.stream(VerifiedRelease.values())
                    .filter(release -> word(release).equals(value.toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("'" + value + "' is no way to release; there are "
                            + Arrays.stream(VerifiedRelease.values())
                                    .map(ReadingOptions::word)
                                    .collect(Collectors.joining(", "))));
        }
    }

    /** Takes a range as HTTP has it. */
    static final class RangeConverter implements ITypeConverter<RequestedRange> {
        @Override
        public RequestedRange convert(String value) {
            try {
                return RequestedRange.parse(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
