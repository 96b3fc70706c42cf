/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.StoredEnvelope;
import dev.keywright.spi.KeywrightException;
import dev.keywright.testing.MiniS3;
import dev.keywright.vectors.VectorCase.Plaintext;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/**
 * Reads a case through an S3 client in ranges, out of {@link MiniS3}: each range that the case lists, held against its hash or
 * its refusal, then all of the plaintext piece by piece, and what lies behind its end, which must be refused.
 */
public final class RangedReading implements WayOfReading {
    /** Odd, so that pieces begin and end in and across blocks and segments; the last one is repeated. */
    private static final int[] PIECES = {17, 4099, (1 << 20) + 5};

    private static final String CBC = "0x0070";

    private final LoopbackReading loopback;

    /** An S3 client that reads ranges. */
    @FunctionalInterface
    public interface Getter {
        /**
         * Begins to read the case's object, which is in the bucket under the case's id.
         *
         * @return closed by the reading
         * @throws dev.keywright.spi.KeywrightException as good as an {@link Outcome} of it
         */
        Ranges open(VectorCase vector, Permissions allowed, String bucket) throws IOException;
    }

    /** The ranges of one object's plaintext. */
    @FunctionalInterface
    public interface Ranges extends AutoCloseable {
        /**
         * Reads one.
         *
         * @param range as HTTP has it: {@code bytes=16-43}, {@code bytes=16-}, {@code bytes=-10}
         * @return its bytes; empty if it was refused with status 416
         * @throws dev.keywright.spi.KeywrightException as good as an {@link Outcome} of it
         */
        Optional<byte[]> read(String range) throws IOException;

        /** Nothing to close, unless the client says otherwise. */
        @Override
        default void close() {}
    }

    /**
     * A way of this name.
     *
     * @param s3 as of {@link LoopbackReading}
     * @param releasesOnlyVerified whether the client verifies ranges. If not, cases whose content alone is wrong are not
     *     tried; if so, those of AES-CBC are not, which nothing verifies
     */
    public RangedReading(String name, boolean releasesOnlyVerified, MiniS3 s3, String bucket, Getter getter) {
        this.loopback =
                new LoopbackReading(name, releasesOnlyVerified, s3, bucket, (vector, allowed, in, plaintext) -> {
                    try (Ranges ranges = getter.open(vector, allowed, in)) {
                        return inRanges(vector, ranges, plaintext);
                    }
                });
    }

    @Override
    public String name() {
        return loopback.name();
    }

    @Override
    public boolean releasesOnlyVerified() {
        return loopback.releasesOnlyVerified();
    }

    @Override
    public Optional<String> absentFor(VectorCase vector) {
        if (releasesOnlyVerified() && (vector.suiteId().equals(CBC) || isStoredAsCbc(vector))) {
            return Optional.of("nothing verifies AES-CBC content");
        }
        if (!releasesOnlyVerified() && vector.expect().layers().contains(Layer.INTEGRITY)) {
            return Optional.of("nothing verifies a range by itself");
        }
        return loopback.absentFor(vector);
    }

    /** Whether the object says so, which in a bad case may be other than what it was made of. */
    private static boolean isStoredAsCbc(VectorCase vector) {
        try {
            StoredEnvelope stored = StoredEnvelope.in(vector.metadata());
            return EnvelopeReading.envelope(vector, stored).suite().tagBytes() == 0;
        } catch (KeywrightException | IOException e) {
            return false; // the reading will meet it too
        }
    }

    @Override
    public Outcome read(VectorCase vector, Permissions allowed, OutputStream plaintext) throws IOException {
        return loopback.read(vector, allowed, plaintext);
    }

    private static Outcome inRanges(VectorCase vector, Ranges ranges, OutputStream plaintext) throws IOException {
        Plaintext whole = vector.plaintext();
        if (whole == null) { // a case that must be refused
            plaintext.write(ranges.read("bytes=0-").orElseGet(() -> new byte[0]));
            return new Outcome.Opened();
        }
        for (RangeCheck check : vector.ranges()) {
            Optional<String> wrong = wrong(check, ranges.read(check.range()));
            if (wrong.isPresent()) {
                return new Outcome.Failed(check.range() + ": " + wrong.get());
            }
        }
        long at = 0;
        for (int i = 0; at < whole.bytes(); i++) {
            long behind = Math.min(whole.bytes(), at + PIECES[Math.min(i, PIECES.length - 1)]);
            String range = "bytes=" + at + "-" + (behind - 1);
            Optional<byte[]> piece = ranges.read(range);
            if (piece.isEmpty() || piece.get().length != behind - at) {
                return new Outcome.Failed(range + ": " + found(piece) + ", not " + (behind - at) + " bytes");
            }
            plaintext.write(piece.get());
            at = behind;
        }
        Optional<byte[]> beyond = ranges.read("bytes=" + at + "-");
        return beyond.isEmpty()
                ? new Outcome.Opened()
                : new Outcome.Failed("bytes=" + at + "-: " + found(beyond) + " behind the end");
    }

    private static Optional<String> wrong(RangeCheck check, Optional<byte[]> read) {
        if (check.unsatisfiable() || read.isEmpty()) {
            return check.unsatisfiable() == read.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            found(read) + ", not " + (check.unsatisfiable() ? "status 416" : check.bytes() + " bytes"));
        }
        if (read.get().length != check.bytes()) {
            return Optional.of(found(read) + ", not " + check.bytes());
        }
        return Sha256.of(read.get()).equals(check.sha256())
                ? Optional.empty()
                : Optional.of("bytes with another SHA-256");
    }

    private static String found(Optional<byte[]> read) {
        return read.map(bytes -> bytes.length + " bytes").orElse("status 416");
    }
}
