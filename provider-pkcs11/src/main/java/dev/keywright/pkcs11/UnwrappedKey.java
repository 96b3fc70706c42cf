/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.Arrays;

/**
 * A data key that C_UnwrapKey made an object of, for as long as it takes to read it. Closing it destroys the object. Should
 * the token refuse that, the error has the session closed, and the object goes with it.
 */
final class UnwrappedKey implements AutoCloseable {
    private final Pkcs11Key masterKey;
    private final Cryptoki cryptoki;
    private final long session;
    private final long object;
    private byte[] value = {};

    private UnwrappedKey(Pkcs11Key masterKey, Cryptoki cryptoki, long session, long object) {
        this.masterKey = masterKey;
        this.cryptoki = cryptoki;
        this.session = session;
        this.object = object;
    }

    /**
     * Unwraps by CKM_AES_KEY_WRAP (RFC 3394, its default initial value).
     *
     * @param mechanism the token's number for it
     */
    static UnwrappedKey of(
            Pkcs11Key masterKey, Cryptoki cryptoki, long session, long handle, long mechanism, byte[] wrapped)
            throws CryptokiException {
        Template template = Template.ofReadableSessionKey(masterKey.info().isPrivate());
        long object = cryptoki.unwrapKey(session, handle, mechanism, wrapped, template);
        return new UnwrappedKey(masterKey, cryptoki, session, object);
    }

    /**
     * The key's bytes, which the caller wipes.
     *
     * @throws KeyringException if the token does not give them out
     */
    byte[] read() throws CryptokiException {
        value = cryptoki.attribute(session, object, CKA_VALUE)
                .orElseThrow(() -> new KeyringException(
                        Reason.MISCONFIGURED,
                        masterKey.keyringName() + ": the token unwraps the object's data key by CKM_AES_KEY_WRAP, and "
                                + "does not let it out, which content encryption needs"));
        return value;
    }

    @Override
    public void close() throws CryptokiException {
        try {
            cryptoki.destroyObject(session, object);
        } catch (CryptokiException e) {
            Arrays.fill(value, (byte) 0); // nobody gets it any more
            throw e;
        }
    }
}
