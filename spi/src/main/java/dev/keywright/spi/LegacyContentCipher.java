/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.nio.ByteBuffer;

/**
 * Decrypts the unauthenticated content of the oldest objects, {@link AlgorithmSuite#ALG_AES_256_CBC_IV16_NO_KDF}: the bare
 * block mode, without padding, so that the one place that looks at the padding can treat every failure alike. There is no
 * way to encrypt. Thread-safe.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38A">NIST SP 800-38A, section 6.2</a>
 */
public interface LegacyContentCipher {
    /** Length of a block, in bytes. */
    int BLOCK_BYTES = 16;

    /**
     * Decrypts whole blocks, from any block of the content.
     *
     * @param key of the CBC suite; its IV stands before the first block
     * @param previous the block of ciphertext before these, or empty for the first ones
     * @param in whole blocks of ciphertext; consumed
     * @param out takes as many bytes; may be the same region
     * @throws IllegalArgumentException if the lengths are not those, or the key is of another suite
     */
    void decrypt(ContentKey key, Bytes previous, ByteBuffer in, ByteBuffer out);
}
