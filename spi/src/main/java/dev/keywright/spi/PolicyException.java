/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import org.jspecify.annotations.Nullable;

/** The object could be read or written, and the configuration forbids it. The message names the switch. */
public final class PolicyException extends KeywrightException {
    private static final long serialVersionUID = 1L;

    /** An error with its cause. */
    public PolicyException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** An error that begins here. */
    public PolicyException(String message) {
        this(message, null);
    }

    @Override
    public PolicyException about(String subject) {
        return new PolicyException(subject + ": " + getMessage(), this);
    }
}
