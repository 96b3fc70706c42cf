/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.NoSuchPaddingException;
import org.jspecify.annotations.Nullable;

/** A master key's algorithm on one provider, or on the platform's that takes the key. */
final class Transformation {
    private final String keyringName;
    private final String name;
    private final @Nullable Provider provider;
    private final SecureRandom random;

    /** @throws KeyringException with reason MISCONFIGURED if it is missing, naming algorithm and provider */
    Transformation(String keyringName, String name, @Nullable Provider provider, SecureRandom random) {
        this.keyringName = keyringName;
        this.name = name;
        this.provider = provider;
        this.random = random;
        cipher();
    }

    /** A cipher ready for {@code use}. */
    Cipher cipher(int mode, Key key, AlgorithmParameterSpec parameters) throws GeneralSecurityException {
        Cipher cipher = cipher();
        try {
            cipher.init(mode, key, parameters, random);
        } catch (ProviderException e) {
            throw failed(e);
        }
        return cipher;
    }

    private Cipher cipher() {
        try {
            return provider == null ? Cipher.getInstance(name) : Cipher.getInstance(name, provider);
        } catch (NoSuchAlgorithmException | NoSuchPaddingException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    keyringName + ": "
                            + (provider == null ? "no provider of the platform" : "provider " + provider.getName())
                            + " has " + name,
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
