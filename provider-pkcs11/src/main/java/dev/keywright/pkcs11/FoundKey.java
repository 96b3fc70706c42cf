/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;

/**
 * A key that was searched for.
 *
 * @param handle good until the token says otherwise
 * @param info what the token says of the key
 * @param modulus of an RSA key, as far as the token tells
 * @param checkValue its CKA_CHECK_VALUE; empty if the token does not give it
 * @param allowedMechanisms its CKA_ALLOWED_MECHANISMS; empty if it has none, and so allows all
 */
record FoundKey(
        long handle, Pkcs11KeyInfo info, Optional<BigInteger> modulus, Bytes checkValue, List<Long> allowedMechanisms) {
    /**
     * Whether nothing says that this is another key; of an AES key, the check value is all there is to tell it by. Its label
     * and what it is allowed to do may have been changed.
     */
    boolean isSameAs(FoundKey other) {
        return info.type() == other.info.type()
                && info.id().equals(other.info.id())
                && info.bits() == other.info.bits()
                && modulus.equals(other.modulus)
                && (checkValue.equals(other.checkValue) || checkValue.size() == 0 || other.checkValue.size() == 0);
    }
}
