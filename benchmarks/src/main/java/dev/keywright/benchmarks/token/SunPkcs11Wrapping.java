/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/** The bare calls of the JDK's own provider, and nothing around them. */
final class SunPkcs11Wrapping implements AesWrapping {
    private static final int IV_BYTES = 12;
    private static final int TAG_BITS = 128;
    private static final int DATA_KEY_BYTES = 32;

    private final SecureRandom random = new SecureRandom();
    private final byte[] aad = "115".getBytes(StandardCharsets.US_ASCII);
    private final byte[] dataKey = new byte[DATA_KEY_BYTES];
    private final Provider provider = TokenKeys.sunPkcs11();
    private final SecretKey key = TokenKeys.sunAes(provider);
    private final byte[] ivOfWrapped = new byte[IV_BYTES];
    private final byte[] wrapped;

    SunPkcs11Wrapping() throws GeneralSecurityException, IOException {
        random.nextBytes(dataKey);
        this.wrapped = wrapped(ivOfWrapped);
    }

    @Override
    public byte[] wrap() throws GeneralSecurityException {
        return wrapped(new byte[IV_BYTES]);
    }

    private byte[] wrapped(byte[] iv) throws GeneralSecurityException {
        random.nextBytes(iv);
        return cipher(Cipher.ENCRYPT_MODE, iv).doFinal(dataKey);
    }

    @Override
    public byte[] unwrap() throws GeneralSecurityException {
        byte[] opened = cipher(Cipher.DECRYPT_MODE, ivOfWrapped).doFinal(wrapped);
        Arrays.fill(opened, (byte) 0);
        return opened;
    }

    private Cipher cipher(int mode, byte[] iv) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
        cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, iv));
        cipher.updateAAD(aad);
        return cipher;
    }
}
