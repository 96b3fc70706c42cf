/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.jspecify.annotations.Nullable;

/**
 * An RSA private key on a token and its public half in software: RSAES-OAEP with SHA-1, MGF1 with SHA-1 and no label (RFC
 * 8017, section 7.1). What is public needs no token, and is far faster without.
 */
final class RsaMasterKey implements MasterKeyOps {
    private static final int MIN_BITS = 2048;
    private static final String PKCS1 = "RSA/ECB/PKCS1Padding";

    private final Pkcs11Key key;
    private final RSAPublicKey publicKey;
    private final @Nullable Provider provider;
    private final SecureRandom random;
    private final long oaep;

    RsaMasterKey(
            Pkcs11Key key,
            RSAPublicKey publicKey,
            @Nullable Provider provider,
            SecureRandom random,
            Pkcs11Quirks quirks) {
        this.key = key;
        this.oaep = quirks.number(Pkcs11Mechanism.RSA_PKCS_OAEP);
        this.publicKey = publicKey;
        this.provider = provider;
        this.random = random;
        int bits = publicKey.getModulus().bitLength();
        if (bits < MIN_BITS) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    key.keyringName() + ": an RSA key of " + bits + " bits is too short: at least " + MIN_BITS
                            + " are wanted");
        }
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        return encrypted(plaintext, "SHA-1", MGF1ParameterSpec.SHA1);
    }

    /** RSAES-OAEP under the public key, its parameters made out, as providers differ in what they take for given. */
    byte[] encrypted(byte[] plaintext, String hash, MGF1ParameterSpec mgf) throws GeneralSecurityException {
        Cipher cipher = cipher("RSA/ECB/OAEPPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                publicKey,
                new OAEPParameterSpec(hash, "MGF1", mgf, PSource.PSpecified.DEFAULT),
                random);
        return cipher.doFinal(plaintext);
    }

    /** Whether software has RSAES-PKCS1-v1_5, which a provider for FIPS 140 may not. */
    boolean encryptsByPkcs1() {
        try {
            cipher(PKCS1);
            return true;
        } catch (KeyringException e) {
            return false;
        }
    }

    /** RSAES-PKCS1-v1_5 under the public key: only to try what the token does with it. */
    byte[] encryptedByPkcs1(byte[] plaintext) throws GeneralSecurityException {
        Cipher cipher = cipher(PKCS1);
        cipher.init(Cipher.ENCRYPT_MODE, publicKey, random);
        return cipher.doFinal(plaintext);
    }

    private Cipher cipher(String name) {
        try {
            return provider == null ? Cipher.getInstance(name) : Cipher.getInstance(name, provider);
        } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    key.keyringName() + ": "
                            + (provider == null
                                    ? "no provider of the platform has "
                                    : "provider " + provider.getName() + " lacks ")
                            + name + ", which wrapping with the public key needs",
                    e);
        }
    }

    @Override
    public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        return decryptedByOaep(sealed, CKM_SHA_1, CKG_MGF1_SHA1);
    }

    /**
     * RSAES-OAEP without a label, on the token.
     *
     * @param hash a CKM_ number
     * @param mgf a CKG_ number
     */
    byte[] decryptedByOaep(byte[] sealed, long hash, long mgf) throws GeneralSecurityException {
        return decrypted(
                sealed,
                (cryptoki, session, handle) ->
                        cryptoki.decryptOaep(session, handle, oaep, hash, mgf, new byte[0], sealed));
    }

    /** Unpadded, on the token: a number as long as the modulus, which the caller wipes. */
    byte[] decryptedRaw(byte[] sealed, long mechanism) throws GeneralSecurityException {
        byte[] number =
                decrypted(sealed, (cryptoki, session, handle) -> cryptoki.decrypt(session, handle, mechanism, sealed));
        try { // some tokens leave leading zeros out, of which every encoded message has one
            byte[] whole = new byte[sealed.length];
            System.arraycopy(number, 0, whole, sealed.length - number.length, number.length);
            return whole;
        } finally {
            Arrays.fill(number, (byte) 0);
        }
    }

    /** On the token, if {@code sealed} is as long as the modulus, and below it; tokens differ in what they say to the rest. */
    byte[] decrypted(byte[] sealed, Pkcs11Key.Work<byte[]> work) throws GeneralSecurityException {
        BigInteger modulus = publicKey.getModulus();
        if (sealed.length != (modulus.bitLength() + Byte.SIZE - 1) / Byte.SIZE
                || new BigInteger(1, sealed).compareTo(modulus) >= 0) {
            throw new GeneralSecurityException("no number below the modulus");
        }
        return key.decrypt(work);
    }

    @Override
    public void close() {
        key.close();
    }
}
