/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import org.jspecify.annotations.Nullable;

/** The object is not an encrypted one, or its envelope is malformed or of an unknown kind. */
public final class FormatException extends KeywrightException {
    private static final long serialVersionUID = 1L;

    /** Which of the two. */
    public enum Fault {
        /** No envelope was found: the object was not written by an S3 encryption client. */
        NOT_ENCRYPTED,
        /** An envelope was found, and is incomplete, mixed, malformed or unknown. */
        MALFORMED
    }

    private final Fault fault;

    /** An error with its cause. */
    public FormatException(Fault fault, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    /** An error that begins here. */
    public FormatException(Fault fault, String message) {
        this(fault, message, null);
    }

    /** Which of the two. */
    public Fault fault() {
        return fault;
    }

    @Override
    public FormatException about(String subject) {
        return new FormatException(fault, subject + ": " + getMessage(), this);
    }
}
