/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Quirks.GcmIv;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;

/** An AES key on a token: seals and opens by CKM_AES_GCM, or what the vendor has in its place. */
final class AesMasterKey implements MasterKeyOps {
    private static final int IV_BYTES = 12;
    private static final int TAG_BYTES = 16;
    private static final byte[] NO_IV = {};

    private final Pkcs11Key key;
    private final long mechanism;
    private final GcmIv ivSource;
    private final SecureRandom random;

    AesMasterKey(Pkcs11Key key, Pkcs11Quirks quirks, SecureRandom random) {
        this.key = key;
        this.mechanism = quirks.number(Pkcs11Mechanism.AES_GCM);
        this.ivSource = quirks.gcmIv();
        this.random = random;
    }

    /** Some tokens put an IV of their own in the place of the one they are given: the one that was used is kept. */
    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        Cryptoki.Sealed sealed = key.use(
                (cryptoki, session, handle) -> cryptoki.encryptGcm(session, handle, mechanism, iv(), aad, plaintext));
        byte[] whole = ivSource == GcmIv.TOKEN_PREPENDS ? sealed.output : joined(sealed);
        if (whole.length != IV_BYTES + plaintext.length + TAG_BYTES) {
            int before = ivSource == GcmIv.TOKEN_PREPENDS ? 0 : IV_BYTES;
            throw refused("the token gave " + (whole.length - before) + " bytes for " + plaintext.length + ", where "
                    + (before == 0 ? "an IV of " + IV_BYTES + " bytes, " : "") + "ciphertext and a tag of " + TAG_BYTES
                    + " bytes are wanted");
        }
        if (ivSource != GcmIv.HOST && Arrays.equals(whole, 0, IV_BYTES, new byte[IV_BYTES], 0, IV_BYTES)) {
            throw refused(
                    "the token was to make the IV, and made none: it is all zeros, which used twice gives the key's "
                            + "secrets away; set gcm-iv as this token has it");
        }
        return whole;
    }

    /** Fresh at each try; zeros for a token that writes over them. */
    private byte[] iv() {
        if (ivSource == GcmIv.TOKEN_PREPENDS) {
            return NO_IV;
        }
        byte[] iv = new byte[IV_BYTES];
        if (ivSource == GcmIv.HOST) {
            random.nextBytes(iv);
        }
        return iv;
    }

    private byte[] joined(Cryptoki.Sealed sealed) {
        if (sealed.iv.length != IV_BYTES) {
            throw refused("the token used an IV of " + sealed.iv.length + " bytes, and the S3 format has room for "
                    + IV_BYTES);
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
        boolean whole = ivSource == GcmIv.TOKEN_PREPENDS;
        byte[] iv = whole ? NO_IV : Arrays.copyOf(sealed, IV_BYTES);
        byte[] ciphertext = whole ? sealed : Arrays.copyOfRange(sealed, IV_BYTES, sealed.length);
        return key.decrypt(
                (cryptoki, session, handle) -> cryptoki.decryptGcm(session, handle, mechanism, iv, aad, ciphertext));
    }

    @Override
    public void close() {
        key.close();
    }
}
