/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/**
 * A case's inputs, held against an implementation: both the making (encryption, wrap, MAC, derivation) and the opening
 * (decryption, unwrap, verification), as far as the algorithm has them.
 */
interface Trial {
    /** The bytes that an implementation makes of the inputs; null if there is no making to try. */
    default byte @Nullable [] made(Primitives primitives) throws GeneralSecurityException {
        return null;
    }

    /** The bytes that are to be made. */
    default byte[] toBeMade() {
        return new byte[0];
    }

    /** The bytes that an implementation gets from what is to be opened; null if there is no opening to try. */
    default byte @Nullable [] opened(Primitives primitives) throws GeneralSecurityException {
        return null;
    }

    /** The bytes that are to be got. */
    default byte[] toBeOpened() {
        return new byte[0];
    }
}
