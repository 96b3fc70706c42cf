/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/** An RSA private key. Opens by decrypting: what is sealed is no key in itself, so a provider's unwrap may refuse it. */
final class RsaOpener {
    private final Transformation oaep;
    private final PrivateKey key;
    private final @Nullable BigInteger modulus;

    /** @param modulus null if neither half tells it */
    RsaOpener(Transformation oaep, PrivateKey key, @Nullable BigInteger modulus) {
        this.oaep = oaep;
        this.key = key;
        this.modulus = modulus;
    }

    byte[] open(byte[] sealed) throws GeneralSecurityException {
        requireBelow(modulus, sealed);
        return oaep.doFinal(oaep.cipher(Cipher.DECRYPT_MODE, key, RsaSealer.parameters()), sealed);
    }

    /** Providers answer other input each in their way, some with unchecked exceptions. */
    static void requireBelow(@Nullable BigInteger modulus, byte[] sealed) throws BadPaddingException {
        if (modulus != null
                && (sealed.length != (modulus.bitLength() + Byte.SIZE - 1) / Byte.SIZE
                        || new BigInteger(1, sealed).compareTo(modulus) >= 0)) {
            throw new BadPaddingException("not a number as long as the modulus, and below it");
        }
    }
}
