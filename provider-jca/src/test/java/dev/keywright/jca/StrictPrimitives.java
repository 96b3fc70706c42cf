/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.MessageCipher.Message;
import dev.keywright.wycheproof.NotOfferedException;
import dev.keywright.wycheproof.Primitives;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import javax.crypto.AEADBadTagException;

/** The strict cipher as an AES-GCM of 12-byte IVs, 16-byte tags and no additional data, which suite 0x0072 is. */
final class StrictPrimitives implements Primitives {
    private static final AlgorithmSuite SUITE = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;

    private final MessageCipher cipher;

    StrictPrimitives(Provider provider) {
        this.cipher = JcaMessageCipher.with(provider);
    }

    @Override
    public String name() {
        return "Keywright's strict cipher, " + cipher;
    }

    @Override
    public byte[] sealGcm(byte[] key, byte[] iv, byte[] aad, byte[] plaintext, int tagBits)
            throws GeneralSecurityException {
        requireShape(iv, aad, tagBits);
        try (ContentKey contentKey = contentKey(key, iv);
                Message message = cipher.encrypt(contentKey)) {
            return message.finish(ByteBuffer.wrap(plaintext));
        }
    }

    @Override
    public byte[] openGcm(byte[] key, byte[] iv, byte[] aad, byte[] ciphertextAndTag, int tagBits)
            throws GeneralSecurityException {
        requireShape(iv, aad, tagBits);
        try (ContentKey contentKey = contentKey(key, iv);
                Message message = cipher.decrypt(contentKey)) {
            return message.finish(ByteBuffer.wrap(ciphertextAndTag));
        } catch (IntegrityException e) {
            throw new AEADBadTagException(e.getMessage());
        }
    }

    private static void requireShape(byte[] iv, byte[] aad, int tagBits) throws NotOfferedException {
        if (iv.length != AesCiphers.NONCE_BYTES || tagBits != AesCiphers.TAG_BITS || aad.length > 0) {
            throw NotOfferedException.parameters(
                    "an IV of 12 bytes, a tag of 128 bits and no additional data are what suite 0x0072 has", null);
        }
    }

    private static ContentKey contentKey(byte[] key, byte[] iv) {
        try (DataKey dataKey = DataKey.adopt(key.clone())) {
            return ContentKeyDerivation.platform().forDecrypt(SUITE, dataKey, Bytes.copyOf(iv), Bytes.empty());
        }
    }
}
