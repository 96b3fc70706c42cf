/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One token's login and sessions in this process. A session is leased to one thread and closed after any error, as some
 * tokens leave an operation active on it. One more session, the anchor, is kept for the login. Thread-safe.
 */
final class Pkcs11Token {
    private static final int MAX_IDLE_SESSIONS = 16;

    /** Work with a leased session. */
    @FunctionalInterface
    interface SessionCall<R extends @Nullable Object> {
        R on(long session) throws CryptokiException;
    }

    private final Pkcs11Module module;
    private final Cryptoki cryptoki;
    private final Pkcs11TokenInfo info;
    private final Deque<Long> idle = new ArrayDeque<>(); // guarded by itself
    private final Set<Long> discarded = ConcurrentHashMap.newKeySet();
    private @Nullable Long anchor; // guarded by this
    private boolean loggedInHere; // guarded by this
    int users; // guarded by the module

    Pkcs11Token(Pkcs11Module module, Pkcs11TokenInfo info) {
        this.module = module;
        this.cryptoki = module.cryptoki();
        this.info = info;
    }

    Pkcs11TokenInfo info() {
        return info;
    }

    Cryptoki cryptoki() {
        return cryptoki;
    }

    /**
     * Opens the anchor session and logs in, unless that was done. The login is per process and token: where somebody is
     * logged in already, the PIN is not looked at.
     *
     * @param pin asked only if it is needed; its array is wiped
     * @param evenOnFinalTry whether to log in although one more wrong PIN locks the token
     */
    synchronized void login(Supplier<char[]> pin, boolean evenOnFinalTry) {
        if (anchor != null) {
            return;
        }
        try {
            long session = cryptoki.openSession(info.slotId());
            boolean ready = false;
            try {
                Pkcs11TokenInfo now = cryptoki.tokenInfo(info.slotId());
                if (now.loginRequired()) {
                    loginOn(session, now, pin, evenOnFinalTry);
                }
                ready = true;
            } finally {
                if (!ready) {
                    closeQuietly(session);
                }
            }
            anchor = session;
        } catch (CryptokiException e) {
            throw CryptokiErrors.of(info.toString(), e);
        }
    }

    private void loginOn(long session, Pkcs11TokenInfo now, Supplier<char[]> pin, boolean evenOnFinalTry)
            throws CryptokiException {
        if (now.pinLocked()) {
            throw new KeyringException(Reason.DENIED, info + ": the user PIN is locked; the SO unlocks it");
        }
        if (now.finalTry() && !evenOnFinalTry) {
            throw new KeyringException(
                    Reason.DENIED,
                    info
                            + ": one more wrong PIN would lock it, so none was tried; log in once by other means, or allow "
                            + "the final try");
        }
        byte @Nullable [] encoded = now.protectedAuthenticationPath() ? null : utf8(pin.get());
        try {
            cryptoki.login(session, encoded);
            loggedInHere = true;
        } catch (CryptokiException e) {
            if (e.rv() != Ck.CKR_USER_ALREADY_LOGGED_IN) {
                throw e;
            }
        } finally {
            if (encoded != null) {
                Arrays.fill(encoded, (byte) 0);
            }
        }
    }

    /** Wipes {@code pin}. */
    private static byte[] utf8(char[] pin) {
        ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(pin));
        try {
            byte[] bytes = new byte[encoded.remaining()];
            encoded.get(bytes);
            return bytes;
        } finally {
            Arrays.fill(pin, '\0');
            encoded.clear();
            encoded.put(new byte[encoded.remaining()]);
        }
    }

    /**
     * Runs {@code call} on a session of its own. A session that was lost meanwhile is replaced, and the call made again,
     * once.
     */
    <R extends @Nullable Object> R withSession(SessionCall<R> call) throws CryptokiException {
        try {
            return leased(call);
        } catch (CryptokiException e) {
            if (e.rv() != Ck.CKR_SESSION_HANDLE_INVALID && e.rv() != Ck.CKR_SESSION_CLOSED) {
                throw e;
            }
            closeIdle();
            return leased(call);
        }
    }

    private <R extends @Nullable Object> R leased(SessionCall<R> call) throws CryptokiException {
        Long known;
        synchronized (idle) {
            known = idle.pollFirst();
        }
        long session = known == null ? cryptoki.openSession(info.slotId()) : known;
        boolean clean = false;
        try {
            R result = call.on(session);
            clean = true;
            return result;
        } finally {
            if (!clean || !keep(session)) {
                closeQuietly(session);
            }
        }
    }

    /** Has a leased session closed, not kept, when its call returns: an operation on it failed. */
    void discard(long session) {
        discarded.add(session);
    }

    private boolean keep(long session) {
        if (discarded.remove(session)) {
            return false;
        }
        synchronized (idle) {
            if (idle.size() == MAX_IDLE_SESSIONS) {
                return false;
            }
            idle.addFirst(session);
            return true;
        }
    }

    private void closeIdle() {
        synchronized (idle) {
            idle.forEach(this::closeQuietly);
            idle.clear();
        }
    }

    private void closeQuietly(long session) {
        try {
            cryptoki.closeSession(session);
        } catch (CryptokiException e) {
            Log.debug("closing a session of " + info, e);
        }
    }

    /** Lets go; the last user's letting go closes all sessions, and logs out if the login was made here. */
    void release() {
        // Under the module's lock, so that nobody takes the token up between its being forgotten and its logging out.
        synchronized (module) {
            if (module.releaseToken(this)) {
                closeIdle();
                endLogin();
            }
        }
    }

    private synchronized void endLogin() {
        Long session = anchor;
        if (session == null) {
            return;
        }
        anchor = null;
        if (loggedInHere) {
            loggedInHere = false;
            try {
                cryptoki.logout(session);
            } catch (CryptokiException e) {
                Log.debug("logging out of " + info, e);
            }
        }
        closeQuietly(session);
    }
}
