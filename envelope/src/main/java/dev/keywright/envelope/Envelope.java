/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.WrappedDataKey;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * All that is stored beside a body to open it. Holds no secret. An envelope that exists is well-formed: lengths and names
 * were checked; nothing in it is authenticated yet.
 *
 * @param format the generation of names
 * @param suite the content algorithm
 * @param wrapped the data key under the master key
 * @param ivOrMessageId the IV in formats V1 and V2, the message id in format V3
 * @param commitment the key commitment in format V3, empty in V1 and V2
 */
public record Envelope(
        MessageFormat format, AlgorithmSuite suite, WrappedDataKey wrapped, Bytes ivOrMessageId, Bytes commitment) {

    /** S3's limit on all user metadata of an object: names and values together, in UTF-8 bytes. */
    public static final int MAX_METADATA_BYTES = 2048;

    /**
     * Reads the envelope in an object's user metadata, strictly. Names are matched without regard to case; metadata that
     * is no envelope's is passed over.
     *
     * @param metadata names without {@code x-amz-meta-}, as S3 clients hand them over
     * @throws FormatException if there is no envelope, or it is incomplete, mixed, malformed or of an unknown kind; also if
     *     part of it is in an instruction file, for which there is {@link StoredEnvelope}
     */
    public static Envelope parse(Map<String, String> metadata) {
        return StoredEnvelope.in(metadata).complete();
    }

    /** Whether user metadata of this name is part of an envelope, so that a caller may not set it. Case does not matter. */
    public static boolean isReservedName(String name) {
        return MetadataNames.isReserved(name.toLowerCase(Locale.ROOT));
    }

    /**
     * The user metadata to store: US-ASCII values, names without {@code x-amz-meta-}.
     *
     * @throws IllegalStateException if the suite is only read (SUI-005)
     */
    public Map<String, String> toMetadata() {
        if (!suite.isWritable()) {
            throw new IllegalStateException(suite + " is never written");
        }
        return switch (format) {
            case V1 -> throw new IllegalStateException("format V1 is never written");
            case V2 -> FormatV2.write(this);
            case V3 -> FormatV3.write(this);
        };
    }

    /** The user metadata to store with the object when the rest goes into an instruction file; empty in format V2. */
    public Map<String, String> toMetadataBesideInstructionFile() {
        Map<String, String> names = toMetadata();
        names.keySet().retainAll(MetadataNames.WITH_THE_BODY);
        return names;
    }

    /** The instruction file's body to store when the envelope does not all go into metadata: a JSON object in US-ASCII. */
    public Bytes toInstructionFile() {
        Map<String, String> names = toMetadata();
        names.keySet().removeAll(MetadataNames.WITH_THE_BODY);
        return InstructionFile.write(names);
    }

    /** The body's length for a plaintext of this length, in bytes. */
    public long bodyBytes(long plaintextBytes) {
        if (suite.tagBytes() == 0) {
            throw new IllegalStateException(suite + " is never written");
        }
        return Math.addExact(plaintextBytes, suite.tagBytes());
    }

    /**
     * The plaintext's length in a body of this length, in bytes. Arithmetic only: nothing says yet that the body is whole.
     *
     * @return empty for the CBC suite, whose padding is seen only once it is decrypted
     * @throws FormatException if no body of this suite has that length
     */
    public OptionalLong plaintextBytes(long bodyBytes) {
        return plaintextBytes(suite, bodyBytes);
    }

    static OptionalLong plaintextBytes(AlgorithmSuite suite, long bodyBytes) {
        if (suite.tagBytes() == 0) {
            return OptionalLong.empty();
        }
        long plaintext = bodyBytes - suite.tagBytes();
        if (plaintext < 0) {
            throw new FormatException(
                    FormatException.Fault.MALFORMED,
                    "a body of " + bodyBytes + " bytes is shorter than its " + suite.tagBytes() + "-byte tag");
        }
        return OptionalLong.of(plaintext);
    }
}
