/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * One module in this process, whoever uses it: there is one object for each real file, since the module's state (initialised
 * or not, logged in or not) is the process's. Initialised for its first user, finalised after its last, unless other
 * code initialised it. Thread-safe: what uses a token runs beside others of its kind; what opens, closes, logs in or mends
 * runs alone in the module, so that nothing is finalised under a call, and no handle outlives what it is a handle of.
 */
final class Pkcs11Module {
    private static final System.Logger LOG = System.getLogger(Pkcs11Module.class.getName());

    /** Guarded by itself. Never emptied: a library stays loaded. */
    private static final Map<Path, Pkcs11Module> LOADED = new HashMap<>();

    private final Path path;
    private final Cryptoki cryptoki;
    private final LongSupplier nanoClock;
    private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();
    private final List<Pkcs11Token> tokens = new ArrayList<>(); // those in use; as all below, for the one who is alone
    private int users;
    private boolean initializedHere;
    private final AtomicInteger generation =
            new AtomicInteger(); // how often it was initialised anew, which ends all handles
    private Optional<String> initArgument = Optional.empty();
    private final RefusedPins refusedPins = new RefusedPins();

    Pkcs11Module(Path path, CryptokiBackend backend, LongSupplier nanoClock) {
        this.path = path;
        this.nanoClock = nanoClock;
        this.cryptoki = new Cryptoki(new GatedBackend(backend, calls.readLock()));
    }

    /**
     * The module in this file, loaded.
     *
     * @throws KeyringException with reason MISCONFIGURED if there is no such file, or it is no PKCS#11 module
     */
    static Pkcs11Module at(Path path) {
        Path real;
        try {
            real = path.toRealPath();
        } catch (IOException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED, "PKCS#11 module " + path + ": there is no such file; check module-path", e);
        }
        synchronized (LOADED) {
            Pkcs11Module module = LOADED.get(real);
            if (module == null) {
                module = new Pkcs11Module(real, JnaBackend.load(real), System::nanoTime);
                LOADED.put(real, module);
            }
            return module;
        }
    }

    /** All tokens in its slots, blank ones too; without a login. */
    List<Pkcs11TokenInfo> list(Optional<String> reserved) {
        return alone(TokenOptions.DEFAULT.waitMillis(), path.toString(), () -> {
            takeInitArgument(reserved);
            enter();
            try {
                return initializedPresent();
            } catch (CryptokiException e) {
                throw e.of(path.toString());
            } finally {
                leave();
            }
        });
    }

    /**
     * The token that is meant, logged in. One object for all who use it; each gives it back.
     *
     * @param login used only if nobody is logged in, and later to log in again
     * @param options heeded only if nobody uses the token
     * @param reserved what the module is to be initialised with, if it is not yet
     */
    Pkcs11Token open(Pkcs11Uri uri, Login login, TokenOptions options, Optional<String> reserved) {
        return alone(options.waitMillis(), uri.toString(), () -> {
            takeInitArgument(reserved);
            enter();
            try {
                Pkcs11Token token = meant(uri, options);
                token.enter(login);
                if (!tokens.contains(token)) {
                    tokens.add(token);
                }
                return token;
            } catch (CryptokiException e) {
                leave();
                throw e.of(uri.toString());
            } catch (RuntimeException | Error e) {
                leave();
                throw e;
            }
        });
    }

    /** The token that is meant: one in use, though it be lost just now, or else a new one. */
    private Pkcs11Token meant(Pkcs11Uri uri, TokenOptions options) throws CryptokiException {
        for (Pkcs11Token token : tokens) {
            if (uri.matches(token.info()) && !uri.asksForSlot()) {
                token.failFast();
            }
        }
        List<Pkcs11TokenInfo> all = presentOrLost(uri);
        Pkcs11TokenInfo info = choose(uri, all);
        for (Pkcs11Token token : tokens) {
            if (token.info().isSameToken(info) && (token.slot() == info.slotId() || hasMoved(token, all))) {
                return token;
            }
        }
        return new Pkcs11Token(this, cryptoki, info, options, nanoClock);
    }

    private static boolean hasMoved(Pkcs11Token token, List<Pkcs11TokenInfo> all) {
        return all.stream().noneMatch(info -> info.slotId() == token.slot() && info.isSameToken(token.info()));
    }

    /** What is present, and those tokens in use that should be: they are lost, whether that was noticed or not. */
    private List<Pkcs11TokenInfo> presentOrLost(Pkcs11Uri uri) throws CryptokiException {
        List<Pkcs11TokenInfo> all = new ArrayList<>();
        try {
            all.addAll(initializedPresent());
        } catch (CryptokiException e) {
            Pkcs11Token lost = tokens.stream()
                    .filter(token -> uri.matches(token.info()))
                    .findFirst()
                    .orElseThrow(() -> e);
            lost.mendUnnoticed(e);
            all.addAll(present());
        }
        for (Pkcs11Token token : tokens) {
            if (all.stream().noneMatch(token.info()::isSameToken)) {
                all.add(token.info());
            }
        }
        return all;
    }

    /** What is present, though other code finalised the module and the tokens in use have not noticed. */
    private List<Pkcs11TokenInfo> initializedPresent() throws CryptokiException {
        try {
            return present();
        } catch (CryptokiException e) {
            if (!e.is(ReturnValue.CRYPTOKI_NOT_INITIALIZED)) {
                throw e;
            }
            beginAnew(true);
            return present();
        }
    }

    /** Ends one user's use of a token. */
    void giveBack(Pkcs11Token token, Login login) {
        calls.writeLock().lock();
        try {
            if (token.leave(login)) {
                tokens.remove(token);
            }
            leave();
        } finally {
            calls.writeLock().unlock();
        }
    }

    // ---- who may call when -----------------------------------------------------------------------------------------

    /** What is done while nobody else calls the module. */
    @FunctionalInterface
    interface Task<R, X extends Exception> {
        R run() throws X;
    }

    /**
     * Begins what runs beside others of its kind, while nobody is {@link #alone}; for {@code subject} waits so long for that.
     */
    void beginUse(long waitMillis, String subject) {
        lock(calls.readLock(), waitMillis, subject + " is being opened, closed or mended");
    }

    void endUse() {
        calls.readLock().unlock();
    }

    /** Runs a task after all others, with the module to itself; for {@code subject} waits so long for that. */
    <R, X extends Exception> R alone(long waitMillis, String subject, Task<R, X> task) throws X {
        lock(calls.writeLock(), waitMillis, subject + ": other calls run in module " + path);
        try {
            return task.run();
        } finally {
            calls.writeLock().unlock();
        }
    }

    /** What is done while nobody else calls the module, for no result. */
    @FunctionalInterface
    interface Step<X extends Exception> {
        void run() throws X;
    }

    /** As {@link #alone}. */
    <X extends Exception> void runAlone(long waitMillis, String subject, Step<X> step) throws X {
        alone(waitMillis, subject, () -> {
            step.run();
            return true;
        });
    }

    /** Takes a lock, or says what has it. */
    static void lock(Lock lock, long waitMillis, String obstacle) {
        try {
            if (!lock.tryLock(waitMillis, TimeUnit.MILLISECONDS)) {
                throw new KeyringException(
                        Reason.UNAVAILABLE,
                        obstacle + ", for more than " + waitMillis
                                + " ms now; the module seems to hang, or sessionWaitMillis is too short");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KeyringException(Reason.UNAVAILABLE, obstacle + "; interrupted while waiting for it", e);
        }
    }

    // ---- for the one who is alone ----------------------------------------------------------------------------------

    /** Changes whenever all handles have ended. */
    int generation() {
        return generation.get();
    }

    /** Which PINs its tokens refused, as long as this process lives. */
    RefusedPins refusedPins() {
        return refusedPins;
    }

    /** The other tokens in use. */
    Stream<Pkcs11Token> besides(Pkcs11Token token) {
        return tokens.stream().filter(each -> each != token);
    }

    /** Finalises the module, if it is ours, and initialises it. */
    void beginAnew(boolean finalisedByOthers) throws CryptokiException {
        if (!finalisedByOthers) {
            if (!initializedHere) {
                return;
            }
            finish();
        }
        generation.incrementAndGet();
        try {
            cryptoki.initialize(initArgument);
            initializedHere = true;
            tokens.forEach(Pkcs11Token::moduleBeganAnew);
        } catch (CryptokiException e) {
            if (!e.is(ReturnValue.CRYPTOKI_ALREADY_INITIALIZED)) {
                throw e;
            }
            if (finalisedByOthers) {
                initializedHere = false; // they were faster
            }
        }
    }

    /**
     * Where a token is now.
     *
     * @throws KeyringException with reason UNAVAILABLE if it is nowhere
     */
    Pkcs11TokenInfo locate(Pkcs11TokenInfo wanted) throws CryptokiException {
        List<Pkcs11TokenInfo> present = present();
        List<Pkcs11TokenInfo> same =
                present.stream().filter(wanted::isSameToken).toList();
        if (same.size() > 1) {
            same = same.stream()
                    .filter(info -> info.slotId() == wanted.slotId())
                    .toList();
        }
        if (same.size() == 1) {
            return same.get(0);
        }
        throw new KeyringException(
                Reason.UNAVAILABLE,
                "module " + path + (present.isEmpty() ? " shows no token at all" : " shows only " + present));
    }

    private Pkcs11TokenInfo choose(Pkcs11Uri uri, List<Pkcs11TokenInfo> all) throws CryptokiException {
        List<Pkcs11TokenInfo> present =
                all.stream().filter(Pkcs11TokenInfo::initialized).toList();
        List<Pkcs11TokenInfo> matching = TokenChoice.matching(cryptoki, uri, present);
        if (matching.size() == 1) {
            return matching.get(0);
        }
        throw new KeyringException(
                Reason.MISCONFIGURED,
                uri + ": wanted " + uri.tokenWanted() + " on PKCS#11 module " + path + ", and "
                        + (matching.isEmpty()
                                ? (present.isEmpty() ? "it shows no token at all" : "there are only " + present)
                                : "several match: " + matching + "; add serial or slot-id"));
    }

    /** A module is initialised once for all its users, so that two who want it otherwise can't both have it. */
    private void takeInitArgument(Optional<String> reserved) {
        if (users == 0) {
            initArgument = reserved;
        } else if (reserved.isPresent() && !reserved.equals(initArgument)) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    "PKCS#11 module " + path + ": it is in use in this process with "
                            + (initArgument.isPresent() ? "another" : "no")
                            + " init argument; all keyrings on it must have the same");
        }
    }

    private void enter() {
        if (users == 0) {
            try {
                cryptoki.initialize(initArgument);
                initializedHere = true;
            } catch (CryptokiException e) {
                if (!e.is(ReturnValue.CRYPTOKI_ALREADY_INITIALIZED)) {
                    throw e.of(path.toString());
                }
                initializedHere = false; // and then it is not ours to finalise
            }
        }
        users++;
    }

    private void leave() {
        users--;
        if (users == 0 && initializedHere) {
            finish();
        }
    }

    private void finish() {
        try {
            cryptoki.finish();
        } catch (CryptokiException e) {
            LOG.log(System.Logger.Level.DEBUG, () -> path + ": " + e.getMessage());
        }
    }

    private List<Pkcs11TokenInfo> present() throws CryptokiException {
        List<Pkcs11TokenInfo> present = new ArrayList<>();
        for (long slot : cryptoki.slotsWithToken()) {
            try {
                present.add(cryptoki.tokenInfo(slot));
            } catch (CryptokiException e) {
                if (e.is(ReturnValue.CRYPTOKI_NOT_INITIALIZED) || !(e.isDeviceGone() || e.isVague())) {
                    throw e;
                }
                LOG.log(System.Logger.Level.DEBUG, () -> path + ", slot " + slot + ": " + e.getMessage());
            }
        }
        return present;
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
