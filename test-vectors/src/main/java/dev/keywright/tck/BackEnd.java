/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import org.junit.jupiter.api.Assumptions;

/**
 * The home of the master key under test, as far as a test can command it. A rule that needs what a back end cannot do is
 * skipped, and the report shows it.
 */
public interface BackEnd {
    /** Makes the home unreachable. */
    default void breakDown() {
        Assumptions.abort("this back end cannot be made to break down");
    }

    /** Undoes {@link #breakDown}; harmless without it. */
    default void mend() {}

    /** Makes the home refuse to use the master key. */
    default void deny() {
        Assumptions.abort("this back end cannot be made to refuse");
    }

    /** Undoes {@link #deny}; harmless without it. */
    default void allow() {}

    /** How many calls have reached the home until now. */
    default long calls() {
        return Assumptions.abort("the calls to this back end cannot be counted");
    }
}
