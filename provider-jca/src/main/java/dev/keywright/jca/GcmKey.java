/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.LoanedKey;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;

/**
 * All that is computed once from an object's content key: the AES key, the hash key, and a few encrypted blocks. Wiped at
 * {@link #close()}. One thread at a time.
 */
final class GcmKey implements AutoCloseable {
    /** What sets the nonces of our own from the message's, so that their counter blocks never meet. */
    private static final byte[] OWN_NONCES = {0x5a, (byte) 0xa5, 0x33};

    private static final int GMAC_NONCES = 2;
    private static final int FIRST_OWN = 2 * AesCiphers.BLOCK_BYTES;

    private final AesCiphers ciphers;
    private final LoanedKey aes;
    private final byte[] iv;
    private final byte[] aad;
    private final Cipher ecb;
    private final HashKey hashKey;
    /** E(0), E(J0), E of the first counter block under each of our own nonces. */
    private final byte[] encrypted;

    private GcmKey(AesCiphers ciphers, byte[] key, byte[] iv, byte[] aad) throws GeneralSecurityException {
        this.ciphers = ciphers;
        this.iv = iv.clone();
        this.aad = aad.clone();
        this.ecb = ciphers.ecb();
        this.aes = LoanedKey.copyOf(key, "AES");
        byte[] blocks = new byte[FIRST_OWN + OWN_NONCES.length * AesCiphers.BLOCK_BYTES];
        counterBlock(iv, 1, blocks, AesCiphers.BLOCK_BYTES);
        for (int i = 0; i < OWN_NONCES.length; i++) {
            counterBlock(ownNonce(i), 1, blocks, FIRST_OWN + i * AesCiphers.BLOCK_BYTES);
        }
        try {
            ecb.init(Cipher.ENCRYPT_MODE, aes);
            if (ecb.doFinal(blocks, 0, blocks.length, blocks, 0) != blocks.length) {
                throw new GeneralSecurityException("AES-ECB gave another length than it was given");
            }
            this.encrypted = blocks;
            this.hashKey = new HashKey(blocks, 0);
        } catch (GeneralSecurityException | RuntimeException e) {
            Arrays.fill(blocks, (byte) 0);
            aes.close();
            AesCiphers.forget(ecb);
            throw e;
        }
    }

    /** Takes copies of what {@code key} lends: closing it later does not disturb this. */
    static GcmKey of(ContentKey key, AesCiphers ciphers) {
        return key.use((raw, iv, aad) -> of(raw, iv, aad, ciphers));
    }

    static GcmKey of(byte[] raw, byte[] iv, byte[] aad, AesCiphers ciphers) {
        try {
            return new GcmKey(ciphers, raw, iv, aad);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES can't be used with this content key", e);
        }
    }

    AesCiphers ciphers() {
        return ciphers;
    }

    /** The AES key, for {@code Cipher.init}; closed with this. */
    LoanedKey aes() {
        return aes;
    }

    HashKey hashKey() {
        return hashKey;
    }

    /** The additional data; not a copy. */
    byte[] aad() {
        return aad;
    }

    /** One of two nonces that are never the message's. */
    byte[] gmacNonce(int turn) {
        return ownNonce(turn % GMAC_NONCES);
    }

    /** Adds the mask of a GMAC tag under {@link #gmacNonce}. */
    void addGmacMask(int turn, long[] into) {
        GaloisField.add(into, encrypted, FIRST_OWN + (turn % GMAC_NONCES) * AesCiphers.BLOCK_BYTES);
    }

    /** Adds the mask of the message's tag, E(J0). */
    void addTagMask(long[] into) {
        GaloisField.add(into, encrypted, AesCiphers.BLOCK_BYTES);
    }

    /**
     * Says which key and IV a digest belongs to, and nothing more of them: an encrypted block that is neither keystream nor
     * mask of any tag.
     */
    long[] fingerprint() {
        long[] element = new long[2];
        GaloisField.load(encrypted, FIRST_OWN + GMAC_NONCES * AesCiphers.BLOCK_BYTES, element);
        return element;
    }

    /** The counter block that encrypts data block {@code n}. */
    byte[] counterBlock(long n) {
        byte[] block = new byte[AesCiphers.BLOCK_BYTES];
        counterBlock(iv, n + 2, block, 0);
        return block;
    }

    /** Encrypts one block into {@code out}. */
    void encryptBlock(byte[] block, byte[] out) throws GeneralSecurityException {
        if (ecb.doFinal(block, 0, AesCiphers.BLOCK_BYTES, out, 0) != AesCiphers.BLOCK_BYTES) {
            throw new GeneralSecurityException("one block in, not one block out");
        }
    }

    private byte[] ownNonce(int which) {
        byte[] nonce = iv.clone();
        nonce[nonce.length - 1] ^= OWN_NONCES[which];
        return nonce;
    }

    private static void counterBlock(byte[] iv, long counter, byte[] into, int offset) {
        System.arraycopy(iv, 0, into, offset, AesCiphers.NONCE_BYTES);
        for (int i = 0; i < 4; i++) {
            into[offset + AesCiphers.NONCE_BYTES + i] = (byte) (counter >>> (24 - 8 * i));
        }
    }

    @Override
    public void close() {
        if (!aes.isDestroyed()) {
            aes.close();
            hashKey.close();
            Arrays.fill(encrypted, (byte) 0);
            AesCiphers.forget(ecb);
        }
    }
}
