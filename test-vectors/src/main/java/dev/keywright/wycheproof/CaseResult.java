/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

/**
 * What an implementation did with a case.
 *
 * @param detail how it came to the outcome, in one line; empty for a plain pass
 */
public record CaseResult(WycheproofCase vector, Outcome outcome, String detail) {
    @Override
    public String toString() {
        return vector + ": " + outcome.word() + (detail.isEmpty() ? "" : ": " + detail);
    }
}
