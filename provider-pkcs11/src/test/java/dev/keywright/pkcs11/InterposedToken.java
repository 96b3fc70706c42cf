/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Pointer;
import dev.keywright.testing.SoftHsm;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;

/** A SoftHSM token behind an {@link InterposedBackend}: keyrings on it see the module as the test bends it. */
final class InterposedToken implements AutoCloseable {
    /** Where CK_TOKEN_INFO has its serial, its flags and its bound on sessions. */
    private static final int SERIAL = 80;

    private static final int FLAGS = 96;

    private static final int MAX_SESSION_COUNT = 104;

    /** Where CK_MECHANISM_INFO has its flags. */
    private static final int MECHANISM_FLAGS = 16;

    final SoftHsm token = SoftHsm.newToken();
    final InterposedBackend module = new InterposedBackend(token.module());
    private final AtomicLong nanos = new AtomicLong();
    private final Pkcs11Module bent = new Pkcs11Module(token.module(), module, nanos::get);

    Pkcs11Keyring.Builder builder(String keyLabel) {
        return builder(Pkcs11Uri.parse(token.uri(keyLabel)));
    }

    Pkcs11Keyring.Builder builder(Pkcs11Uri uri) {
        return Pkcs11Keyring.builder(uri).pin(token::pin).modules(path -> bent);
    }

    Pkcs11Keyring keyring(String keyLabel) {
        return builder(keyLabel).build();
    }

    /** A key itself, which the caller closes. */
    Pkcs11Key key(String keyLabel) {
        return Pkcs11Key.open(
                Pkcs11Uri.parse(token.uri(keyLabel)),
                bent,
                new Login(keyLabel, token::pin, false),
                TokenOptions.DEFAULT,
                Optional.empty());
    }

    /** Lets time pass for back-offs. */
    void pass(long millis) {
        nanos.addAndGet(millis * 1_000_000);
    }

    /** Lets so much time pass that whatever was lost is mended again. */
    void passBackOff() {
        pass(TokenOptions.DEFAULT.largestBackOffMillis());
    }

    Pkcs11Primitives primitives() {
        return Pkcs11Primitives.open(Pkcs11Uri.parse(token.uri("none")), bent, token::pin, Pkcs11Quirks.none());
    }

    /** Runs something while a call is in the module, so that nobody can be alone there. */
    void whileInUse(Runnable task) {
        bent.beginUse(0, "the test");
        try {
            task.run();
        } finally {
            bent.endUse();
        }
    }

    /** Has the token say these flags besides its own. */
    void addTokenFlags(long flags) {
        addTokenFlags(() -> flags);
    }

    /** Has the token say besides its own what the flags are just then. */
    void addTokenFlags(LongSupplier flags) {
        changeTokenFlags(own -> own | flags.getAsLong());
    }

    /** Has the token keep these flags to itself. */
    void removeTokenFlags(long flags) {
        changeTokenFlags(own -> own & ~flags);
    }

    private void changeTokenFlags(LongUnaryOperator change) {
        module.interpose(CryptokiFunction.GET_TOKEN_INFO, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_TOKEN_INFO, arguments);
            Pointer info = new Pointer(arguments[1]);
            info.setLong(FLAGS, change.applyAsLong(info.getLong(FLAGS)));
            return result;
        });
    }

    /** Has the token say that a process can have this many sessions. */
    void sayMaxSessions(long sessions) {
        module.interpose(CryptokiFunction.GET_TOKEN_INFO, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_TOKEN_INFO, arguments);
            new Pointer(arguments[1]).setLong(MAX_SESSION_COUNT, sessions);
            return result;
        });
    }

    /** Has the token have this many sessions and no more, whatever it says. */
    void allowSessions(int most) {
        Set<Long> open = ConcurrentHashMap.newKeySet();
        module.interpose(CryptokiFunction.OPEN_SESSION, (asked, arguments) -> {
            synchronized (open) {
                if (open.size() >= most) {
                    return ReturnValue.SESSION_COUNT.code;
                }
                long result = asked.call(CryptokiFunction.OPEN_SESSION, arguments);
                open.add(new Pointer(arguments[4]).getLong(0));
                return result;
            }
        });
        module.interpose(CryptokiFunction.CLOSE_SESSION, (asked, arguments) -> {
            open.remove(arguments[0]);
            return asked.call(CryptokiFunction.CLOSE_SESSION, arguments);
        });
    }

    /** Has every slot hold another token than it did, by its serial. */
    void swapToken() {
        module.interpose(CryptokiFunction.GET_TOKEN_INFO, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_TOKEN_INFO, arguments);
            new Pointer(arguments[1]).setByte(SERIAL, (byte) '?');
            return result;
        });
    }

    /** Has slots bear other numbers from now on, as they may after the module was initialised anew. */
    void renumberSlots(long by) {
        module.interpose(CryptokiFunction.GET_SLOT_LIST, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_SLOT_LIST, arguments);
            if (arguments[1] != 0) {
                Pointer slots = new Pointer(arguments[1]);
                for (long i = 0; i < new Pointer(arguments[2]).getLong(0); i++) {
                    slots.setLong(i * Long.BYTES, slots.getLong(i * Long.BYTES) + by);
                }
            }
            return result;
        });
        for (CryptokiFunction function : List.of(
                CryptokiFunction.GET_TOKEN_INFO,
                CryptokiFunction.GET_MECHANISM_INFO,
                CryptokiFunction.GET_MECHANISM_LIST,
                CryptokiFunction.OPEN_SESSION)) {
            module.interpose(function, (asked, arguments) -> {
                long[] real = arguments.clone();
                real[0] -= by;
                return asked.call(function, real);
            });
        }
    }

    /** Logs the process out, as another user of the module in this process may. */
    void logOutAsAnotherUser() throws CryptokiException {
        Cryptoki other = new Cryptoki(JnaBackend.load(token.module()));
        long session = other.openSession(slot(other), false);
        other.logout(session);
        other.closeSession(session);
    }

    /** Logs the process in, as another user of the module in this process may. */
    void logInAsAnotherUser() throws CryptokiException {
        Cryptoki other = new Cryptoki(JnaBackend.load(token.module()));
        char[] pin = token.pin();
        try {
            other.login(
                    other.openSession(slot(other), false),
                    pin); // a session that stays open, as the login ends with the last
        } finally {
            Arrays.fill(pin, '\0');
        }
    }

    /** Closes every session, as another user of the module in this process may. */
    void closeAllSessionsAsAnotherUser() throws CryptokiException {
        Cryptoki other = new Cryptoki(JnaBackend.load(token.module()));
        long newest = other.openSession(slot(other), false);
        for (long session = 1; session <= newest; session++) {
            try {
                other.closeSession(session);
            } catch (CryptokiException e) {
                assertThat(e.isSessionGone()).isTrue();
            }
        }
    }

    private long slot(Cryptoki other) throws CryptokiException {
        for (long slot : other.slotsWithToken()) {
            if (other.tokenInfo(slot).label().equals(token.label())) {
                return slot;
            }
        }
        throw new AssertionError("no slot has " + token);
    }

    /** Has the token say other flags of a mechanism, a CKM_ number. */
    void changeMechanismFlags(long mechanism, LongUnaryOperator change) {
        module.interpose(CryptokiFunction.GET_MECHANISM_INFO, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.GET_MECHANISM_INFO, arguments);
            if (arguments[1] != mechanism) {
                return result;
            }
            Pointer info = new Pointer(arguments[2]);
            info.setLong(MECHANISM_FLAGS, change.applyAsLong(info.getLong(MECHANISM_FLAGS)));
            return result;
        });
    }

    @Override
    public void close() {
        token.close();
    }
}
