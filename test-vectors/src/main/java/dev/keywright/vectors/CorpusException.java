/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.io.IOException;
import java.util.List;

/** A folder that is no corpus in the vector format, with all that is wrong in it. Nothing of it was run. */
public final class CorpusException extends IOException {
    private static final long serialVersionUID = 1L;
    private static final int SHOWN = 20;

    private final transient List<String> problems;

    CorpusException(List<String> problems) {
        super(text(problems));
        this.problems = List.copyOf(problems);
    }

    CorpusException(String problem) {
        this(List.of(problem));
    }

    /** What is wrong, each with the file that it is in; never empty. */
    public List<String> problems() {
        return problems;
    }

    private static String text(List<String> problems) {
        String shown = String.join("; ", problems.subList(0, Math.min(SHOWN, problems.size())));
        return problems.size() <= SHOWN ? shown : shown + "; and " + (problems.size() - SHOWN) + " more";
    }
}
