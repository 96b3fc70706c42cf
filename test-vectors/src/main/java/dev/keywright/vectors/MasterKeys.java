/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.KeyUnwrapper;

/** Whatever opens wrapped keys with a corpus's master keys. Thread-safe. */
@FunctionalInterface
public interface MasterKeys {
    /**
     * A keyring with this master key that is known by the case's materials description, or whose KMS answers as the case
     * records it. Stays the implementer's to close.
     */
    KeyUnwrapper keyring(VectorKey key, VectorCase vector);
}
