/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;

/**
 * One token in this process: its login, and its sessions. A session serves one thread at a time; after any error it is
 * closed and not used again, as some tokens leave an operation active in it. Thread-safe, but for {@link #enter} and {@link
 * #leave}, which the module guards.
 */
final class Pkcs11Token {
    private static final System.Logger LOG = System.getLogger(Pkcs11Token.class.getName());

    /** More threads than this wait for one another. */
    private static final int MAX_LEASED = 32;

    private final Pkcs11Module module;
    private final Cryptoki cryptoki;
    private final Pkcs11TokenInfo info;
    private final Semaphore leases;
    private final ConcurrentLinkedDeque<Long> idle = new ConcurrentLinkedDeque<>();
    private int users; // guarded by the module
    /** Held open because a token logs out with its last session. Guarded by the module. */
    private long anchor;

    private boolean loggedInHere; // guarded by the module

    Pkcs11Token(Pkcs11Module module, Cryptoki cryptoki, Pkcs11TokenInfo info) {
        this.module = module;
        this.cryptoki = cryptoki;
        this.info = info;
        long besidesAnchor = info.maxSessions() == 0 ? MAX_LEASED : info.maxSessions() - 1;
        this.leases = new Semaphore((int) Math.max(1, Math.min(besidesAnchor, MAX_LEASED)), true);
    }

    /** What is done in a session. */
    @FunctionalInterface
    interface Work<R, X extends Exception> {
        R in(long session) throws CryptokiException, X;
    }

    Pkcs11TokenInfo info() {
        return info;
    }

    Pkcs11Module module() {
        return module;
    }

    Cryptoki cryptoki() {
        return cryptoki;
    }

    long slot() {
        return info.slotId();
    }

    // ---- login -----------------------------------------------------------------------------------------------------

    void enter(Login login) throws CryptokiException {
        if (users == 0) {
            anchor = cryptoki.openSession(slot());
        }
        try {
            loggedInHere |= login.on(cryptoki, slot(), anchor);
        } catch (CryptokiException | RuntimeException | Error e) {
            if (users == 0) {
                closeQuietly(anchor);
            }
            throw e;
        }
        users++;
    }

    /** Whether that was the last user. */
    boolean leave() {
        users--;
        if (users > 0) {
            return false;
        }
        for (Long session = idle.poll(); session != null; session = idle.poll()) {
            closeQuietly(session);
        }
        if (loggedInHere) {
            try {
                cryptoki.logout(anchor);
            } catch (CryptokiException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> info + ": " + e.getMessage());
            }
        }
        closeQuietly(anchor);
        return true;
    }

    /** Whether private keys can't be seen, for want of a login. */
    boolean needsLogin() throws CryptokiException {
        return info.loginRequired() && !cryptoki.isUserLoggedIn(anchor);
    }

    // ---- sessions --------------------------------------------------------------------------------------------------

    /** Does {@code work} in a session that no other thread has; waits for one if too many are out. */
    <R, X extends Exception> R lease(Work<R, X> work) throws CryptokiException, X {
        try {
            leases.acquire();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyringException(
                    Reason.UNAVAILABLE, "interrupted while waiting for a session with token " + info, e);
        }
        try {
            Long waiting = idle.poll();
            long session = waiting != null ? waiting : cryptoki.openSession(slot());
            boolean clean = false;
            try {
                R result = work.in(session);
                clean = true;
                return result;
            } finally {
                if (clean) {
                    idle.push(session);
                } else {
                    closeQuietly(session);
                }
            }
        } finally {
            leases.release();
        }
    }

    /** Lets go of the sessions that wait, as after an error that says sessions are gone. */
    void dropIdleSessions() {
        List<Long> dropped = new ArrayList<>();
        for (Long session = idle.poll(); session != null; session = idle.poll()) {
            dropped.add(session);
        }
        dropped.forEach(this::closeQuietly);
    }

    private void closeQuietly(long session) {
        try {
            cryptoki.closeSession(session);
        } catch (CryptokiException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> info + ": " + e.getMessage());
        }
    }

    /** Ends this user's use. */
    void giveBack() {
        module.giveBack(this);
    }

    @Override
    public String toString() {
        return info.toString();
    }
}
