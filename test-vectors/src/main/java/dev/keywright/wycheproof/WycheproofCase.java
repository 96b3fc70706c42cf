/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.util.Set;

/** One case of Wycheproof. Immutable. */
public final class WycheproofCase {
    /** What is wrong with such a case lies in what is asked for: nobody should do it, in any direction. */
    private static final Set<String> FAULTS_OF_THE_QUESTION =
            Set.of("ZeroLengthIv", "SizeTooLarge", "EmptyKey", "WrongDataSize");

    private final VectorFile file;
    private final int id;
    private final String comment;
    private final Set<String> flags;
    private final Expected expected;
    private final Algorithm algorithm;
    private final Trial trial;

    WycheproofCase(
            VectorFile file,
            int id,
            String comment,
            Set<String> flags,
            Expected expected,
            Algorithm algorithm,
            Trial trial) {
        this.file = file;
        this.id = id;
        this.comment = comment;
        this.flags = Set.copyOf(flags);
        this.expected = expected;
        this.algorithm = algorithm;
        this.trial = trial;
    }

    /** The name of the file it is in. */
    public String file() {
        return file.fileName;
    }

    /** Its {@code tcId}, unique in the file. */
    public int id() {
        return id;
    }

    /** What its makers say of it; may be empty. */
    public String comment() {
        return comment;
    }

    /** What it tries, in Wycheproof's words. */
    public Set<String> flags() {
        return flags;
    }

    /** What must come of it. */
    public Expected expected() {
        return expected;
    }

    /** What it tests. */
    public Algorithm algorithm() {
        return algorithm;
    }

    Trial trial() {
        return trial;
    }

    boolean isFaultOfTheQuestion() {
        return expected == Expected.INVALID && flags.stream().anyMatch(FAULTS_OF_THE_QUESTION::contains);
    }

    @Override
    public String toString() {
        return file.fileName + " " + id;
    }
}
