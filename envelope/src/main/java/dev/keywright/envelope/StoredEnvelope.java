/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.FormatDetection.malformed;

import dev.keywright.spi.FormatException;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What an object's metadata tells of its envelope: all of it, or that the rest must be in an instruction file. Whoever
 * reads the object fetches the file only where it is needed, and never where the metadata is complete (DET-004). Immutable.
 */
public final class StoredEnvelope {
    private final Map<String, String> names;
    private final @Nullable Envelope complete;

    private StoredEnvelope(Map<String, String> names, @Nullable Envelope complete) {
        this.names = names;
        this.complete = complete;
    }

    /**
     * Reads an object's user metadata, strictly. Names are matched without regard to case; metadata that is no envelope's is
     * passed over.
     *
     * @param metadata names without {@code x-amz-meta-}, as S3 clients hand them over
     * @throws FormatException if there is an envelope, or a piece of one, and it is mixed, truncated, malformed or of an
     *     unknown kind
     */
    public static StoredEnvelope in(Map<String, String> metadata) {
        Map<String, String> names = FormatDetection.normalized(metadata);
        return new StoredEnvelope(names, FormatDetection.inMetadata(names));
    }

    /** Whether the metadata is not enough: the rest is in an instruction file, or the object is not encrypted. */
    public boolean needsInstructionFile() {
        return complete == null;
    }

    /**
     * The envelope of metadata that needs no instruction file.
     *
     * @throws FormatException if it does
     */
    public Envelope complete() {
        if (complete == null) {
            throw withoutInstructionFile("no instruction file is read here");
        }
        return complete;
    }

    /**
     * The plaintext's length in a body of this length, in bytes, as far as the metadata alone tells. Arithmetic only: nothing
     * says yet that the body is whole.
     *
     * @return empty if the suite is CBC, or is known only once the instruction file is read
     * @throws FormatException if no body of the suite has that length, or the suite is unknown
     */
    public OptionalLong plaintextBytes(long bodyBytes) {
        if (complete != null) {
            return complete.plaintextBytes(bodyBytes);
        }
        return names.isEmpty() ? OptionalLong.empty() : Envelope.plaintextBytes(FormatV3.suite(names), bodyBytes);
    }

    /**
     * The envelope of this metadata and its instruction file.
     *
     * @throws FormatException if the two make no envelope
     * @throws IllegalStateException if the metadata needs no file
     */
    public Envelope with(InstructionFile file) {
        if (complete != null) {
            throw new IllegalStateException("the metadata is complete, no instruction file belongs to it");
        }
        return names.isEmpty() ? ofFileAlone(file.names()) : ofBoth(file.names());
    }

    /**
     * The error of an object that needs an instruction file and has none.
     *
     * @param why why there is none, such as {@code there is no s3://bucket/key.instruction}
     */
    public FormatException withoutInstructionFile(String why) {
        return names.isEmpty()
                ? new FormatException(
                        FormatException.Fault.NOT_ENCRYPTED,
                        "not encrypted by an S3 encryption client: no envelope is in its metadata, and " + why)
                : malformed("format V3 whose wrapped data key is in an instruction file, and " + why);
    }

    private static Envelope ofFileAlone(Map<String, String> file) {
        List<String> current = FormatDetection.present(file, MetadataNames.NEW);
        if (!current.isEmpty()) {
            throw malformed("instruction file with names of format V3, " + current
                    + ", of an object that has none itself: mixed formats");
        }
        Envelope envelope = FormatDetection.whole(file);
        if (envelope == null) {
            throw malformed("instruction file without a wrapped data key");
        }
        return envelope;
    }

    /** Format V3: what belongs to the body stays with the body, and only there (INS-014 to INS-021). */
    private Envelope ofBoth(Map<String, String> file) {
        List<String> strange = FormatDetection.present(file, MetadataNames.OLD);
        strange.addAll(FormatDetection.present(file, MetadataNames.WITH_THE_BODY));
        if (!strange.isEmpty()) {
            throw malformed("instruction file of format V3 with " + strange + ", which have no place in it");
        }
        Map<String, String> both = new TreeMap<>(names);
        FormatDetection.present(file, MetadataNames.NEW).forEach(name -> both.put(name, file.getOrDefault(name, "")));
        return FormatV3.read(both);
    }
}
