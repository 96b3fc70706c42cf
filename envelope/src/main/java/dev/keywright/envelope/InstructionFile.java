/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.FormatDetection.malformed;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.FormatException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * An instruction file: the part of an envelope that stands beside the object, under its key and a suffix. One JSON object of
 * strings in UTF-8, nothing else. Holds no secret, and nothing in it is authenticated yet. Immutable.
 */
public final class InstructionFile {
    /** What is appended to the object's key, unless a reader is told another suffix. */
    public static final String SUFFIX = ".instruction";

    /** User metadata of the file itself, written with an empty value (INT-012); never required. */
    public static final String MARKER = "x-amz-crypto-instr-file";

    /** The longest file that is read, in bytes: far above what any client writes. */
    public static final int MAX_BYTES = FlatJson.MAX_CHARS;

    /** PHP wrote these two as JSON numbers (INT-006). */
    private static final Set<String> NUMBERS =
            Set.of(MetadataNames.TAG_LENGTH, MetadataNames.UNENCRYPTED_CONTENT_LENGTH);

    /** The oldest .NET client's names, which are those of format V1 in other words. */
    private static final String OLDEST_KEY = "EncryptedEnvelopeKey";

    private static final String OLDEST_IV = "IV";

    private final Map<String, String> names;

    private InstructionFile(Map<String, String> names) {
        this.names = names;
    }

    /**
     * Reads a file.
     *
     * @param body the file as stored
     * @throws FormatException if it is no JSON object of strings in UTF-8, or holds a name twice; the tag length and the
     *     unencrypted length may be whole numbers, and a null counts as absent
     */
    public static InstructionFile parse(byte[] body) {
        if (body.length > MAX_BYTES) {
            throw malformed("instruction file of " + body.length + " bytes; at most " + MAX_BYTES + " are read");
        }
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new FormatException(FormatException.Fault.MALFORMED, "instruction file that is not UTF-8", e);
        }
        Map<String, String> names;
        try {
            names = FlatJson.readLeniently(text, NUMBERS);
        } catch (FormatException e) {
            throw e.about("instruction file");
        }
        return new InstructionFile(FormatDetection.withoutEmptyMaps(inNewerWords(names)));
    }

    private static Map<String, String> inNewerWords(Map<String, String> names) {
        if (!names.containsKey(OLDEST_KEY) || !names.containsKey(OLDEST_IV)) {
            return names;
        }
        Map<String, String> newer = new TreeMap<>(names);
        for (Map.Entry<String, String> rename : Map.of(
                        OLDEST_KEY, MetadataNames.ENCRYPTED_DATA_KEY_V1, OLDEST_IV, MetadataNames.CONTENT_IV)
                .entrySet()) {
            String value = newer.remove(rename.getKey());
            if (value != null && newer.put(rename.getValue(), value) != null) {
                throw malformed("instruction file with " + rename.getKey() + " and " + rename.getValue());
            }
        }
        return newer;
    }

    /** What the file says, by names as in metadata; empty values that mean absence are left out. */
    Map<String, String> names() {
        return names;
    }

    /** The file's body for these names: compact US-ASCII, which every client reads. */
    static Bytes write(Map<String, String> names) {
        return Bytes.copyOf(FlatJson.write(names).getBytes(StandardCharsets.US_ASCII));
    }
}
