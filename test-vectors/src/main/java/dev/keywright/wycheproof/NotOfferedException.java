/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/** An implementation does not claim to do what a case asks of it; which is no failure. */
public final class NotOfferedException extends GeneralSecurityException {
    private static final long serialVersionUID = 1L;

    private final boolean wholeAlgorithm;

    private NotOfferedException(boolean wholeAlgorithm, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.wholeAlgorithm = wholeAlgorithm;
    }

    /** It has no such algorithm at all. */
    public static NotOfferedException algorithm(String name, @Nullable Throwable cause) {
        return new NotOfferedException(true, name + " is not offered", cause);
    }

    /** It has the algorithm, but not with this key or these parameters; said before any input was looked at. */
    public static NotOfferedException parameters(String why, @Nullable Throwable cause) {
        return new NotOfferedException(false, why, cause);
    }

    /** Whether all cases of the algorithm must come out so. */
    boolean isWholeAlgorithm() {
        return wholeAlgorithm;
    }
}
