/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Status.State;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One token in this process: its login, and its sessions. A session serves one thread at a time; after any error it is
 * closed and not used again, as some tokens leave an operation active in it. Thread-safe, but for what says that it is for
 * the one who is alone in the module.
 */
final class Pkcs11Token {
    private static final System.Logger LOG = System.getLogger(Pkcs11Token.class.getName());
    private static final int NOT_ATTACHED = -1;
    private static final long NO_SESSION = 0;

    private final Pkcs11Module module;
    private final Cryptoki cryptoki;
    private final TokenOptions options;
    private final LongSupplier nanoClock;
    private final SessionPool pool;
    private final TokenRecovery recovery;
    private final LongAdder operations = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final LongAdder logins = new LongAdder();

    private volatile Pkcs11TokenInfo info; // its slot may change
    private volatile int generation = NOT_ATTACHED; // the module's, of which all handles are
    private final AtomicLong epoch = new AtomicLong();

    /** Held open because a token logs out with its last session; lent only where there is no other. */
    private volatile long anchor;

    private final AtomicBoolean anchorLent = new AtomicBoolean();
    private final AtomicInteger opened = new AtomicInteger(); // besides the anchor

    /** One session is opened or closed at a time: tpm2-pkcs11 does both without a lock, and gives two threads the same one. */
    private final ReentrantLock opening = new ReentrantLock();

    private final List<Login> users = new ArrayList<>(); // as all below, changed by the one who is alone
    private @Nullable Login verified; // the one that the token took
    private boolean loggedInHere;

    Pkcs11Token(
            Pkcs11Module module,
            Cryptoki cryptoki,
            Pkcs11TokenInfo info,
            TokenOptions options,
            LongSupplier nanoClock) {
        this.module = module;
        this.cryptoki = cryptoki;
        this.info = info;
        this.options = options;
        this.nanoClock = nanoClock;
        long besidesAnchor = info.maxSessions() == 0 ? options.maxSessions() : info.maxSessions() - 1;
        this.pool = new SessionPool(
                info.toString(),
                (int) Math.max(1, Math.min(besidesAnchor, options.maxSessions())),
                options.waitMillis());
        this.recovery = new TokenRecovery(new Connection(), options, nanoClock);
    }

    /** What is done in a session. */
    @FunctionalInterface
    interface Work<R, X extends Exception> {
        R in(long session) throws CryptokiException, X;
    }

    /** What uses the token. */
    @FunctionalInterface
    interface Use<R, X extends Exception> {
        R run() throws CryptokiException, X;
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

    /** For what is lost on this token besides. */
    BackOff newBackOff() {
        return new BackOff(options.firstBackOffMillis(), options.largestBackOffMillis(), nanoClock);
    }

    long slot() {
        return info.slotId();
    }

    /** Changes whenever key handles may have ended. */
    long epoch() {
        return epoch.get();
    }

    /** What it has been doing. */
    Pkcs11Status status() {
        return new Pkcs11Status(
                recovery.state(),
                info.toString(),
                recovery.trouble(),
                recovery.nextTryMillis(),
                operations.sum(),
                failures.sum(),
                pool.size(),
                opened.get() + (anchor == NO_SESSION ? 0 : 1),
                pool.idle(),
                pool.waiting(),
                logins.sum(),
                recovery.tried(),
                recovery.succeeded());
    }

    // ---- for the one who is alone ----------------------------------------------------------------------------------

    /** Logs in, if that is needed, and adds a user. */
    void enter(Login login) throws CryptokiException {
        if (users.isEmpty() || recovery.state() == State.DENIED) {
            attachFirst(login);
        } else {
            if (!isAttached()) {
                recovery.revive();
                epoch.incrementAndGet();
            }
            logInMending(login);
        }
        users.add(login);
    }

    /** Logs in on a token in use, of which nobody may have noticed yet that something is lost. */
    private void logInMending(Login login) throws CryptokiException {
        try {
            logIn(login, login);
        } catch (CryptokiException e) {
            if (e.from(CryptokiFunction.LOGIN)) {
                throw e; // this login is not tried twice
            }
            mendUnnoticed(e);
            logIn(login, login);
        }
    }

    /** Mends what has turned out to be lost otherwise than by use; not after a refused login. */
    void mendUnnoticed(CryptokiException failure) throws CryptokiException {
        if (isAttached()) {
            recovery.mend(failure);
        } else if (recovery.state() == State.DENIED) {
            throw failure;
        } else {
            recovery.revive();
        }
        epoch.incrementAndGet();
    }

    private void attachFirst(Login login) throws CryptokiException {
        try {
            attach(login, login);
        } catch (CryptokiException | RuntimeException | Error e) {
            if (users.isEmpty()) {
                letGo();
            }
            throw e;
        }
        epoch.incrementAndGet();
        recovery.up();
    }

    /** Takes a user away; whether that was the last. */
    boolean leave(Login login) {
        users.remove(login);
        if (!users.isEmpty()) {
            return false;
        }
        if (generation == module.generation()) {
            closeIdle();
            if (loggedInHere && anchor != NO_SESSION) {
                try {
                    cryptoki.logout(anchor);
                } catch (CryptokiException e) {
                    LOG.log(System.Logger.Level.DEBUG, () -> info + ": " + e.getMessage());
                }
            }
        }
        letGo();
        recovery.closed();
        return true;
    }

    /** Closes what is open, if it still is what was opened. */
    private void letGo() {
        if (generation == module.generation()) {
            closeIdle();
            closeQuietly(anchor);
        } else {
            pool.drain();
            opened.set(0);
        }
        anchor = NO_SESSION;
        anchorLent.set(false);
        generation = NOT_ATTACHED;
    }

    private void closeIdle() {
        for (long session : pool.drain()) {
            if (session != anchor) {
                closeQuietly(session);
            }
        }
        opened.set(0);
        anchorLent.set(false);
    }

    private void attach(Login login, Login whose) throws CryptokiException {
        letGo();
        pool.restore();
        info = module.locate(info);
        anchor = openSession();
        generation = module.generation();
        logIn(login, whose);
    }

    /**
     * Where there was a login to do, key handles of before have ended with the one before: some tokens give the same numbers to
     * other keys.
     *
     * @param whose the login of which {@code login} is a form
     */
    private void logIn(Login login, Login whose) throws CryptokiException {
        if (login.on(cryptoki, info, anchor, module.refusedPins(), logins)) {
            loggedInHere = true;
            verified = whose;
            epoch.incrementAndGet();
        }
    }

    /**
     * The login that the token took, if its keyring is still open; else the newest that it has not refused; else one that
     * tries nothing.
     */
    private Login known() {
        Login taken = verified;
        if (taken != null && users.contains(taken)) {
            return taken;
        }
        return newest(Login::isOpen)
                .or(() -> newest(Login::logsIn)) // which says why it can't be tried, if a login is needed
                .orElseGet(() -> users.get(users.size() - 1));
    }

    private Optional<Login> newest(Predicate<Login> wanted) {
        return users.stream().filter(wanted).reduce((older, newer) -> newer);
    }

    private boolean answers() {
        try {
            cryptoki.isUserLoggedIn(anchor);
            return info.isSameToken(cryptoki.tokenInfo(slot()));
        } catch (CryptokiException e) {
            return false;
        }
    }

    private boolean isWell() {
        return isAttached() && answers();
    }

    private boolean needsAPerson() {
        return isWell() && (info.protectedAuthenticationPath() || users.stream().anyMatch(Login::asksAPerson));
    }

    /** What recovery does with this token. */
    private final class Connection implements TokenRecovery.Connection {
        @Override
        public Pkcs11TokenInfo info() {
            return info;
        }

        @Override
        public boolean answers() {
            return Pkcs11Token.this.answers();
        }

        @Override
        public boolean isLoggedOut() {
            try {
                return Pkcs11Token.this.isLoggedOut(anchor);
            } catch (CryptokiException e) {
                return false;
            }
        }

        @Override
        public void mendInPlace() throws CryptokiException {
            closeIdle();
            try {
                cryptoki.isUserLoggedIn(anchor);
            } catch (CryptokiException e) {
                if (!e.isSessionGone()) {
                    throw e;
                }
                anchor = openSession();
            }
            logInByItself(login -> logIn(login.byItself(), login));
        }

        @Override
        public void attach() throws CryptokiException {
            logInByItself(login -> Pkcs11Token.this.attach(login.byItself(), login));
        }

        @Override
        public boolean areOthersWell() {
            return module.besides(Pkcs11Token.this).anyMatch(Pkcs11Token::isWell);
        }

        @Override
        public boolean doOthersNeedAPerson() {
            return module.besides(Pkcs11Token.this).anyMatch(Pkcs11Token::needsAPerson);
        }

        @Override
        public void beginModuleAnew(boolean finalisedByOthers) throws CryptokiException {
            if (!finalisedByOthers) {
                letGo(); // while the handles are good
            }
            module.beginAnew(finalisedByOthers);
        }
    }

    private interface Step {
        void by(Login login) throws CryptokiException;
    }

    /**
     * A login that the token refused is not tried again. No refusal is what says that the token was lost, that memory is short or
     * that the login was cancelled; but a failure without a reason is taken for one, as the try may have been counted.
     */
    private void logInByItself(Step step) throws CryptokiException {
        Login login = known();
        try {
            step.by(login);
        } catch (CryptokiException e) {
            if (e.from(CryptokiFunction.LOGIN) && !e.saysNothingOfThePin()) {
                login.refused();
                verified = null;
                throw recovery.denied(new KeyringException(Reason.DENIED, String.valueOf(e.getMessage()), e));
            }
            throw e;
        } catch (KeyringException e) {
            throw e.reason() == Reason.DENIED ? recovery.denied(e) : e;
        }
    }

    // ---- use -------------------------------------------------------------------------------------------------------

    boolean isAttached() {
        return recovery.state() == State.UP && generation == module.generation() && anchor != NO_SESSION;
    }

    /** Whoever finalised the module before, it is initialised now. */
    void moduleBeganAnew() {
        recovery.moduleBeganAnew();
    }

    /** Fails if it was lost, and is not to be tried yet. */
    void failFast() {
        if (recovery.state() == State.DOWN) {
            recovery.failFast();
        }
    }

    /** Whether private keys can't be seen, for want of a login. */
    boolean needsLogin(long session) throws CryptokiException {
        return info.loginRequired() && !cryptoki.isUserLoggedIn(session);
    }

    /** The same, though a keyring on it logs in: other code of this process logged out. For who has a lease, or is alone. */
    boolean isLoggedOut(long session) throws CryptokiException {
        return users.stream().anyMatch(Login::logsIn) && needsLogin(session);
    }

    /**
     * Runs what uses the token. Should it fail because session, login, key handle, token or module were lost, that is mended,
     * and it is run once more.
     *
     * @throws CryptokiException if it fails otherwise, or again
     * @throws KeyringException if the token can't be used just now, or its login is refused
     */
    <R, X extends Exception> R mending(Use<R, X> use) throws CryptokiException, X {
        operations.increment();
        try {
            return worked(use.run());
        } catch (CryptokiException e) {
            failures.increment();
            mend(e);
        }
        try {
            return worked(use.run());
        } catch (CryptokiException e) {
            failures.increment();
            module.runAlone(options.waitMillis(), info.toString(), () -> {
                if (epoch.get() == e.epoch()) {
                    recovery.lostAgain(e);
                }
            });
            throw e;
        }
    }

    private <R> R worked(R result) {
        recovery.worked();
        return result;
    }

    private void mend(CryptokiException failure) throws CryptokiException {
        if (Loss.in(failure).isEmpty() && !failure.isVague()) {
            throw failure;
        }
        module.runAlone(options.waitMillis(), info.toString(), () -> {
            if (!isAttached()) {
                recovery.revive();
                epoch.incrementAndGet();
            } else if (epoch.get() == failure.epoch()) { // else another thread has mended it
                recovery.mend(failure);
                epoch.incrementAndGet();
            }
        });
    }

    private void ready() {
        if (!isAttached()) {
            recovery.failFast(); // without waiting for anybody
            module.runAlone(options.waitMillis(), info.toString(), () -> {
                if (!isAttached()) {
                    recovery.revive();
                    epoch.incrementAndGet();
                }
            });
        }
    }

    /**
     * Does {@code work} in a session that no other thread has; waits for one if too many are out. Until it ends, no handle
     * ends by our doing.
     */
    <R, X extends Exception> R lease(Work<R, X> work) throws CryptokiException, X {
        return lease(true, work);
    }

    /** The same in a session of its own, that ends with the work, and with it what was made in it. */
    <R, X extends Exception> R leaseNew(Work<R, X> work) throws CryptokiException, X {
        return lease(false, work);
    }

    private <R, X extends Exception> R lease(boolean reused, Work<R, X> work) throws CryptokiException, X {
        while (true) {
            ready();
            pool.enter();
            boolean shrunk = false;
            try {
                module.beginUse(options.waitMillis(), info.toString());
                try {
                    if (isAttached()) { // else it was lost while we waited
                        long session = session(reused);
                        if (session != NO_SESSION) {
                            return inSession(session, reused, work);
                        }
                        shrunk = true;
                    }
                } catch (CryptokiException e) {
                    throw e.in(epoch.get());
                } finally {
                    module.endUse();
                }
            } finally {
                if (shrunk) {
                    pool.shrink();
                } else {
                    pool.leave();
                }
            }
        }
    }

    /** A session; none if the token has no more than those that are lent. */
    private long session(boolean reused) throws CryptokiException {
        long idle = reused || info.maxSessions() == 1 ? pool.takeIdle() : NO_SESSION;
        if (idle != NO_SESSION) {
            return idle;
        }
        if (info.maxSessions() == 1) {
            return anchorLent.compareAndSet(false, true) ? anchor : NO_SESSION;
        }
        try {
            long session = openSession();
            opened.incrementAndGet();
            return session;
        } catch (CryptokiException e) {
            if (!e.is(ReturnValue.SESSION_COUNT) || !reused) {
                throw e;
            }
            if (opened.get() == 0 && anchorLent.compareAndSet(false, true)) {
                return anchor;
            }
            if (pool.size() == 1) {
                throw e; // nobody else has one: other processes have them all
            }
            return NO_SESSION;
        }
    }

    private <R, X extends Exception> R inSession(long session, boolean reused, Work<R, X> work)
            throws CryptokiException, X {
        boolean clean = false;
        try {
            R result = work.in(session);
            clean = true;
            return result;
        } finally {
            if (clean && reused) {
                pool.keep(session);
            } else {
                discard(session);
            }
        }
    }

    private void discard(long session) {
        if (session == anchor) { // and with it the login
            anchor = NO_SESSION;
            anchorLent.set(false);
        } else {
            opened.decrementAndGet();
        }
        closeQuietly(session);
    }

    private long openSession() throws CryptokiException {
        Pkcs11Module.lock(opening, options.waitMillis(), info + ": another session is being opened");
        try {
            return cryptoki.openSession(slot(), options.readWrite());
        } finally {
            opening.unlock();
        }
    }

    private void closeQuietly(long session) {
        if (session == NO_SESSION) {
            return;
        }
        opening.lock();
        try {
            cryptoki.closeSession(session);
        } catch (CryptokiException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> info + ": " + e.getMessage());
        } finally {
            opening.unlock();
        }
    }

    /** Ends the use by the keyring whose login that was. */
    void giveBack(Login login) {
        module.giveBack(this, login);
    }

    @Override
    public String toString() {
        return info.toString();
    }
}
