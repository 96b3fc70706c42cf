/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Provider} offers, by the JCA's standard names, every parameter given explicitly. HKDF is composed over its
 * {@code HmacSHA512}, as content keys are derived; GMAC is its MAC of that name, else GCM without plaintext. What it
 * refuses at {@code init} it does not offer; RSA keys are decoded by its own {@code KeyFactory}, else by the platform's.
 */
public final class JcaPrimitives implements Primitives {
    private static final int HASH_BYTES = 64;
    private static final int MAX_BLOCKS = 255;

    private final Provider provider;
    /** The key of the last RSA case: a group of cases has one, and some providers take long to check it. */
    private byte[] lastPkcs8 = new byte[0];

    private @Nullable Key lastRsaKey;

    private JcaPrimitives(Provider provider) {
        this.provider = provider;
    }

    /** Of this provider, registered or not. */
    public static JcaPrimitives of(Provider provider) {
        return new JcaPrimitives(provider);
    }

    @Override
    public String name() {
        return provider.getName() + " " + provider.getVersionStr();
    }

    @Override
    public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
            throws GeneralSecurityException {
        return gcm(Cipher.ENCRYPT_MODE, key, iv, aad, tagBits).doFinal(plaintext);
    }

    @Override
    public byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
            throws GeneralSecurityException {
        return gcm(Cipher.DECRYPT_MODE, key, iv, aad, tagBits).doFinal(ciphertextAndTag);
    }

    private Cipher gcm(int mode, byte[] key, byte[] iv, byte[] aad, int tagBits) throws GeneralSecurityException {
        Cipher cipher = cipher("AES/GCM/NoPadding");
        init(cipher, mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(tagBits, iv));
        cipher.updateAAD(aad);
        return cipher;
    }

    @Override
    public byte[] gmac(byte[] key, byte[] iv, byte[] message, int tagBits) throws GeneralSecurityException {
        if (provider.getService("Mac", "AES-GMAC") == null) {
            return Primitives.super.gmac(key, iv, message, tagBits);
        }
        Mac mac = Mac.getInstance("AES-GMAC", provider);
        offered(() -> mac.init(new SecretKeySpec(key, "AES"), new IvParameterSpec(iv)));
        return mac.doFinal(message);
    }

    @Override
    public byte[] wrapKey(byte[] wrappingKey, byte[] key) throws GeneralSecurityException {
        Cipher cipher = cipher("AES/KW/NoPadding", "AESWrap");
        init(cipher, Cipher.WRAP_MODE, new SecretKeySpec(wrappingKey, "AES"), null);
        return cipher.wrap(new RawKey(key));
    }

    @Override
    public byte[] unwrapKey(byte[] wrappingKey, byte[] wrapped) throws GeneralSecurityException {
        Cipher cipher = cipher("AES/KW/NoPadding", "AESWrap");
        init(cipher, Cipher.UNWRAP_MODE, new SecretKeySpec(wrappingKey, "AES"), null);
        return cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded();
    }

    @Override
    public byte[] encryptCbc(byte[] key, byte[] iv, byte[] plaintext) throws GeneralSecurityException {
        return cbc(Cipher.ENCRYPT_MODE, key, iv).doFinal(plaintext);
    }

    @Override
    public byte[] decryptCbc(byte[] key, byte[] iv, byte[] ciphertext) throws GeneralSecurityException {
        return cbc(Cipher.DECRYPT_MODE, key, iv).doFinal(ciphertext);
    }

    private Cipher cbc(int mode, byte[] key, byte[] iv) throws GeneralSecurityException {
        Cipher cipher = cipher("AES/CBC/PKCS5Padding");
        init(cipher, mode, new SecretKeySpec(key, "AES"), new IvParameterSpec(iv));
        return cipher;
    }

    @Override
    public byte[] decryptOaep(byte[] pkcs8, String hash, String mgfHash, byte[] label, byte[] ciphertext)
            throws GeneralSecurityException {
        Cipher cipher = cipher("RSA/ECB/OAEPPadding");
        init(
                cipher,
                Cipher.DECRYPT_MODE,
                rsaKey(pkcs8),
                new OAEPParameterSpec(hash, "MGF1", new MGF1ParameterSpec(mgfHash), new PSource.PSpecified(label)));
        return cipher.doFinal(ciphertext);
    }

    @Override
    public byte[] decryptPkcs1(byte[] pkcs8, byte[] ciphertext) throws GeneralSecurityException {
        Cipher cipher = cipher("RSA/ECB/PKCS1Padding");
        init(cipher, Cipher.DECRYPT_MODE, rsaKey(pkcs8), null);
        return cipher.doFinal(ciphertext);
    }

    private Key rsaKey(byte[] pkcs8) throws GeneralSecurityException {
        Key last = lastRsaKey;
        if (last == null || !Arrays.equals(pkcs8, lastPkcs8)) {
            last = decoded(pkcs8);
            lastRsaKey = last;
            lastPkcs8 = pkcs8.clone();
        }
        return last;
    }

    private Key decoded(byte[] pkcs8) throws GeneralSecurityException {
        KeyFactory factory = provider.getService("KeyFactory", "RSA") == null
                ? KeyFactory.getInstance("RSA")
                : KeyFactory.getInstance("RSA", provider);
        try {
            return factory.generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (InvalidKeySpecException e) {
            throw NotOfferedException.parameters("the key is refused: " + e.getMessage(), e);
        }
    }

    /** RFC 5869 over the provider's HMAC. */
    @Override
    public byte[] hkdfSha512(byte[] inputKey, byte[] salt, byte[] info, int length) throws GeneralSecurityException {
        Mac extract = hmac(salt.length == 0 ? new byte[HASH_BYTES] : salt);
        int blocks = (length + HASH_BYTES - 1) / HASH_BYTES;
        if (blocks > MAX_BLOCKS) {
            throw NotOfferedException.parameters(
                    "HKDF gives at most 255 hashes, and " + length + " bytes are asked", null);
        }
        Mac mac = hmac(extract.doFinal(inputKey));
        byte[] output = new byte[blocks * HASH_BYTES];
        byte[] block = new byte[0];
        for (int i = 0; i < blocks; i++) {
            mac.update(block);
            mac.update(info);
            block = mac.doFinal(new byte[] {(byte) (i + 1)});
            System.arraycopy(block, 0, output, i * HASH_BYTES, HASH_BYTES);
        }
        return Arrays.copyOf(output, length);
    }

    private Mac hmac(byte[] key) throws GeneralSecurityException {
        Mac mac;
        try {
            mac = Mac.getInstance("HmacSHA512", provider);
        } catch (NoSuchAlgorithmException e) {
            throw NotOfferedException.algorithm("HmacSHA512", e);
        }
        offered(() -> mac.init(new SecretKeySpec(key, "HmacSHA512")));
        return mac;
    }

    /** The first of these names that the provider has. */
    private Cipher cipher(String... names) throws GeneralSecurityException {
        GeneralSecurityException last = null;
        for (String name : names) {
            try {
                return Cipher.getInstance(name, provider);
            } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
                last = e;
            }
        }
        throw NotOfferedException.algorithm(String.join(" or ", List.of(names)), last);
    }

    private static void init(Cipher cipher, int mode, Key key, @Nullable AlgorithmParameterSpec parameters)
            throws NotOfferedException {
        offered(() -> {
            if (parameters == null) {
                cipher.init(mode, key);
            } else {
                cipher.init(mode, key, parameters);
            }
        });
    }

    private interface Init {
        void run() throws InvalidKeyException, InvalidAlgorithmParameterException;
    }

    /** No input was seen yet, so what is refused here is key or parameters. */
    private static void offered(Init init) throws NotOfferedException {
        try {
            init.run();
        } catch (InvalidKeyException
                | InvalidAlgorithmParameterException
                | IllegalArgumentException
                | UnsupportedOperationException e) {
            throw NotOfferedException.parameters("init refuses: " + e.getMessage(), e);
        }
    }

    /** A key to be wrapped: of any length, also none. */
    private static final class RawKey implements SecretKey {
        private static final long serialVersionUID = 1L;

        private final byte[] bytes;

        RawKey(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        @Override
        public String getAlgorithm() {
            return "AES";
        }

        @Override
        public String getFormat() {
            return "RAW";
        }

        @Override
        public byte[] getEncoded() {
            return bytes.clone();
        }
    }
}
