/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Quirks.LoginWay;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * A login on a token, tried once. Whatever the outcome, it is not tried again: tokens lock after a few wrong PINs, and what
 * is on them is then lost.
 *
 * @param keyringName whose login it is, for messages
 * @param pin asked only if it is needed; what it gives is wiped
 * @param evenOnFinalTry whether to try although one more wrong PIN locks the token
 * @param way whether to log in, and how
 */
record Login(String keyringName, Supplier<char[]> pin, boolean evenOnFinalTry, LoginWay way) {
    /** As the token says. */
    Login(String keyringName, Supplier<char[]> pin, boolean evenOnFinalTry) {
        this(keyringName, pin, evenOnFinalTry, LoginWay.AS_THE_TOKEN_SAYS);
    }

    /**
     * Logs in, if that is needed: the state is the process's, and one login serves all sessions.
     *
     * @return whether this was the login; false if none was needed, or the process was logged in already, whereby the PIN is
     *     not checked
     */
    boolean on(Cryptoki cryptoki, long slot, long session) throws CryptokiException {
        Pkcs11TokenInfo token = cryptoki.tokenInfo(slot); // as it is now
        if (way == LoginWay.NONE || !token.loginRequired() || cryptoki.isUserLoggedIn(session)) {
            return false;
        }
        refuseDangerous(token);
        try {
            if (way == LoginWay.PROTECTED_PATH || token.protectedAuthenticationPath()) {
                cryptoki.login(session, null);
            } else {
                withPin(cryptoki, session);
            }
            return true;
        } catch (CryptokiException e) {
            if (e.is(ReturnValue.USER_ALREADY_LOGGED_IN)) {
                return false;
            }
            throw e;
        }
    }

    private void withPin(Cryptoki cryptoki, long session) throws CryptokiException {
        char[] loan = pin.get();
        try {
            cryptoki.login(session, loan);
        } finally {
            Arrays.fill(loan, '\0');
        }
    }

    private void refuseDangerous(Pkcs11TokenInfo token) {
        if (token.pinLocked()) {
            throw new KeyringException(
                    Reason.DENIED,
                    keyringName + ": the user PIN of " + token + " is locked; its security officer can set a new one");
        }
        if (token.finalTry() && !evenOnFinalTry) {
            throw new KeyringException(
                    Reason.DENIED,
                    keyringName + ": one more wrong PIN locks " + token
                            + ", so none was tried; log in once by other means, or allow the final try");
        }
    }

    @Override
    public String toString() {
        return "Login[" + keyringName + "]";
    }
}
