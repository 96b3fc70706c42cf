/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/**
 * Native memory and native calls, as little as Cryptoki needs. One implementation calls a real module; tests script
 * another. Addresses are plain numbers. Thread-safe.
 */
interface CryptokiBackend {
    /** Zeroed native memory. */
    long allocate(long bytes);

    /** Zeroes native memory and gives it back. */
    void free(long address, long bytes);

    void write(long address, byte[] bytes);

    byte[] read(long address, int length);

    /** Calls a function; arguments are CK_ULONGs and addresses. Gives its CK_RV. */
    long call(CryptokiFunction function, long... arguments);
}
