/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.WrapAlgorithm;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.util.List;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.jspecify.annotations.Nullable;

/**
 * An RSA private key's legacy wraps. Decrypts, like {@link RsaOpener}; unpadded RSA, which a provider's bare {@code RSA} may
 * have meant to an old writer, is never tried.
 */
final class RsaLegacyOpener {
    static final Set<WrapAlgorithm> WRAPS = Set.of(WrapAlgorithm.RAW_RSA, WrapAlgorithm.RSA_OAEP_SHA256);

    /** The wrap's name means the first in the JDK's provider, and the second in BouncyCastle. */
    private static final List<MGF1ParameterSpec> MGF1 = List.of(MGF1ParameterSpec.SHA1, MGF1ParameterSpec.SHA256);

    private final Transformation pkcs1;
    private final Transformation oaep;
    private final PrivateKey key;
    private final @Nullable BigInteger modulus;

    RsaLegacyOpener(
            String name,
            PrivateKey key,
            @Nullable BigInteger modulus,
            @Nullable Provider provider,
            SecureRandom random) {
        this.pkcs1 = Transformation.onDemand(name, "RSA/ECB/PKCS1Padding", provider, random);
        this.oaep = RsaSealer.oaep(name, provider, random);
        this.key = key;
        this.modulus = modulus;
    }

    byte[] open(WrapAlgorithm wrap, byte[] sealed) throws GeneralSecurityException {
        RsaOpener.requireBelow(modulus, sealed);
        return switch (wrap) {
            case RAW_RSA -> pkcs1.doFinal(pkcs1.untriedDecryptor(key), sealed);
            case RSA_OAEP_SHA256 -> openOaep(sealed);
            default -> throw new UnsupportedOperationException(wrap.wireName());
        };
    }

    private byte[] openOaep(byte[] sealed) throws GeneralSecurityException {
        GeneralSecurityException failure = new InvalidAlgorithmParameterException("no variant of OAEP was tried");
        boolean tried = false;
        for (MGF1ParameterSpec mgf : MGF1) {
            try {
                Cipher cipher = oaep.cipher(Cipher.DECRYPT_MODE, key, parameters(mgf)); // some take but one of the two
                tried = true;
                return oaep.doFinal(cipher, sealed);
            } catch (GeneralSecurityException e) {
                failure = e;
            }
        }
        if (tried) {
            throw failure;
        }
        throw oaep.notTaken(failure);
    }

    private static OAEPParameterSpec parameters(MGF1ParameterSpec mgf) {
        return new OAEPParameterSpec("SHA-256", "MGF1", mgf, PSource.PSpecified.DEFAULT);
    }
}
