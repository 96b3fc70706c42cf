/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.MasterKeyOps;
import java.security.GeneralSecurityException;
import java.util.Optional;

/** A master key's operations on a token; closing them lets go of the token. */
abstract class TokenOps implements MasterKeyOps {
    private final Pkcs11Key key;
    private final String name;
    private final Runnable release;

    TokenOps(Pkcs11Key key, String name, Runnable release) {
        this.key = key;
        this.name = name;
        this.release = release;
    }

    /** Decrypts on the token. */
    abstract byte[] decrypt(Cryptoki cryptoki, long session, long handle, byte[] sealed, byte[] aad)
            throws CryptokiException;

    final <R> R onToken(Pkcs11Key.KeyCall<R> call) {
        try {
            return key.with(call);
        } catch (CryptokiException e) {
            throw CryptokiErrors.of(name, e);
        }
    }

    final Cryptoki cryptoki() {
        return key.token().cryptoki();
    }

    final String name() {
        return name;
    }

    @Override
    public final byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        Optional<byte[]> opened = onToken((session, handle) -> {
            try {
                return Optional.of(decrypt(cryptoki(), session, handle, sealed, aad));
            } catch (CryptokiException e) {
                if (!CryptokiErrors.maybeBadData(e) || !cryptoki().answers(session)) {
                    throw e;
                }
                key.token().discard(session);
                return Optional.empty();
            }
        });
        return opened.orElseThrow(DoesNotOpenException::new);
    }

    @Override
    public final void close() {
        release.run();
    }
}
