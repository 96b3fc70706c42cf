/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/**
 * A loaded PKCS#11 module, as far as calling it goes. What the arguments mean is {@link Cryptoki}'s matter. Thread-safe, as
 * far as the module is.
 */
interface CryptokiBackend {
    /** The bytes of a CK_ULONG and of a pointer: the one place that fixes the width. Structures are not packed. */
    int ULONG_BYTES = Long.BYTES;

    /** Native memory, filled with zeros. */
    NativeBlock allocate(int bytes);

    /**
     * Calls the module.
     *
     * @param arguments addresses and numbers, each one machine word
     * @return the CK_RV
     */
    long call(CryptokiFunction function, long... arguments);
}
