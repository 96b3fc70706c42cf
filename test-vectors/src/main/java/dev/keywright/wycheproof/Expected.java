/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

/** What Wycheproof says of a case. */
public enum Expected {
    /** Must be accepted, and give these bytes. */
    VALID,
    /** Must be refused. */
    INVALID,
    /** May be refused, for good reasons; if accepted, must give these bytes. */
    ACCEPTABLE
}
