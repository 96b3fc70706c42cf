/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

/** An AES key on a token: seals and opens by CKM_AES_GCM. */
final class AesMasterKey implements MasterKeyOps {
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;

    private final Pkcs11Key key;
    private final SecureRandom random;

    AesMasterKey(Pkcs11Key key, SecureRandom random) {
        this.key = key;
        this.random = random;
    }

    /** Some tokens put an IV of their own in the place of the one they are given: the one that was used is kept. */
    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        Cryptoki.Sealed sealed = key.use((cryptoki, session, handle) -> {
            byte[] iv = new byte[IV_BYTES]; // fresh at each try
            random.nextBytes(iv);
            return cryptoki.encryptGcm(session, handle, iv, aad, plaintext);
        });
        if (sealed.iv.length != IV_BYTES) {
            throw refused("the token used an IV of " + sealed.iv.length + " bytes, and the S3 format has room for "
                    + IV_BYTES);
        }
        if (sealed.output.length != plaintext.length + TAG_BYTES) {
            throw refused("the token gave " + sealed.output.length + " bytes for " + plaintext.length
                    + ", where ciphertext and a tag of " + TAG_BYTES + " bytes are wanted");
        }
        byte[] whole = Arrays.copyOf(sealed.iv, IV_BYTES + sealed.output.length);
        System.arraycopy(sealed.output, 0, whole, IV_BYTES, sealed.output.length);
        return whole;
    }

    private KeyringException refused(String what) {
        return new KeyringException(Reason.MISCONFIGURED, key.keyringName() + ": " + what);
    }

    @Override
    public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        if (sealed.length < IV_BYTES + TAG_BYTES) {
            throw new GeneralSecurityException("no room for IV and tag");
        }
        byte[] iv = Arrays.copyOf(sealed, IV_BYTES);
        byte[] ciphertext = Arrays.copyOfRange(sealed, IV_BYTES, sealed.length);
        return key.decrypt((cryptoki, session, handle) -> cryptoki.decryptGcm(session, handle, iv, aad, ciphertext));
    }

    @Override
    public void close() {
        key.close();
    }
}
