/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import org.jspecify.annotations.Nullable;

/**
 * Something does not verify: the wrapped key, the key commitment, or the content. Inside one check the message is the
 * same for every cause.
 */
public final class IntegrityException extends KeywrightException {
    private static final long serialVersionUID = 1L;

    /** What did not verify. */
    public enum Stage {
        /** The wrapped data key does not open under the master key, or is bound to another content algorithm. */
        WRAPPED_KEY,
        /** The data key is not the one the envelope commits to. */
        COMMITMENT,
        /** The content is altered, truncated or extended, or a segment of it is not what was sent or seen before. */
        CONTENT
    }

    private final Stage stage;

    /** An error with its cause. */
    public IntegrityException(Stage stage, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.stage = stage;
    }

    /** An error that begins here. */
    public IntegrityException(Stage stage, String message) {
        this(stage, message, null);
    }

    /** What did not verify. */
    public Stage stage() {
        return stage;
    }

    @Override
    public IntegrityException about(String subject) {
        return new IntegrityException(stage, subject + ": " + getMessage(), this);
    }
}
