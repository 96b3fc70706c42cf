/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import java.io.InputStream;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.CipherInputStream;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * A stored body that is made, not stored: a suite's encryption of a recipe's text (vector format, section 4). Made by the
 * platform's ciphers alone, so that it proves nothing by the code that is to read it.
 *
 * @param dataKey published with the corpus, and no secret
 * @param tag the body's last 16 bytes; empty for CBC
 * @param sha256 of the whole body, in hexadecimal
 */
public record BodyRecipe(Recipe plaintext, Bytes dataKey, Bytes tag, String sha256) {
    private static final int TAG_BITS = 128;
    private static final byte[] COMMITTING_SUITE = {0x00, 0x73};

    /** How long the body is. */
    long bytes(AlgorithmSuite suite) {
        return suite.tagBytes() > 0
                ? plaintext.bytes() + suite.tagBytes()
                : plaintext.bytes() - plaintext.bytes() % suite.ivBytes() + suite.ivBytes();
    }

    /** The body from its start; made as it is read. */
    InputStream open(AlgorithmSuite suite, Bytes ivOrMessageId) throws GeneralSecurityException {
        return new CipherInputStream(plaintext.open(), cipher(suite, ivOrMessageId.toByteArray()));
    }

    private Cipher cipher(AlgorithmSuite suite, byte[] ivOrMessageId) throws GeneralSecurityException {
        byte[] key = dataKey.toByteArray();
        if (suite.tagBytes() == 0) {
            Cipher cbc = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cbc.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new IvParameterSpec(ivOrMessageId));
            return cbc;
        }
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        if (suite.isCommitting()) {
            byte[] iv = new byte[12];
            Arrays.fill(iv, (byte) 1);
            byte[] derived = Arrays.copyOf(derive(key, ivOrMessageId), 32);
            gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(derived, "AES"), new GCMParameterSpec(TAG_BITS, iv));
            gcm.updateAAD(COMMITTING_SUITE);
        } else {
            gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, ivOrMessageId));
        }
        return gcm;
    }

    /** HKDF-SHA-512 (RFC 5869), of one block: the message id is the salt. */
    private static byte[] derive(byte[] dataKey, byte[] messageId) throws GeneralSecurityException {
        Mac hmac = Mac.getInstance("HmacSHA512");
        hmac.init(new SecretKeySpec(messageId, "HmacSHA512"));
        hmac.init(new SecretKeySpec(hmac.doFinal(dataKey), "HmacSHA512"));
        hmac.update(COMMITTING_SUITE);
        hmac.update(new byte[] {'D', 'E', 'R', 'I', 'V', 'E', 'K', 'E', 'Y', 1});
        return hmac.doFinal();
    }

    @Override
    public String toString() {
        return "BodyRecipe[" + plaintext + "]";
    }
}
