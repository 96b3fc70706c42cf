/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.MasterKeyOps;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * An AES key on a token that has no AES-GCM: GCM is put together here (NIST SP 800-38D, section 7), out of one C_Encrypt by
 * CKM_AES_ECB over the block of zeros, the first counter block and those of the data. The master key stays in the token; its
 * GHASH key is in this process for as long as that takes.
 */
final class EcbGcmMasterKey implements MasterKeyOps {
    private static final int BLOCK_BYTES = 16;
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;

    /** Far more than any data key: what is stored does not say how much the token computes. */
    private static final int MAX_BYTES = 256;

    private final Pkcs11Key key;
    private final long ecb;
    private final SecureRandom random;

    /** @param ecb the token's number for CKM_AES_ECB */
    EcbGcmMasterKey(Pkcs11Key key, long ecb, SecureRandom random) {
        this.key = key;
        this.ecb = ecb;
        this.random = random;
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        byte[] iv = new byte[IV_BYTES];
        random.nextBytes(iv);
        try (Blocks blocks = blocks(iv, plaintext.length)) {
            byte[] ciphertext = blocks.covered(plaintext);
            return ByteBuffer.allocate(IV_BYTES + ciphertext.length + TAG_BYTES)
                    .put(iv)
                    .put(ciphertext)
                    .put(blocks.tag(aad, ciphertext))
                    .array();
        }
    }

    @Override
    public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        if (sealed.length < IV_BYTES + TAG_BYTES) {
            throw new GeneralSecurityException("no room for IV and tag");
        }
        byte[] ciphertext = Arrays.copyOfRange(sealed, IV_BYTES, sealed.length - TAG_BYTES);
        try (Blocks blocks = blocks(Arrays.copyOf(sealed, IV_BYTES), ciphertext.length)) {
            byte[] tag = Arrays.copyOfRange(sealed, sealed.length - TAG_BYTES, sealed.length);
            if (!MessageDigest.isEqual(blocks.tag(aad, ciphertext), tag)) {
                throw new GeneralSecurityException("the tag is not right");
            }
            return blocks.covered(ciphertext);
        }
    }

    private Blocks blocks(byte[] iv, int dataBytes) throws GeneralSecurityException {
        if (dataBytes > MAX_BYTES) {
            throw new GeneralSecurityException("too long for a wrapped data key");
        }
        int dataBlocks = (dataBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
        ByteBuffer wanted = ByteBuffer.allocate((2 + dataBlocks) * BLOCK_BYTES).position(BLOCK_BYTES);
        for (int counter = 1; counter <= 1 + dataBlocks; counter++) {
            wanted.put(iv).putInt(counter);
        }
        byte[] input = wanted.array();
        byte[] output = key.use((cryptoki, session, handle) -> cryptoki.encrypt(session, handle, ecb, input));
        if (output.length != input.length) {
            Arrays.fill(output, (byte) 0);
            throw new GeneralSecurityException("the token gave " + output.length + " bytes for " + input.length);
        }
        return new Blocks(output);
    }

    /** What the token made of the blocks: the GHASH key, the tag's mask, the data's. */
    private static final class Blocks implements AutoCloseable {
        private final byte[] encrypted;

        Blocks(byte[] encrypted) {
            this.encrypted = encrypted;
        }

        byte[] covered(byte[] data) {
            byte[] covered = data.clone();
            for (int i = 0; i < data.length; i++) {
                covered[i] ^= encrypted[2 * BLOCK_BYTES + i];
            }
            return covered;
        }

        byte[] tag(byte[] aad, byte[] ciphertext) {
            byte[] hashKey = Arrays.copyOf(encrypted, BLOCK_BYTES);
            try (Ghash hash = new Ghash(hashKey)) {
                hash.update(aad);
                hash.update(ciphertext);
                hash.lengths(aad.length, ciphertext.length);
                byte[] tag = hash.value();
                for (int i = 0; i < TAG_BYTES; i++) {
                    tag[i] ^= encrypted[BLOCK_BYTES + i];
                }
                return tag;
            } finally {
                Arrays.fill(hashKey, (byte) 0);
            }
        }

        @Override
        public void close() {
            Arrays.fill(encrypted, (byte) 0);
        }
    }

    @Override
    public void close() {
        key.close();
    }
}
