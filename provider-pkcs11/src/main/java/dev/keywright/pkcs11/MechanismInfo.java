/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/**
 * A mechanism of a token.
 *
 * @param number the CKM_ number
 * @param flags the CKF_ flags of CK_MECHANISM_INFO
 */
record MechanismInfo(long number, long flags) {
    /** As the specification writes it, where that is known here; else the number in hex. */
    String name() {
        return MechanismNames.of(number);
    }

    boolean has(long flag) {
        return (flags & flag) != 0;
    }
}
