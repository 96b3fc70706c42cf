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

/**
 * One module in this process, whoever uses it: there is one object for each real file, since the module's state (initialised
 * or not, logged in or not) is the process's. Initialised for its first user, finalised after its last, unless other
 * code initialised it. Thread-safe.
 */
final class Pkcs11Module {
    private static final System.Logger LOG = System.getLogger(Pkcs11Module.class.getName());

    /** Guarded by itself. Never emptied: a library stays loaded. */
    private static final Map<Path, Pkcs11Module> LOADED = new HashMap<>();

    private final Path path;
    private final Cryptoki cryptoki;
    private final Map<Long, Pkcs11Token> tokens = new HashMap<>(); // by slot; guarded by this
    private int users; // guarded by this
    private boolean initializedHere; // guarded by this
    private Optional<String> initArgument = Optional.empty(); // guarded by this

    Pkcs11Module(Path path, CryptokiBackend backend) {
        this.path = path;
        this.cryptoki = new Cryptoki(backend);
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
                module = new Pkcs11Module(real, JnaBackend.load(real));
                LOADED.put(real, module);
            }
            return module;
        }
    }

    /** All tokens in its slots, blank ones too; without a login. */
    synchronized List<Pkcs11TokenInfo> list(Optional<String> reserved) {
        takeInitArgument(reserved);
        enter();
        try {
            return present();
        } catch (CryptokiException e) {
            throw e.of(path.toString());
        } finally {
            leave();
        }
    }

    /**
     * The token that is meant, logged in. One object for all who use it; each gives it back.
     *
     * @param login used only if nobody is logged in
     * @param reserved what the module is to be initialised with, if it is not yet
     */
    synchronized Pkcs11Token open(Pkcs11Uri uri, Login login, Optional<String> reserved) {
        takeInitArgument(reserved);
        enter();
        try {
            Pkcs11TokenInfo info = choose(uri, present());
            Pkcs11Token token = tokens.get(info.slotId());
            if (token == null) {
                token = new Pkcs11Token(this, cryptoki, info);
            }
            token.enter(login);
            tokens.put(info.slotId(), token);
            return token;
        } catch (CryptokiException e) {
            leave();
            throw e.of(uri.toString());
        } catch (RuntimeException | Error e) {
            leave();
            throw e;
        }
    }

    /** Ends one user's use of a token. */
    synchronized void giveBack(Pkcs11Token token) {
        if (token.leave()) {
            tokens.remove(token.slot());
        }
        leave();
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
            try {
                cryptoki.finish();
            } catch (CryptokiException e) {
                LOG.log(System.Logger.Level.DEBUG, () -> path + ": " + e.getMessage());
            }
        }
    }

    private List<Pkcs11TokenInfo> present() throws CryptokiException {
        List<Pkcs11TokenInfo> present = new ArrayList<>();
        for (long slot : cryptoki.slotsWithToken()) {
            try {
                present.add(cryptoki.tokenInfo(slot));
            } catch (CryptokiException e) {
                if (!e.is(ReturnValue.TOKEN_NOT_PRESENT) && !e.is(ReturnValue.TOKEN_NOT_RECOGNIZED)) {
                    throw e;
                }
            }
        }
        return present;
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
