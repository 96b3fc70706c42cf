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
import org.jspecify.annotations.Nullable;

/**
 * One PKCS#11 module in this process, shared by all who use its library. Finalised when the last lets go, and only if it was
 * initialised here: somebody else in the process may have done so before. Thread-safe.
 */
final class Pkcs11Module {
    private static final Map<Path, Pkcs11Module> LOADED = new HashMap<>(); // guarded by itself

    private final String name;
    private final Cryptoki cryptoki;
    private final Map<Long, Pkcs11Token> tokens = new HashMap<>(); // guarded by this
    private int users; // guarded by this
    private boolean initializedHere; // guarded by this

    Pkcs11Module(String name, Cryptoki cryptoki) {
        this.name = name;
        this.cryptoki = cryptoki;
    }

    /** The module of this library; one for each real path. Whoever uses it, {@link #acquire acquires} it. */
    static Pkcs11Module at(Path library) {
        Path real;
        try {
            real = library.toRealPath();
        } catch (IOException e) {
            throw new KeyringException(
                    Reason.MISCONFIGURED,
                    "PKCS#11 module " + library + ": there is no such file; check module-path",
                    e);
        }
        synchronized (LOADED) {
            Pkcs11Module known = LOADED.get(real);
            if (known == null) {
                known = new Pkcs11Module(library.toString(), new Cryptoki(JnaBackend.load(real)));
                LOADED.put(real, known);
            }
            return known;
        }
    }

    Cryptoki cryptoki() {
        return cryptoki;
    }

    /** Initialises the module for its first user. */
    synchronized void acquire() {
        if (users == 0) {
            try {
                cryptoki.initialize();
                initializedHere = true;
            } catch (CryptokiException e) {
                if (e.rv() != Ck.CKR_CRYPTOKI_ALREADY_INITIALIZED) {
                    throw CryptokiErrors.of("PKCS#11 module " + name, e);
                }
                initializedHere = false;
            }
        }
        users++;
    }

    /** Finalises the module after its last user, if it was initialised here. */
    synchronized void release() {
        users--;
        if (users == 0 && initializedHere) {
            try {
                cryptoki.shutDown();
            } catch (CryptokiException e) {
                Log.debug("finalising PKCS#11 module " + name, e);
            }
        }
    }

    /** All tokens in its slots. */
    List<Pkcs11TokenInfo> tokens() {
        try {
            List<Pkcs11TokenInfo> infos = new ArrayList<>();
            for (long slot : cryptoki.slotsWithToken()) {
                infos.add(cryptoki.tokenInfo(slot));
            }
            return infos;
        } catch (CryptokiException e) {
            throw CryptokiErrors.of("PKCS#11 module " + name, e);
        }
    }

    /** The one token that the URI names. */
    Pkcs11TokenInfo select(Pkcs11Uri uri) {
        List<Pkcs11TokenInfo> present =
                tokens().stream().filter(Pkcs11TokenInfo::initialized).toList();
        List<Pkcs11TokenInfo> matching = present.stream().filter(uri::matches).toList();
        if (matching.size() == 1) {
            return matching.get(0);
        }
        throw new KeyringException(
                Reason.MISCONFIGURED,
                "PKCS#11 module " + name + ": wanted " + uri.tokenWanted() + ", and "
                        + (matching.isEmpty()
                                ? (present.isEmpty() ? "it shows no token at all" : "there are only " + present)
                                : "several match: " + matching + "; add serial or slot-id"));
    }

    /** The token in a slot, shared and counted; its sessions and login are one for the process. */
    synchronized Pkcs11Token acquireToken(Pkcs11TokenInfo info) {
        Pkcs11Token token = tokens.computeIfAbsent(info.slotId(), slot -> new Pkcs11Token(this, info));
        token.users++;
        return token;
    }

    /** Whether that was its last user; it is forgotten then. */
    synchronized boolean releaseToken(Pkcs11Token token) {
        token.users--;
        if (token.users == 0) {
            @Nullable Pkcs11Token forgotten = tokens.remove(token.info().slotId());
            return forgotten != null;
        }
        return false;
    }

    @Override
    public String toString() {
        return name;
    }
}
