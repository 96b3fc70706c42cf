/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.jspecify.annotations.Nullable;

/** RSAES-OAEP with SHA-1 and MGF1-SHA-1: wrapping needs the public key only and is done here, opening is the token's. */
final class RsaTokenOps extends TokenOps {
    private static final OAEPParameterSpec OAEP_SHA1 =
            new OAEPParameterSpec("SHA-1", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT);

    private final RSAPublicKey publicKey;
    private final @Nullable Provider provider;

    RsaTokenOps(Pkcs11Key key, String name, RSAPublicKey publicKey, @Nullable Provider provider, Runnable release) {
        super(key, name, release);
        this.publicKey = publicKey;
        this.provider = provider;
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        String transformation = "RSA/ECB/OAEPPadding";
        Cipher cipher =
                provider == null ? Cipher.getInstance(transformation) : Cipher.getInstance(transformation, provider);
        cipher.init(Cipher.ENCRYPT_MODE, publicKey, OAEP_SHA1);
        return cipher.doFinal(plaintext);
    }

    @Override
    byte[] decrypt(Cryptoki cryptoki, long session, long handle, byte[] sealed, byte[] aad) throws CryptokiException {
        if (sealed.length != (publicKey.getModulus().bitLength() + 7) / 8) {
            throw new CryptokiException(CryptokiFunction.C_DECRYPT, Ck.CKR_ENCRYPTED_DATA_LEN_RANGE);
        }
        return cryptoki.decryptOaepSha1(session, handle, sealed);
    }
}
