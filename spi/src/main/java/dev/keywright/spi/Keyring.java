/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

/**
 * Wraps and opens data keys under one master key. The smallest way to write one is {@link MasterKeyOps} with {@link
 * Keyrings#of}; the contract in full is {@code docs/keyring-rules.md}, and its test kit is {@code KeyringContract}.
 *
 * <p>{@code toString()} names the keyring in errors and logs; it holds no secret.
 */
public interface Keyring extends KeyWrapper, KeyUnwrapper, AutoCloseable {
    /** Lets go of sessions and keys. Idempotent. Calls after it throw {@link IllegalStateException}. */
    @Override
    default void close() {}
}
