/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class GhashTest {
    /** GCM's tag is GHASH, masked by the first counter block: so any GCM tells what GHASH is. */
    @Test
    void value_ofAnyLengths_isThatOfThePlatformsGcm() throws GeneralSecurityException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            byte[] key = new byte[32];
            byte[] iv = new byte[12];
            byte[] aad = new byte[random.nextInt(40)];
            byte[] plaintext = new byte[random.nextInt(70)];
            for (byte[] filled : new byte[][] {key, iv, aad, plaintext}) {
                random.nextBytes(filled);
            }
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
            gcm.updateAAD(aad);
            byte[] sealed = gcm.doFinal(plaintext);

            Cipher ecb = Cipher.getInstance("AES/ECB/NoPadding");
            ecb.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"));
            byte[] firstCounter = Arrays.copyOf(iv, 16);
            firstCounter[15] = 1;
            byte[] tag = ecb.doFinal(firstCounter);
            try (Ghash hash = new Ghash(ecb.doFinal(new byte[16]))) {
                hash.update(aad);
                hash.update(Arrays.copyOf(sealed, plaintext.length));
                hash.lengths(aad.length, plaintext.length);
                byte[] value = hash.value();
                for (int i = 0; i < tag.length; i++) {
                    tag[i] ^= value[i];
                }
            }
            assertThat(tag)
                    .as("seed " + seed + ", round " + round)
                    .isEqualTo(Arrays.copyOfRange(sealed, plaintext.length, sealed.length));
        }
    }

    @Test
    void close_forgets() {
        Ghash hash = new Ghash(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
        hash.update(new byte[] {1});
        hash.close();
        assertThat(hash.value()).containsOnly(0);
        hash.update(new byte[] {1});
        assertThat(hash.value()).containsOnly(0);
    }
}
