/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

/** A run of native memory, checked at its bounds. Closing it wipes it and gives it back. For one thread at a time. */
interface NativeBlock extends AutoCloseable {
    /** Where it is, for an argument or a pointer inside a structure; valid until it is closed. */
    long address();

    /** How long it is. */
    int bytes();

    /** Writes a CK_ULONG or a pointer. */
    void putUlong(int offset, long value);

    /** Reads a CK_ULONG. */
    long ulong(int offset);

    /** Writes bytes. */
    void put(int offset, byte[] bytes);

    /** Reads bytes. */
    byte[] get(int offset, int length);

    @Override
    void close();
}
