/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * EME-OAEP decoding without a label (RFC 8017, section 7.1.2, step 3). Which of the checks failed shows in nothing: neither in
 * what is said, nor in branches or addresses, lest the token become an oracle (Manger, 2001).
 */
final class OaepDecoding {
    private OaepDecoding() {}

    /**
     * The message.
     *
     * @param encoded what unpadded RSA gave, as long as the modulus; not changed
     * @param hash of the label, by JCA's name
     * @param mgfHash of MGF1, by JCA's name
     * @throws GeneralSecurityException if it is not what OAEP encodes
     */
    static byte[] decoded(byte[] encoded, String hash, String mgfHash) throws GeneralSecurityException {
        MessageDigest labelHash = MessageDigest.getInstance(hash);
        int h = labelHash.getDigestLength();
        if (encoded.length < 2 * h + 2) {
            throw new GeneralSecurityException("the modulus is too short for OAEP");
        }
        byte[] seed = Arrays.copyOfRange(encoded, 1, 1 + h);
        byte[] block = Arrays.copyOfRange(encoded, 1 + h, encoded.length);
        try {
            mask(seed, block, mgfHash);
            mask(block, seed, mgfHash);
            return message(encoded[0] & 0xff, block, labelHash.digest());
        } finally {
            Arrays.fill(seed, (byte) 0);
            Arrays.fill(block, (byte) 0);
        }
    }

    /** {@code block} is the hash, zeros, a one, the message: all of it is looked at whatever it holds. */
    private static byte[] message(int first, byte[] block, byte[] wantedHash) throws GeneralSecurityException {
        int h = wantedHash.length;
        int wrong = first;
        for (int i = 0; i < h; i++) {
            wrong |= block[i] ^ wantedHash[i];
        }
        int searching = -1; // all bits set until the one is met
        int start = 0;
        for (int i = h; i < block.length; i++) {
            int value = block[i] & 0xff;
            int isOne = isZero(value ^ 1);
            int isNeither = ~isOne & ~isZero(value);
            wrong |= searching & isNeither;
            start |= searching & isOne & (i + 1);
            searching &= ~isOne;
        }
        wrong |= searching;
        if (wrong != 0) {
            throw new GeneralSecurityException("it does not decode");
        }
        return Arrays.copyOfRange(block, start, block.length);
    }

    /** All bits set if {@code value}, which is no negative number, is 0, else none. */
    private static int isZero(int value) {
        return (value - 1) >> 31;
    }

    /** XORs with MGF1 of the seed (RFC 8017, appendix B.2.1). */
    private static void mask(byte[] target, byte[] seed, String hash) throws GeneralSecurityException {
        MessageDigest digest = MessageDigest.getInstance(hash);
        for (int counter = 0, at = 0; at < target.length; counter++) {
            digest.update(seed);
            digest.update(
                    new byte[] {(byte) (counter >>> 24), (byte) (counter >>> 16), (byte) (counter >>> 8), (byte) counter
                    });
            byte[] stretch = digest.digest();
            for (int i = 0; i < stretch.length && at < target.length; i++, at++) {
                target[at] ^= stretch[i];
            }
            Arrays.fill(stretch, (byte) 0);
        }
    }
}
