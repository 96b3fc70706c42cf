/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import org.jspecify.annotations.Nullable;

/** A keyring could not do its work. The message names the keyring and the cause. */
public final class KeyringException extends KeywrightException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    public enum Reason {
        /** No keyring at hand opens the object: other algorithm or other materials description. */
        NO_MATCHING_KEY,
        /** The key's home refused: PIN, permission, key policy, disabled key. */
        DENIED,
        /** The key's home can't be reached, or is too busy, just now. */
        UNAVAILABLE,
        /** The caller's encryption context has no place in this wrap. */
        CANNOT_BIND_CONTEXT,
        /** The caller's encryption context is not the one the object was written with. */
        CONTEXT_MISMATCH,
        /** The keyring is set up wrongly: no such token, key or mechanism, ambiguous name, missing usage flag. */
        MISCONFIGURED
    }

    private final Reason reason;

    /** An error with its cause. */
    public KeyringException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    /** An error that begins here. */
    public KeyringException(Reason reason, String message) {
        this(reason, message, null);
    }

    /** Why. */
    public Reason reason() {
        return reason;
    }

    /** Whether the same call may succeed later with nothing changed: for {@link Reason#UNAVAILABLE} only. */
    public boolean isRetryable() {
        return reason == Reason.UNAVAILABLE;
    }

    @Override
    public KeyringException about(String subject) {
        return new KeyringException(reason, subject + ": " + getMessage(), this);
    }
}
