/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.pkcs11.Pkcs11Primitives;
import dev.keywright.wycheproof.NotOfferedException;
import dev.keywright.wycheproof.Primitives;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A PKCS#11 token, as Wycheproof's vectors are held against it. HKDF is left out: content keys are derived in the process. */
final class TokenPrimitives implements Primitives {
    private static final int TAG_BITS = 128;

    private final Pkcs11Primitives token;
    private byte[] lastPkcs8 = new byte[0];
    private @Nullable RSAPrivateCrtKey lastRsaKey; // of the last case; a group of them has one

    TokenPrimitives(Pkcs11Primitives token) {
        this.token = token;
    }

    @Override
    public String name() {
        return token.token().label() + ", " + token.token().manufacturer() + " "
                + token.token().model() + " " + token.token().firmwareVersion();
    }

    private interface Work {
        byte[] run() throws GeneralSecurityException;
    }

    private static byte[] offered(String algorithm, Work work) throws GeneralSecurityException {
        try {
            return work.run();
        } catch (NoSuchAlgorithmException e) {
            throw NotOfferedException.algorithm(algorithm, e);
        } catch (InvalidKeyException | InvalidAlgorithmParameterException e) {
            throw NotOfferedException.parameters(String.valueOf(e.getMessage()), e);
        }
    }

    private static void requireTag(int tagBits) throws NotOfferedException {
        if (tagBits != TAG_BITS) {
            throw NotOfferedException.parameters("tags of " + tagBits + " bits are not asked of tokens", null);
        }
    }

    @Override
    public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
            throws GeneralSecurityException {
        requireTag(tagBits);
        return offered("CKM_AES_GCM", () -> token.encryptGcm(key, iv, aad, plaintext));
    }

    @Override
    public byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
            throws GeneralSecurityException {
        requireTag(tagBits);
        return offered("CKM_AES_GCM", () -> token.decryptGcm(key, iv, aad, ciphertextAndTag));
    }

    @Override
    public byte[] wrapKey(byte[] wrappingKey, byte[] key) throws GeneralSecurityException {
        return offered("CKM_AES_KEY_WRAP", () -> token.wrapKey(wrappingKey, key));
    }

    @Override
    public byte[] unwrapKey(byte[] wrappingKey, byte[] wrapped) throws GeneralSecurityException {
        return offered("CKM_AES_KEY_WRAP", () -> token.unwrapKey(wrappingKey, wrapped));
    }

    @Override
    public byte[] encryptCbc(byte[] key, byte[] iv, byte[] plaintext) throws GeneralSecurityException {
        return offered("CKM_AES_CBC_PAD", () -> token.encryptCbc(key, iv, plaintext));
    }

    @Override
    public byte[] decryptCbc(byte[] key, byte[] iv, byte[] ciphertext) throws GeneralSecurityException {
        return offered("CKM_AES_CBC_PAD", () -> token.decryptCbc(key, iv, ciphertext));
    }

    @Override
    public byte[] decryptOaep(byte[] pkcs8, String hash, String mgfHash, byte[] label, byte[] ciphertext)
            throws GeneralSecurityException {
        RSAPrivateCrtKey key = rsaKey(pkcs8);
        return offered("CKM_RSA_PKCS_OAEP", () -> token.decryptOaep(key, hash, mgfHash, label, ciphertext));
    }

    @Override
    public byte[] decryptPkcs1(byte[] pkcs8, byte[] ciphertext) throws GeneralSecurityException {
        RSAPrivateCrtKey key = rsaKey(pkcs8);
        return offered("CKM_RSA_PKCS", () -> token.decryptPkcs1(key, ciphertext));
    }

    private RSAPrivateCrtKey rsaKey(byte[] pkcs8) throws GeneralSecurityException {
        RSAPrivateCrtKey last = lastRsaKey;
        if (last == null || !Arrays.equals(pkcs8, lastPkcs8)) {
            if (!(KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8))
                    instanceof RSAPrivateCrtKey decoded)) {
                throw NotOfferedException.parameters("an RSA key without its primes can't be made on a token", null);
            }
            last = decoded;
            lastRsaKey = last;
            lastPkcs8 = pkcs8.clone();
        }
        return last;
    }
}
