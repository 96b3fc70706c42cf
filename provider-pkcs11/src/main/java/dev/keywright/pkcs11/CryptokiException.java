/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** A Cryptoki function answered something other than CKR_OK. Never leaves this package but as a cause. */
final class CryptokiException extends Exception {
    private static final long serialVersionUID = 1L;

    private final CryptokiFunction function;
    private final long rv;

    CryptokiException(CryptokiFunction function, long rv) {
        super(function + " answers " + Ck.returnValueName(rv));
        this.function = function;
        this.rv = rv;
    }

    long rv() {
        return rv;
    }

    CryptokiFunction function() {
        return function;
    }
}
