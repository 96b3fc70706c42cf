/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.security.GeneralSecurityException;
import java.util.Set;

/**
 * The raw operation of a master key: all that most HSM plugins write. {@link Keyrings} adds wire layout, description
 * match, refusal of a context and error mapping.
 *
 * <p>Thread-safe. Arrays passed in are lent: neither kept nor changed. Arrays returned belong to the caller, who wipes
 * what is secret.
 */
public interface MasterKeyOps extends AutoCloseable {
    /** The half that wraps; enough for a node that only writes. */
    @FunctionalInterface
    interface Sealer {
        /**
         * Encrypts a data key.
         *
         * @param plaintext what to encrypt, at most 64 bytes
         * @param aad for {@link WrapAlgorithm#AES_GCM} the additional data; for RSA always empty
         * @return for {@link WrapAlgorithm#AES_GCM} nonce (12 bytes), ciphertext, tag (16 bytes), the nonce being the one
         *     the key's home really used; for {@link WrapAlgorithm#RSA_OAEP_SHA1} one block as long as the modulus
         * @throws KeyringException if the key can't be used just now, or may not be
         * @throws GeneralSecurityException if the operation fails for another cause; reported as {@link
         *     KeyringException.Reason#MISCONFIGURED}
         */
        byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException;
    }

    /** As {@link Sealer#seal}. */
    byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException;

    /**
     * Decrypts what {@link #seal} made.
     *
     * @return the plaintext, which the caller wipes
     * @throws KeyringException if the key can't be used just now, or may not be
     * @throws GeneralSecurityException if {@code sealed} does not open under this key; every cause is reported alike
     */
    byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException;

    /**
     * The legacy wraps that this key opens besides, of those that {@link WrapAlgorithm#isLegacy()} names; none by default. A
     * reader's switch decides whether they are ever asked for.
     */
    default Set<WrapAlgorithm> legacyWraps() {
        return Set.of();
    }

    /**
     * Decrypts a legacy wrap to the bare data key; nothing is ever wrapped so. The ciphers, each with explicit parameters:
     *
     * <ul>
     *   <li>{@link WrapAlgorithm#RAW_AES}: AES-ECB, PKCS#7 padding
     *   <li>{@link WrapAlgorithm#AES_WRAP}: RFC 3394 with its default initial value
     *   <li>{@link WrapAlgorithm#RAW_RSA}: RSAES-PKCS1-v1_5 (RFC 8017, section 7.2)
     *   <li>{@link WrapAlgorithm#RSA_OAEP_SHA256}: RSAES-OAEP with SHA-256, no label, and MGF1 with SHA-1 or, as some writers'
     *       providers had it, with SHA-256
     * </ul>
     *
     * @param wrap one of {@link #legacyWraps()}
     * @return the data key, which the caller wipes
     * @throws KeyringException if the key can't be used just now, or may not be
     * @throws GeneralSecurityException if {@code sealed} does not open under this key; every cause is reported alike
     */
    default byte[] openLegacy(WrapAlgorithm wrap, byte[] sealed) throws GeneralSecurityException {
        throw new UnsupportedOperationException(wrap.wireName());
    }

    /** Lets go of sessions and keys. Idempotent. */
    @Override
    default void close() {}
}
