/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.interfaces.RSAKey;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An RSA key pair: seals and opens by RSAES-OAEP with SHA-1; opens PKCS#1 v1.5, and OAEP with SHA-256, besides. */
final class RsaMasterKey implements MasterKeyOps {
    private final RsaSealer sealer;
    private final RsaOpener opener;
    private final RsaLegacyOpener legacyOpener;

    RsaMasterKey(String name, KeyPair pair, @Nullable Provider provider, SecureRandom random) {
        this.sealer = new RsaSealer(name, pair.getPublic(), provider, random);
        requireSameModulus(name, pair.getPrivate());
        this.opener = new RsaOpener(sealer.oaep(), pair.getPrivate(), sealer.modulus());
        this.legacyOpener = new RsaLegacyOpener(name, pair.getPrivate(), sealer.modulus(), provider, random);
    }

    /** Where the private key shows it; a trial finds out the rest, and some providers throw what they like on it. */
    private void requireSameModulus(String name, PrivateKey privateKey) {
        if (privateKey instanceof RSAKey rsa && !rsa.getModulus().equals(sealer.modulus())) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    name + ": the two halves do not belong together: their moduli differ");
        }
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        return sealer.seal(plaintext, aad);
    }

    @Override
    public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        return opener.open(sealed);
    }

    @Override
    public Set<WrapAlgorithm> legacyWraps() {
        return RsaLegacyOpener.WRAPS;
    }

    @Override
    public byte[] openLegacy(WrapAlgorithm wrap, byte[] sealed) throws GeneralSecurityException {
        return legacyOpener.open(wrap, sealed);
    }
}
