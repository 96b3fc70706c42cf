/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.util.List;
import java.util.Set;

/**
 * What came of one case.
 *
 * @param readings how many times it was read
 * @param failures readings that did not end as they must; none if the case passed
 * @param absences ways that could not be tried
 * @param refusedBy the layers that refused a case that must be refused
 */
public record CaseResult(
        VectorCase vector, int readings, List<Failure> failures, List<Absence> absences, Set<Layer> refusedBy) {
    /** Copies lists and set. */
    public CaseResult {
        failures = List.copyOf(failures);
        absences = List.copyOf(absences);
        refusedBy = Set.copyOf(refusedBy);
    }

    /**
     * A reading that ended otherwise than it must.
     *
     * @param way with what was withdrawn, if anything was
     */
    public record Failure(String way, String expected, String got) {
        @Override
        public String toString() {
            return way + ": expected " + expected + ", got " + got;
        }
    }

    /** A way of reading that could not be tried. */
    public record Absence(String way, String why) {}

    /** Whether every reading ended as it must. */
    public boolean passed() {
        return failures.isEmpty();
    }

    /** The case, and the first failure if there is one. */
    @Override
    public String toString() {
        return switch (failures.size()) {
            case 0 -> vector.id() + ": passed";
            case 1 -> vector.id() + ", " + failures.get(0);
            default -> vector.id() + ", " + failures.get(0) + " (and " + (failures.size() - 1) + " readings more)";
        };
    }
}
