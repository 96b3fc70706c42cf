/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

/**
 * The key under which one object's content is encrypted, with its IV and additional data. Made by {@link
 * ContentKeyDerivation} only, after the length and commitment checks; a content cipher never makes a nonce. Lent like
 * {@link DataKey}; closed by the core when the object's transfer ends.
 */
public sealed interface ContentKey extends AutoCloseable permits DerivedContentKey {
    /** The suite that this key is for. */
    AlgorithmSuite suite();

    /**
     * Lends copies for the length of the call; the key's copy is then wiped.
     *
     * @throws IllegalStateException if closed
     */
    <R extends @org.jspecify.annotations.Nullable Object> R use(KeyBody<R> body);

    /** Wipes the key. Idempotent. */
    @Override
    void close();

    /** What is done with the key. */
    @FunctionalInterface
    interface KeyBody<R extends @org.jspecify.annotations.Nullable Object> {
        /**
         * Uses the key; keeps none of the arrays.
         *
         * @param key the AES key, 16, 24 or 32 bytes
         * @param iv the 12-byte GCM IV, or the 16-byte IV of CBC
         * @param aad the additional authenticated data, empty or 2 bytes
         */
        R apply(byte[] key, byte[] iv, byte[] aad);
    }
}
