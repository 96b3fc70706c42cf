/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.security.SecureRandom;
import java.util.Arrays;

/** AES-GCM on the token: the host makes the nonce, and what the token really used is stored. */
final class AesTokenOps extends TokenOps {
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;

    private final SecureRandom random;

    AesTokenOps(Pkcs11Key key, String name, SecureRandom random, Runnable release) {
        super(key, name, release);
        this.random = random;
    }

    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        Cryptoki.GcmResult result =
                onToken((session, handle) -> cryptoki().encryptGcm(session, handle, nonce, aad, plaintext));
        int sealedBytes = result.ciphertextAndTag().size();
        if (sealedBytes != plaintext.length + TAG_BYTES) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    name() + ": AES-GCM on this token gave " + sealedBytes + " bytes for " + plaintext.length
                            + "; wanted ciphertext and a " + TAG_BYTES + "-byte tag");
        }
        byte[] sealed = Arrays.copyOf(result.iv().toByteArray(), NONCE_BYTES + sealedBytes);
        System.arraycopy(result.ciphertextAndTag().toByteArray(), 0, sealed, NONCE_BYTES, sealedBytes);
        return sealed;
    }

    @Override
    byte[] decrypt(Cryptoki cryptoki, long session, long handle, byte[] sealed, byte[] aad) throws CryptokiException {
        byte[] nonce = Arrays.copyOf(sealed, NONCE_BYTES);
        return cryptoki.decryptGcm(session, handle, nonce, aad, Arrays.copyOfRange(sealed, NONCE_BYTES, sealed.length));
    }
}
