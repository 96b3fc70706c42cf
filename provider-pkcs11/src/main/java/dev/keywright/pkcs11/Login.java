/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Quirks.LoginWay;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.Arrays;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * A login on a token, tried once. Whatever the outcome, it is not tried again: tokens lock after a few wrong PINs, and what
 * is on them is then lost.
 * Equal to none but itself, as two sources can give different PINs.
 */
final class Login {
    private final String keyringName;
    private final Supplier<char[]> pin;
    private final boolean evenOnFinalTry;
    private final LoginWay way;
    private boolean refused; // for the one who is alone in the module

    /**
     * A login, as the token says.
     *
     * @param keyringName whose login it is, for messages
     * @param pin asked only if it is needed; what it gives is wiped
     * @param evenOnFinalTry whether to try although one more wrong PIN locks the token
     */
    Login(String keyringName, Supplier<char[]> pin, boolean evenOnFinalTry) {
        this(keyringName, pin, evenOnFinalTry, LoginWay.AS_THE_TOKEN_SAYS);
    }

    /**
     * A login.
     *
     * @param keyringName whose login it is, for messages
     * @param pin asked only if it is needed; what it gives is wiped
     * @param evenOnFinalTry whether to try although one more wrong PIN locks the token
     * @param way whether to log in, and how
     */
    Login(String keyringName, Supplier<char[]> pin, boolean evenOnFinalTry, LoginWay way) {
        this.keyringName = keyringName;
        this.pin = pin;
        this.evenOnFinalTry = evenOnFinalTry;
        this.way = way;
    }

    /** Whether it ever logs in. */
    boolean logsIn() {
        return way != LoginWay.NONE;
    }

    /** Whether the PIN is entered at the token, whatever that says. */
    boolean asksAPerson() {
        return way == LoginWay.PROTECTED_PATH;
    }

    /** Whether it can be tried. */
    boolean isOpen() {
        return logsIn() && !refused;
    }

    /** The token refused it: it is never tried again. */
    void refused() {
        refused = true;
    }

    /** This login, for a process that was logged out: it never takes the last try. */
    Login byItself() {
        Login same = new Login(keyringName, pin, false, way);
        same.refused = refused;
        return same;
    }

    /**
     * Logs in, if that is needed: the state is the process's, and one login serves all sessions.
     *
     * @param wanted whose PIN it is: no other token gets it, though it be in the same slot
     * @param refusedPins what is not tried again on this token
     * @param logins counts those that are tried
     * @return whether this was the login; false if none was needed, or the process was logged in already, whereby the PIN is
     *     not checked
     */
    boolean on(Cryptoki cryptoki, Pkcs11TokenInfo wanted, long session, RefusedPins refusedPins, LongAdder logins)
            throws CryptokiException {
        Pkcs11TokenInfo token = cryptoki.tokenInfo(wanted.slotId()); // as it is now
        if (!wanted.isSameToken(token)) {
            throw new CryptokiException(CryptokiFunction.GET_TOKEN_INFO, ReturnValue.TOKEN_NOT_PRESENT.code);
        }
        if (way == LoginWay.NONE || !token.loginRequired() || cryptoki.isUserLoggedIn(session)) {
            return false;
        }
        refuseDangerous(token);
        if (refused) {
            throw new KeyringException(
                    Reason.DENIED,
                    keyringName + ": " + token + " refused this keyring's login before, so it was not tried again");
        }
        try {
            if (way == LoginWay.PROTECTED_PATH || token.protectedAuthenticationPath()) {
                logins.increment();
                cryptoki.login(session, null);
            } else {
                withPin(cryptoki, token, session, refusedPins, logins);
            }
            refusedPins.forget(token);
            return true;
        } catch (CryptokiException e) {
            if (e.is(ReturnValue.USER_ALREADY_LOGGED_IN)) {
                return false;
            }
            throw e;
        }
    }

    private void withPin(
            Cryptoki cryptoki, Pkcs11TokenInfo token, long session, RefusedPins refusedPins, LongAdder logins)
            throws CryptokiException {
        char[] loan = pin.get();
        if (loan == null || loan.length == 0) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    keyringName
                            + ": the PIN's source gave an empty PIN, so no login was tried; have it give the token's "
                            + "user PIN");
        }
        try {
            refuseWiped(loan);
            if (refusedPins.has(token, loan)) {
                throw new KeyringException(
                        Reason.DENIED,
                        keyringName + ": " + token
                                + " refused this PIN before in this process, so it was not tried again; mend the PIN's "
                                + "source, or, if the token has this PIN by now, begin a new process");
            }
            logins.increment();
            cryptoki.login(session, loan);
        } catch (CryptokiException e) {
            if (e.is(ReturnValue.PIN_INCORRECT)) {
                refusedPins.add(token, loan);
            }
            throw e;
        } finally {
            Arrays.fill(loan, '\0');
        }
    }

    /** A source that lends one array again and again has it wiped by the first login; that is no PIN to try. */
    private void refuseWiped(char[] loan) {
        for (char each : loan) {
            if (each != '\0') {
                return;
            }
        }
        throw new KeyringException(
                Reason.DENIED,
                keyringName
                        + ": the PIN's source gave an array that is wiped, so no login was tried; it is to give a "
                        + "new array each time");
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
