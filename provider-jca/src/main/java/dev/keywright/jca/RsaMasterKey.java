/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.MasterKeyOps;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import org.jspecify.annotations.Nullable;

/** An RSA key pair. Opens by decrypting: what is sealed is no key in itself, so a provider's unwrap may refuse it. */
final class RsaMasterKey implements MasterKeyOps {
    private final RsaSealer sealer;
    private final PrivateKey privateKey;

    RsaMasterKey(String name, KeyPair pair, @Nullable Provider provider, SecureRandom random) {
        this.sealer = new RsaSealer(name, pair.getPublic(), provider, random);
        this.privateKey = pair.getPrivate();
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        return sealer.seal(plaintext, aad);
    }

    @Override
    public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        if (!sealer.canHaveSealed(sealed)) {
            throw new BadPaddingException("no number below the modulus");
        }
        Transformation oaep = sealer.oaep();
        return oaep.doFinal(oaep.cipher(Cipher.DECRYPT_MODE, privateKey, RsaSealer.parameters()), sealed);
    }
}
