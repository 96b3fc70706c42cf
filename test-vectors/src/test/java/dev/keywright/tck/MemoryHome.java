/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import dev.keywright.spi.KeyringException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** An AES master key in memory, behind a door that can jam and a guard that can refuse. */
class MemoryHome implements BackEnd {
    private static final int NONCE_BYTES = 12;

    private final SecureRandom random = new SecureRandom();
    private final AtomicLong calls = new AtomicLong();
    private final byte[] masterKey = new byte[32];
    private volatile boolean down;
    private volatile boolean denied;

    MemoryHome() {
        random.nextBytes(masterKey);
    }

    byte[] masterKey() {
        return masterKey.clone();
    }

    byte[] seal(byte[] plaintext, byte[] aad) {
        byte[] nonce = new byte[NONCE_BYTES];
        random.nextBytes(nonce);
        return seal(nonce, plaintext, aad);
    }

    byte[] seal(byte[] nonce, byte[] plaintext, byte[] aad) {
        answer();
        try {
            byte[] sealed = Arrays.copyOf(nonce, NONCE_BYTES + plaintext.length + 16);
            cipher(Cipher.ENCRYPT_MODE, nonce, aad).doFinal(plaintext, 0, plaintext.length, sealed, NONCE_BYTES);
            return sealed;
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        answer();
        return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, NONCE_BYTES), aad)
                .doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
    }

    /** As an old client did it (RFC 3394), which the home never does. */
    byte[] sealedByOldClient(byte[] plaintext) {
        try {
            return keyWrap(Cipher.ENCRYPT_MODE).doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    byte[] openLegacy(byte[] sealed) throws GeneralSecurityException {
        answer();
        return keyWrap(Cipher.DECRYPT_MODE).doFinal(sealed);
    }

    private Cipher keyWrap(int mode) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AESWrap");
        cipher.init(mode, new SecretKeySpec(masterKey, "AES"));
        return cipher;
    }

    void answer() {
        calls.incrementAndGet();
        if (down) {
            throw new KeyringException(KeyringException.Reason.UNAVAILABLE, "the home is down");
        }
        if (denied) {
            throw new KeyringException(KeyringException.Reason.DENIED, "the home refuses");
        }
    }

    private Cipher cipher(int mode, byte[] nonce, byte[] aad) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(masterKey, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(aad);
        return cipher;
    }

    @Override
    public void breakDown() {
        down = true;
    }

    @Override
    public void mend() {
        down = false;
    }

    @Override
    public void deny() {
        denied = true;
    }

    @Override
    public void allow() {
        denied = false;
    }

    @Override
    public long calls() {
        return calls.get();
    }
}
