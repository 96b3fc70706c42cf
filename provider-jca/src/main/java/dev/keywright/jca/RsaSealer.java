/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.jspecify.annotations.Nullable;

/** An RSA public key: seals by RSAES-OAEP with SHA-1, MGF1 with SHA-1 and no label (RFC 8017, section 7.1). */
final class RsaSealer implements MasterKeyOps.Sealer {
    private static final int MIN_BITS = 2048;

    private final Transformation oaep;
    private final RSAPublicKey key;

    RsaSealer(String name, PublicKey key, @Nullable Provider provider, SecureRandom random) {
        if (!(key instanceof RSAPublicKey rsa)) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    name + ": an RSA public key is wanted, and this one is " + key.getAlgorithm());
        }
        int bits = rsa.getModulus().bitLength();
        if (bits < MIN_BITS) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    name + ": an RSA key of " + bits + " bits is too short: at least " + MIN_BITS + " are wanted");
        }
        this.key = rsa;
        this.oaep = oaep(name, provider, random);
    }

    static Transformation oaep(String name, @Nullable Provider provider, SecureRandom random) {
        return Transformation.required(name, "RSA/ECB/OAEPPadding", provider, random);
    }

    /** The parameters of {@code RSA-OAEP-SHA1}, made out, as providers' defaults differ. */
    static OAEPParameterSpec parameters() {
        return new OAEPParameterSpec("SHA-1", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT);
    }

    Transformation oaep() {
        return oaep;
    }

    BigInteger modulus() {
        return key.getModulus();
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        return oaep.doFinal(oaep.cipher(Cipher.ENCRYPT_MODE, key, parameters()), plaintext);
    }
}
