/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import dev.keywright.spi.KeyringException;
import java.security.GeneralSecurityException;

/**
 * An implementation under test, as what it can do with raw bytes. Each method does one thing once, or throws: {@link
 * NotOfferedException} if it does not claim to do this, and any other {@link GeneralSecurityException} to refuse the
 * input. An unchecked exception counts as a failure, but for {@link KeyringException}, which ends the run. What is not overridden is not offered. One thread at a time; nothing
 * passed in is secret.
 */
public interface Primitives {
    /** Its name and version, for reports. */
    String name();

    /** AES-GCM: ciphertext, then tag. */
    default byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
            throws GeneralSecurityException {
        throw NotOfferedException.algorithm("AES-GCM", null);
    }

    /** AES-GCM: the plaintext, once the tag verified. */
    default byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
            throws GeneralSecurityException {
        throw NotOfferedException.algorithm("AES-GCM", null);
    }

    /** AES-GMAC; by default as GCM of no plaintext. */
    default byte[] gmac(byte[] key, byte[] iv, byte[] message, int tagBits) throws GeneralSecurityException {
        return sealGcm(key, iv, message, new byte[0], tagBits);
    }

    /** Returns if the tag is the message's; by default as GCM of no plaintext. */
    default void verifyGmac(byte[] key, byte[] iv, byte[] message, byte[] tag) throws GeneralSecurityException {
        byte[] opened = openGcm(key, iv, message, tag, tag.length * Byte.SIZE);
        if (opened.length != 0) {
            throw new IllegalStateException("a tag alone was opened to " + opened.length + " bytes");
        }
    }

    /** AES key wrap: the wrapped key, 8 bytes longer. */
    default byte[] wrapKey(byte[] wrappingKey, byte[] key) throws GeneralSecurityException {
        throw NotOfferedException.algorithm("AES-KW", null);
    }

    /** AES key wrap: the key that was wrapped. */
    default byte[] unwrapKey(byte[] wrappingKey, byte[] wrapped) throws GeneralSecurityException {
        throw NotOfferedException.algorithm("AES-KW", null);
    }

    /** AES-CBC with the padding of PKCS #7. */
    default byte[] encryptCbc(byte[] key, byte[] iv, byte[] plaintext) throws GeneralSecurityException {
        throw NotOfferedException.algorithm("AES-CBC-PKCS5", null);
    }

    /** AES-CBC: the plaintext without its padding. */
    default byte[] decryptCbc(byte[] key, byte[] iv, byte[] ciphertext) throws GeneralSecurityException {
        throw NotOfferedException.algorithm("AES-CBC-PKCS5", null);
    }

    /**
     * RSAES-OAEP with MGF1.
     *
     * @param pkcs8 the private key, DER
     * @param hash JCA's name of the label's hash
     * @param mgfHash JCA's name of the mask's hash
     */
    default byte[] decryptOaep(byte[] pkcs8, String hash, String mgfHash, byte[] label, byte[] ciphertext)
            throws GeneralSecurityException {
        throw NotOfferedException.algorithm("RSA-OAEP", null);
    }

    /**
     * RSAES-PKCS1-v1_5.
     *
     * @param pkcs8 the private key, DER
     */
    default byte[] decryptPkcs1(byte[] pkcs8, byte[] ciphertext) throws GeneralSecurityException {
        throw NotOfferedException.algorithm("RSA PKCS #1 v1.5", null);
    }

    /**
     * HKDF-SHA-512, extract and expand.
     *
     * @param length how many bytes; more than 255 hashes must be refused
     */
    default byte[] hkdfSha512(byte[] inputKey, byte[] salt, byte[] info, int length) throws GeneralSecurityException {
        throw NotOfferedException.algorithm("HKDF-SHA-512", null);
    }
}
