/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

/**
 * What a client does with instruction files, the objects {@code KEY.instruction} in which an envelope can be stored beside
 * its object. Immutable.
 *
 * <p>Of two puts one comes first, and S3 knows no transactions. The file is written first, so that a new object never is
 * there without its envelope; while an object is overwritten, a reader may meet the old body with the new file, and refuses
 * it: the key commitment, or in format V2 the tag, is not that body's. If the second put fails, the error says that the
 * file was written; put the object again. A copy with conditions copies the object first, and the file if they held.
 *
 * @param reads whether files are looked for where the metadata is not enough; default true
 * @param writes whether the envelopes of new objects go into files, not into metadata; default false
 * @param follows whether a file is deleted, copied and renamed with its object; default true
 */
public record InstructionFileConfig(boolean reads, boolean writes, boolean follows) {
    /** Reads files, writes none, deletes, copies and renames them with their objects. */
    public static final InstructionFileConfig DEFAULT = new InstructionFileConfig(true, false, true);

    /** As this one, looking for files or not. */
    public InstructionFileConfig withReads(boolean enabled) {
        return new InstructionFileConfig(enabled, writes, follows);
    }

    /** As this one, writing files or not. */
    public InstructionFileConfig withWrites(boolean enabled) {
        return new InstructionFileConfig(reads, enabled, follows);
    }

    /** As this one, deleting, copying and renaming files with their objects or not. */
    public InstructionFileConfig withFollows(boolean enabled) {
        return new InstructionFileConfig(reads, writes, enabled);
    }
}
