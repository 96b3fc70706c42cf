/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import java.security.GeneralSecurityException;

/** A data key of 32 bytes under the token's AES key, by AES/GCM: with a fresh IV, and bound to the content's algorithm. */
interface AesWrapping extends AutoCloseable {
    /** Wraps the data key. */
    Object wrap() throws GeneralSecurityException;

    /** Opens what was wrapped once. */
    Object unwrap() throws GeneralSecurityException;

    @Override
    default void close() {}
}
