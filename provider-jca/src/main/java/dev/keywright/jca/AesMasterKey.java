/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.LoanedKey;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/** An AES master key: seals by AES-GCM under a fresh nonce; opens padded AES-ECB and RFC 3394 besides. */
final class AesMasterKey implements MasterKeyOps {
    private static final int TAG_BYTES = AesCiphers.TAG_BITS / Byte.SIZE;
    private static final Set<WrapAlgorithm> LEGACY = Set.of(WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_WRAP);

    private final Transformation gcm;
    private final Transformation paddedEcb;
    private final Transformation keyWrap;
    private final SecretKey key;
    private final @Nullable LoanedKey own;
    private final boolean inJvm;
    private final SecureRandom random;

    private AesMasterKey(
            String name,
            SecretKey key,
            @Nullable LoanedKey own,
            boolean inJvm,
            @Nullable Provider provider,
            SecureRandom random) {
        this.gcm = Transformation.required(name, "AES/GCM/NoPadding", provider, random);
        this.paddedEcb = Transformation.onDemand(name, "AES/ECB/PKCS5Padding", provider, random);
        this.keyWrap = Transformation.onDemand(name, "AESWrap", provider, random);
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
        return new AesMasterKey(name, key, null, encoded != null, provider, random);
    }

    /** Over a copy of the bytes, which {@link #close()} wipes. */
    static AesMasterKey owned(String name, byte[] raw, @Nullable Provider provider, SecureRandom random) {
        requireLength(name, raw.length);
        LoanedKey own = LoanedKey.copyOf(raw, "AES");
        try {
            return new AesMasterKey(name, own, own, true, provider, random);
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
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

    @Override
    public Set<WrapAlgorithm> legacyWraps() {
        return LEGACY;
    }

    /**
     * Both by decrypting: what an unwrap gives is a key object, which can't be wiped. A provider that lacks the algorithm,
     * or has it for whole key objects only, is named when an object needs it.
     */
    @Override
    public byte[] openLegacy(WrapAlgorithm wrap, byte[] sealed) throws GeneralSecurityException {
        Transformation transformation = switch (wrap) {
            case RAW_AES -> paddedEcb;
            case AES_WRAP -> keyWrap;
            default -> throw new UnsupportedOperationException(wrap.wireName());
        };
        Cipher cipher = transformation.untriedDecryptor(key);
        try {
            return transformation.doFinal(cipher, sealed);
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
