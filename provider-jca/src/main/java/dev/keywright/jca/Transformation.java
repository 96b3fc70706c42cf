/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.NoSuchPaddingException;
import org.jspecify.annotations.Nullable;

/** A master key's algorithm on one provider, or on the platform's that takes the key. Immutable. */
final class Transformation {
    private final String keyringName;
    private final String name;
    private final @Nullable Provider provider;
    private final SecureRandom random;

    private Transformation(String keyringName, String name, @Nullable Provider provider, SecureRandom random) {
        this.keyringName = keyringName;
        this.name = name;
        this.provider = provider;
        this.random = random;
    }

    /**
     * One that the keyring can't do without.
     *
     * @throws KeyringException with reason MISCONFIGURED if it is missing, naming algorithm and provider
     */
    static Transformation required(String keyringName, String name, @Nullable Provider provider, SecureRandom random) {
        Transformation transformation = new Transformation(keyringName, name, provider, random);
        transformation.cipher();
        return transformation;
    }

    /** One that few objects need: if it is missing, that is said when one of them is read. */
    static Transformation onDemand(String keyringName, String name, @Nullable Provider provider, SecureRandom random) {
        return new Transformation(keyringName, name, provider, random);
    }

    /**
     * A cipher ready for use.
     *
     * @param parameters null for an algorithm that has none
     * @throws KeyringException with reason MISCONFIGURED if the algorithm is missing, UNAVAILABLE if the provider failed
     * @throws GeneralSecurityException if the provider does not take key or parameters
     */
    Cipher cipher(int mode, Key key, @Nullable AlgorithmParameterSpec parameters) throws GeneralSecurityException {
        Cipher cipher = cipher();
        try {
            if (parameters == null) {
                cipher.init(mode, key, random);
            } else {
                cipher.init(mode, key, parameters, random);
            }
        } catch (ProviderException e) {
            throw failed(e);
        } catch (UnsupportedOperationException e) {
            throw new InvalidKeyException(e);
        }
        return cipher;
    }

    /**
     * As {@link #cipher(int, Key, AlgorithmParameterSpec)}, to decrypt with a key that was never tried on this algorithm:
     * that the provider does not take it says nothing of what is to be decrypted.
     *
     * @throws KeyringException also with reason MISCONFIGURED if the provider does not take the key
     */
    Cipher untriedDecryptor(Key key) {
        try {
            return cipher(Cipher.DECRYPT_MODE, key, null);
        } catch (GeneralSecurityException e) {
            throw notTaken(e);
        }
    }

    /** The provider has the algorithm, and takes not the key, or the parameters. */
    KeyringException notTaken(GeneralSecurityException cause) {
        return new KeyringException(
                Reason.MISCONFIGURED,
                keyringName + ": " + (provider == null ? "the platform" : "provider " + provider.getName())
                        + " can't decrypt by " + name + " with this key, and the object's key is wrapped so",
                cause);
    }

    private Cipher cipher() {
        try {
            return provider == null ? Cipher.getInstance(name) : Cipher.getInstance(name, provider);
        } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    keyringName + ": "
                            + (provider == null
                                    ? "no provider of the platform has "
                                    : "provider " + provider.getName() + " lacks ")
                            + name,
                    e);
        }
    }

    /** Finishes the cipher's work; a failing provider, such as a lost token's, is no wrong key. */
    byte[] doFinal(Cipher cipher, byte[] input) throws GeneralSecurityException {
        return doFinal(cipher, input, 0, input.length);
    }

    byte[] doFinal(Cipher cipher, byte[] input, int offset, int length) throws GeneralSecurityException {
        try {
            return cipher.doFinal(input, offset, length);
        } catch (ProviderException e) {
            throw failed(e);
        }
    }

    private KeyringException failed(ProviderException e) {
        return new KeyringException(
                Reason.UNAVAILABLE, keyringName + ": the provider of " + name + " failed: " + e.getMessage(), e);
    }
}
