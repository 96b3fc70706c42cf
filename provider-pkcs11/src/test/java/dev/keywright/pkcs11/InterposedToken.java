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

    final SoftHsm token = SoftHsm.newToken();
    final InterposedBackend module = new InterposedBackend(token.module());
    private final Pkcs11Module bent = new Pkcs11Module(token.module(), module);

    Pkcs11Keyring.Builder builder(String keyLabel) {
        return Tokens.builder(token, keyLabel).modules(path -> bent);
    }

    Pkcs11Keyring keyring(String keyLabel) {
        return builder(keyLabel).build();
    }

    Pkcs11Primitives primitives() {
        return Pkcs11Primitives.open(Pkcs11Uri.parse(token.uri("none")), bent, token::pin);
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

    @Override
    public void close() {
        token.close();
    }
}
