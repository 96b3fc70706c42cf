/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.util.Optional;

/**
 * A legacy wrap that a key of this type can have done, and whether this key opens it on its token.
 *
 * @param opening empty if it does not
 * @param why how it opens it, or what stands in the way
 */
record LegacyWrap(WrapAlgorithm algorithm, Optional<Opening> opening, String why) {
    /** Opens wrapped keys to bare data keys, which the caller wipes. Thread-safe. */
    @FunctionalInterface
    interface Opening {
        byte[] open(byte[] sealed) throws GeneralSecurityException;
    }

    static LegacyWrap opened(WrapAlgorithm algorithm, String how, Opening opening) {
        return new LegacyWrap(algorithm, Optional.of(opening), how);
    }

    static LegacyWrap notOpened(WrapAlgorithm algorithm, String obstacle) {
        return new LegacyWrap(algorithm, Optional.empty(), obstacle);
    }
}
