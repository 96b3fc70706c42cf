/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.security.GeneralSecurityException;

/** A wrapped key does not open; the token's return value is left out, as it could tell padding from tag. */
final class DoesNotOpenException extends GeneralSecurityException {
    private static final long serialVersionUID = 1L;

    DoesNotOpenException() {
        super("the token could not open it");
    }
}
