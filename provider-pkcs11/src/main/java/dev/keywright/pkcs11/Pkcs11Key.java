/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * A key on a token, ready for use: its handle is found once and kept. Thread-safe. Closing waits for the operations that
 * run, and then gives the token back.
 */
final class Pkcs11Key implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Pkcs11Key.class.getName());

    private final Pkcs11Uri uri;
    private final Pkcs11Token token;
    private final Login login;
    private final FoundKey found; // as it was at first; the handle may have changed since
    private final Object search = new Object();
    private final BackOff searches; // in vain
    private volatile @Nullable Known known; // written under search
    private final ReadWriteLock use = new ReentrantReadWriteLock();
    private boolean closed; // guarded by use

    private @Nullable String missing; // what the last search in vain met; guarded by search

    private Pkcs11Key(Pkcs11Uri uri, Pkcs11Token token, Login login, Known known) {
        this.uri = uri;
        this.token = token;
        this.login = login;
        this.found = known.key;
        this.known = known;
        this.searches = token.newBackOff();
    }

    /** A key as it was found, and the token's epoch in which its handle is good. */
    private record Known(FoundKey key, long epoch) {}

    /** What is done with the key, in a session that nobody else has. */
    @FunctionalInterface
    interface Work<R> {
        R with(Cryptoki cryptoki, long session, long key) throws CryptokiException, GeneralSecurityException;
    }

    /** Logs in on the token and finds the key. */
    static Pkcs11Key open(
            Pkcs11Uri uri, Pkcs11Module module, Login login, TokenOptions options, Optional<String> initArgument) {
        Pkcs11Token token = module.open(uri, login, options, initArgument);
        try {
            Known known =
                    token.mending(() -> token.lease(session -> new Known(find(uri, token, session), token.epoch())));
            return new Pkcs11Key(uri, token, login, known);
        } catch (CryptokiException e) {
            token.giveBack(login);
            throw e.of(uri.toString());
        } catch (RuntimeException | Error e) {
            token.giveBack(login);
            throw e;
        }
    }

    private static FoundKey find(Pkcs11Uri uri, Pkcs11Token token, long session) throws CryptokiException {
        return new KeySearch(token.cryptoki(), session).find(uri, token);
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

    /** Whether its CKA_ALLOWED_MECHANISMS, if it has any, have this one. */
    boolean allows(long mechanism) {
        return found.allowedMechanisms().isEmpty() || found.allowedMechanisms().contains(mechanism);
    }

    /** Of an RSA key, as far as the token tells. */
    Optional<BigInteger> modulus() {
        return found.modulus();
    }

    // ---- use -------------------------------------------------------------------------------------------------------

    /**
     * Uses the key. What turns out to be lost, be it session, login, the key's handle or the token, is mended, and the work
     * done once more.
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
        try {
            return token.mending(() -> token.lease(session -> {
                Known used = known(session);
                try {
                    return work.with(token.cryptoki(), session, used.key.handle());
                } catch (CryptokiException e) {
                    if (e.isKeyHandleGone()) {
                        forget(used);
                    }
                    throw e;
                }
            }));
        } catch (CryptokiException e) {
            throw e.of(keyringName());
        } catch (KeyringException e) {
            throw e.getMessage() != null && e.getMessage().startsWith(keyringName()) ? e : e.about(keyringName());
        }
    }

    private void forget(Known gone) {
        synchronized (search) {
            if (gone.equals(known)) {
                known = null;
            }
        }
    }

    /** The key with a handle that is good, as far as is known: found again if it isn't, by one thread for all. */
    private Known known(long session) throws CryptokiException {
        Known now = known;
        if (now != null && now.epoch == token.epoch()) {
            return now;
        }
        synchronized (search) {
            now = known;
            if (now == null || now.epoch != token.epoch()) {
                now = new Known(foundAgain(session), token.epoch());
                known = now;
            }
            return now;
        }
    }

    private FoundKey foundAgain(long session) throws CryptokiException {
        if (searches.millisLeft() > 0) {
            throw new KeyringException(
                    Reason.MISCONFIGURED, missing + "; it is looked for again in " + searches.millisLeft() + " ms");
        }
        try {
            FoundKey again = find(uri, token, session);
            if (!again.isSameAs(found)) {
                throw new KeyringException(
                        Reason.MISCONFIGURED,
                        keyringName() + ": the key was replaced on " + token + ": it was " + found.info()
                                + ", and now there is " + again.info()
                                + (again.info().equals(found.info()) ? " with another value" : "")
                                + "; put the old one back, or build a new keyring for the new one");
            }
            searches.worked();
            return again;
        } catch (KeyringException e) {
            token.cryptoki().tokenInfo(token.slot()); // fails if not the key is gone but the token
            missing = e.getMessage();
            searches.tried();
            throw e;
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
                if (!e.mayComeFromCiphertext()) {
                    throw e;
                }
                requireAnswers(cryptoki, session, key, e);
                LOG.log(System.Logger.Level.DEBUG, () -> keyringName() + ": " + e.getMessage());
                throw new GeneralSecurityException("the token did not decrypt it");
            }
        });
    }

    /** Fails if the token does not answer for session and key: as {@code failure}, or, if the key's handle ended, as that. */
    private void requireAnswers(Cryptoki cryptoki, long session, long key, CryptokiException failure)
            throws CryptokiException {
        try {
            cryptoki.isUserLoggedIn(session);
            cryptoki.tokenInfo(token.slot());
            if (cryptoki.attribute(session, key, CryptokiConstants.CKA_CLASS).isPresent()) {
                return;
            }
        } catch (CryptokiException e) {
            if (e.isKeyHandleGone()) {
                throw e;
            }
        }
        throw failure;
    }

    @Override
    public void close() {
        use.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                token.giveBack(login);
            }
        } finally {
            use.writeLock().unlock();
        }
    }
}
