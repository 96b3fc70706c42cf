/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.testing.MiniS3;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;

/**
 * Reads a case through an S3 client: its object, and its instruction file if there is one, are put into {@link MiniS3}, past
 * the client, for the length of one reading.
 */
public final class LoopbackReading implements WayOfReading {
    /** What is put is held in memory once. */
    private static final long MOST_BYTES = 64 << 20;

    private static final char DELETE = 0x7f;
    private static final char LAST_OF_LATIN_1 = 0xff;

    private final String name;
    private final boolean verified;
    private final MiniS3 s3;
    private final String bucket;
    private final Getter getter;

    /** An S3 client. */
    @FunctionalInterface
    public interface Getter {
        /**
         * Gets the case's object, which is in the bucket under the case's id, and decrypts it.
         *
         * @throws dev.keywright.spi.KeywrightException as good as an {@link Outcome} of it
         */
        Outcome get(VectorCase vector, Permissions allowed, String bucket, OutputStream plaintext) throws IOException;
    }

    /**
     * A way of this name.
     *
     * @param s3 started, without double encoding from now on: a case says by itself what comes over the wire
     * @param releasesOnlyVerified as {@link WayOfReading#releasesOnlyVerified}
     */
    public LoopbackReading(String name, boolean releasesOnlyVerified, MiniS3 s3, String bucket, Getter getter) {
        this.name = name;
        this.verified = releasesOnlyVerified;
        this.s3 = s3;
        this.bucket = bucket;
        this.getter = getter;
        s3.doubleEncode(false);
        s3.createBucket(bucket);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean releasesOnlyVerified() {
        return verified;
    }

    @Override
    public Optional<String> absentFor(VectorCase vector) {
        for (String value : vector.metadata().values()) {
            if (value.chars().anyMatch(c -> c < ' ' || c == DELETE || c > LAST_OF_LATIN_1)) {
                return Optional.of("HTTP carries no such character in a header");
            }
        }
        try {
            return vector.bodyBytes() > MOST_BYTES
                    ? Optional.of("a body of more than " + MOST_BYTES + " bytes is not put")
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.empty(); // the reading will meet it too
        }
    }

    @Override
    public Outcome read(VectorCase vector, Permissions allowed, OutputStream plaintext) throws IOException {
        String file = vector.id() + vector.instructionSuffix();
        try (InputStream body = vector.openBody()) {
            s3.putObject(bucket, vector.id(), body.readAllBytes(), vector.metadata());
            Optional<byte[]> instruction = vector.instruction();
            if (instruction.isPresent()) {
                s3.putObject(bucket, file, instruction.get(), Map.of());
            }
            return getter.get(vector, allowed, bucket, plaintext);
        } finally {
            s3.deleteObject(bucket, vector.id());
            s3.deleteObject(bucket, file);
        }
    }
}
