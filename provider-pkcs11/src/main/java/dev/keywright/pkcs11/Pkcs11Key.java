/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * A key on a token, ready for use: its handle is found once and kept. Thread-safe. Closing waits for the operations that
 * run, and then gives the token back.
 */
final class Pkcs11Key implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Pkcs11Key.class.getName());

    private final Pkcs11Uri uri;
    private final Pkcs11Token token;
    private final FoundKey found; // as it was at first; the handle may have changed since
    private final Object search = new Object();
    private volatile long handle; // written under search
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed; // guarded by use

    private Pkcs11Key(Pkcs11Uri uri, Pkcs11Token token, FoundKey found) {
        this.uri = uri;
        this.token = token;
        this.found = found;
        this.handle = found.handle();
    }

    /** What is done with the key, in a session that nobody else has. */
    @FunctionalInterface
    interface Work<R> {
        R with(Cryptoki cryptoki, long session, long key) throws CryptokiException, GeneralSecurityException;
    }

    /** Logs in on the token and finds the key. */
    static Pkcs11Key open(
            Pkcs11Uri uri, Pkcs11Module module, Supplier<char[]> pin, boolean evenOnFinalTry, Pkcs11Quirks quirks) {
        Login login = new Login(uri.toString(), pin, evenOnFinalTry, quirks.loginWay());
        Pkcs11Token token = module.open(uri, login, quirks.initArgument());
        try {
            return new Pkcs11Key(uri, token, find(uri, token));
        } catch (CryptokiException e) {
            token.giveBack();
            throw e.of(uri.toString());
        } catch (RuntimeException | Error e) {
            token.giveBack();
            throw e;
        }
    }

    private static FoundKey find(Pkcs11Uri uri, Pkcs11Token token) throws CryptokiException {
        return token.lease(session -> new KeySearch(token.cryptoki(), session).find(uri, token));
    }

    String keyringName() {
        return uri.toString();
    }

    Pkcs11Token token() {
        return token;
    }

    Pkcs11KeyInfo info() {
        return found.info();
    }

    /** Of an RSA key, as far as the token tells. */
    Optional<BigInteger> modulus() {
        return found.modulus();
    }

    // ---- use -------------------------------------------------------------------------------------------------------

    /**
     * Uses the key. If the token says that the session is gone, once more in a new one; if it says that the key's handle is,
     * once more with the key found again.
     *
     * @throws KeyringException if the token can't do it, or not now
     * @throws IllegalStateException if the key is closed
     */
    <R> R use(Work<R> work) throws GeneralSecurityException {
        return whileOpen(() -> useRecovering(work));
    }

    /** What is done while the key can't be closed. */
    @FunctionalInterface
    interface Task<R, X extends Exception> {
        R run() throws X;
    }

    /**
     * Runs a task to its end before the key is closed.
     *
     * @throws IllegalStateException if the key is closed
     */
    <R, X extends Exception> R whileOpen(Task<R, X> task) throws X {
        use.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException(keyringName() + " is closed");
            }
            return task.run();
        } finally {
            use.readLock().unlock();
        }
    }

    private <R> R useRecovering(Work<R> work) throws GeneralSecurityException {
        boolean sessionRenewed = false;
        boolean keyFoundAgain = false;
        while (true) {
            long known = handle;
            try {
                return token.lease(session -> work.with(token.cryptoki(), session, known));
            } catch (CryptokiException e) {
                if (e.isSessionGone() && !sessionRenewed) {
                    sessionRenewed = true;
                    token.dropIdleSessions();
                } else if (e.isKeyHandleGone() && !keyFoundAgain) {
                    keyFoundAgain = true;
                    findAgain(known);
                } else {
                    throw e.of(keyringName());
                }
            }
        }
    }

    /** Finds the key again, unless another thread has done so since. */
    private void findAgain(long lost) {
        synchronized (search) {
            if (handle != lost) {
                return;
            }
            FoundKey again;
            try {
                again = find(uri, token);
            } catch (CryptokiException e) {
                throw e.of(keyringName());
            }
            if (!again.isSameAs(found)) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        keyringName() + ": the key was replaced on token " + token + ": it was " + found.info()
                                + ", and now there is " + again.info());
            }
            handle = again.handle();
        }
    }

    /**
     * Decrypts. Tokens do not tell a bad ciphertext from trouble of their own; where the token still answers for session and
     * key, it is taken for the ciphertext.
     *
     * @throws GeneralSecurityException if the ciphertext does not open, saying no more than that
     */
    byte[] decrypt(Work<byte[]> work) throws GeneralSecurityException {
        return use((cryptoki, session, key) -> {
            try {
                return work.with(cryptoki, session, key);
            } catch (CryptokiException e) {
                if (e.mayComeFromCiphertext() && answers(cryptoki, session, key)) {
                    LOG.log(System.Logger.Level.DEBUG, () -> keyringName() + ": " + e.getMessage());
                    throw new GeneralSecurityException("the token did not decrypt it");
                }
                throw e;
            }
        });
    }

    private static boolean answers(Cryptoki cryptoki, long session, long key) {
        try {
            cryptoki.isUserLoggedIn(session);
            return cryptoki.attribute(session, key, CryptokiConstants.CKA_CLASS).isPresent();
        } catch (CryptokiException e) {
            return false;
        }
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                token.giveBack();
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
