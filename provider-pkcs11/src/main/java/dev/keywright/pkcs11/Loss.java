/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.Optional;

/** What can get lost between a process and a token, from the least to the most. */
enum Loss {
    /** A session; another one will do. */
    SESSION,
    /** The login, which is one state for all sessions. */
    LOGIN,
    /** A key's handle: the login went, or the key. */
    KEY,
    /** Token, slot or module: nothing that was had from it is good any more. */
    MODULE;

    /** What a module's answer says is lost; empty if nothing, or it does not say. */
    static Optional<Loss> in(CryptokiException answer) {
        if (answer.isSessionGone() || answer.isSessionSpoilt()) {
            return Optional.of(SESSION);
        }
        if (answer.is(ReturnValue.USER_NOT_LOGGED_IN)) {
            return Optional.of(LOGIN);
        }
        if (answer.isKeyHandleGone()) {
            return Optional.of(KEY);
        }
        return answer.isDeviceGone() ? Optional.of(MODULE) : Optional.empty();
    }
}
