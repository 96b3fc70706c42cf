/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.LoanedKey;
import dev.keywright.spi.MasterKeyOps;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/** An AES master key: seals by AES-GCM under a fresh nonce. */
final class AesMasterKey implements MasterKeyOps {
    private static final int TAG_BYTES = AesCiphers.TAG_BITS / Byte.SIZE;

    private final Transformation gcm;
    private final SecretKey key;
    private final @Nullable LoanedKey own;
    private final boolean inJvm;
    private final SecureRandom random;

    private AesMasterKey(
            Transformation gcm, SecretKey key, @Nullable LoanedKey own, boolean inJvm, SecureRandom random) {
        this.gcm = gcm;
        this.key = key;
        this.own = own;
        this.inJvm = inJvm;
        this.random = random;
    }

    /** Over the caller's key, which {@link #close()} leaves alone. */
    static AesMasterKey lent(String name, SecretKey key, @Nullable Provider provider, SecureRandom random) {
        byte @Nullable [] encoded = key.getEncoded();
        if (encoded != null) {
            Arrays.fill(encoded, (byte) 0);
            requireLength(name, encoded.length);
        }
        return new AesMasterKey(gcm(name, provider, random), key, null, encoded != null, random);
    }

    /** Over a copy of the bytes, which {@link #close()} wipes. */
    static AesMasterKey owned(String name, byte[] raw, @Nullable Provider provider, SecureRandom random) {
        requireLength(name, raw.length);
        Transformation gcm = gcm(name, provider, random);
        LoanedKey own = LoanedKey.copyOf(raw, "AES");
        return new AesMasterKey(gcm, own, own, true, random);
    }

    private static Transformation gcm(String name, @Nullable Provider provider, SecureRandom random) {
        return new Transformation(name, "AES/GCM/NoPadding", provider, random);
    }

    private static void requireLength(String name, int bytes) {
        if (bytes != 16 && bytes != 24 && bytes != 32) {
            throw new KeyringException(
                    Reason.MISCONFIGURED, name + ": an AES key has 16, 24 or 32 bytes, and this one " + bytes);
        }
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        byte[] nonce = new byte[AesCiphers.NONCE_BYTES];
        random.nextBytes(nonce);
        Cipher cipher = gcm.cipher(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(AesCiphers.TAG_BITS, nonce));
        try {
            cipher.updateAAD(aad);
            byte[] sealed = gcm.doFinal(cipher, plaintext);
            byte[] used = cipher.getIV();
            if (used == null || used.length != nonce.length || sealed.length != plaintext.length + TAG_BYTES) {
                throw new GeneralSecurityException(
                        "the provider's AES-GCM gave no 12-byte nonce and 16-byte tag with the ciphertext");
            }
            byte[] whole = Arrays.copyOf(used, used.length + sealed.length);
            System.arraycopy(sealed, 0, whole, used.length, sealed.length);
            return whole;
        } finally {
            forget(cipher);
        }
    }

    @Override
    public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        int begin = AesCiphers.NONCE_BYTES;
        Cipher cipher = gcm.cipher(
                Cipher.DECRYPT_MODE, key, new GCMParameterSpec(AesCiphers.TAG_BITS, Arrays.copyOf(sealed, begin)));
        try {
            cipher.updateAAD(aad);
            return gcm.doFinal(cipher, sealed, begin, sealed.length - begin);
        } finally {
            forget(cipher);
        }
    }

    /** A key that never was in the JVM leaves nothing to forget. */
    private void forget(Cipher cipher) {
        if (inJvm) {
            AesCiphers.forget(cipher);
        }
    }

    @Override
    public void close() {
        if (own != null) {
            own.close();
        }
    }
}
