/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import org.jspecify.annotations.Nullable;

/**
 * What can go wrong with an encrypted object, by who must act: {@link KeyringException} the operator of the keys, {@link
 * IntegrityException} security, {@link FormatException} the developer, {@link PolicyException} the owner of the policy.
 *
 * <p>Messages name objects, algorithms, keyrings and remedies; never key bytes, plaintext, PINs or context values.
 */
public abstract sealed class KeywrightException extends RuntimeException
        permits KeyringException, IntegrityException, FormatException, PolicyException {
    private static final long serialVersionUID = 1L;

    KeywrightException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * The same error, said of an object: an exception of the same type and kind whose message begins with {@code
     * subject}, and whose cause is this.
     */
    public abstract KeywrightException about(String subject);
}
