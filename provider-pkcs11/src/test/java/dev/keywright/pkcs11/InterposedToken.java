/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import com.sun.jna.Pointer;
import dev.keywright.testing.SoftHsm;
import java.util.function.LongUnaryOperator;

/** A SoftHSM token behind an {@link InterposedBackend}: keyrings on it see the module as the test bends it. */
final class InterposedToken implements AutoCloseable {
    /** Where CK_TOKEN_INFO has its flags and its bound on sessions. */
    private static final int FLAGS = 96;

    private static final int MAX_SESSION_COUNT = 104;

    /** Where CK_MECHANISM_INFO has its flags. */
    private static final int MECHANISM_FLAGS = 16;

    final SoftHsm token = SoftHsm.newToken();
    final InterposedBackend module = new InterposedBackend(token.module());
    private final Pkcs11Module bent = new Pkcs11Module(token.module(), module);

    Pkcs11Keyring.Builder builder(String keyLabel) {
        return builder(Pkcs11Uri.parse(token.uri(keyLabel)));
    }

    Pkcs11Keyring.Builder builder(Pkcs11Uri uri) {
        return Pkcs11Keyring.builder(uri).pin(token::pin).modules(path -> bent);
    }

    Pkcs11Keyring keyring(String keyLabel) {
        return builder(keyLabel).build();
    }

    /** A key itself, which the caller closes. */
    Pkcs11Key key(String keyLabel) {
        return Pkcs11Key.open(Pkcs11Uri.parse(token.uri(keyLabel)), bent, token::pin, false, Pkcs11Quirks.none());
    }

    Pkcs11Primitives primitives() {
        return Pkcs11Primitives.open(Pkcs11Uri.parse(token.uri("none")), bent, token::pin, Pkcs11Quirks.none());
    }

    /** Has the token say these flags besides its own. */
    void addTokenFlags(long flags) {
        changeTokenFlags(own -> own | flags);
    }

    /** Has the token keep these flags to itself. */
    void removeTokenFlags(long flags) {
        changeTokenFlags(own -> own & ~flags);
    }

    private void changeTokenFlags(LongUnaryOperator change) {
        module.interpose(CryptokiFunction.GET_TOKEN_INFO, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_TOKEN_INFO, arguments);
            Pointer info = new Pointer(arguments[1]);
            info.setLong(FLAGS, change.applyAsLong(info.getLong(FLAGS)));
            return result;
        });
    }

    /** Has the token say that a process can have this many sessions. */
    void sayMaxSessions(long sessions) {
        module.interpose(CryptokiFunction.GET_TOKEN_INFO, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_TOKEN_INFO, arguments);
            new Pointer(arguments[1]).setLong(MAX_SESSION_COUNT, sessions);
            return result;
        });
    }

    /** Has the token say other flags of a mechanism, a CKM_ number. */
    void changeMechanismFlags(long mechanism, LongUnaryOperator change) {
        module.interpose(CryptokiFunction.GET_MECHANISM_INFO, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_MECHANISM_INFO, arguments);
            if (arguments[1] != mechanism) {
                return result;
            }
            Pointer info = new Pointer(arguments[2]);
            info.setLong(MECHANISM_FLAGS, change.applyAsLong(info.getLong(MECHANISM_FLAGS)));
            return result;
        });
    }

    @Override
    public void close() {
        token.close();
    }
}
