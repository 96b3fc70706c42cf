/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Status.State;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Mends what gets lost between this process and one token: by one thread at a time, each kind of loss once per back-off, and
 * never by a second login after one was refused. Reading the state and failing fast is thread-safe; the rest is for the one
 * who is alone in the module.
 *
 * <p>Many modules see a token that came back only once they are finalised and initialised again, which ends the sessions and
 * logins of the module's other tokens too. While one of those is in use and answers, it is only looked whether the token is there;
 * the module is finalised for it when its back-off has come to the largest, and then rarely: after twice that time, four times,
 * and so on up to {@value #RARELY} times; and never if one of the others is logged in by a person. Not never at all, since such
 * another token may be idle, and answer by no more than what the module remembers.
 */
final class TokenRecovery {
    /** What is mended. */
    interface Connection {
        /** What it is connected to, for messages. */
        Pkcs11TokenInfo info();

        /** Whether the token still answers for session and slot. */
        boolean answers();

        /** Whether it answers, and says that nobody is logged in who should be. */
        boolean isLoggedOut();

        /** Replaces sessions, and logs in if the login was lost. */
        void mendInPlace() throws CryptokiException;

        /** Finds the token, opens a session and logs in. */
        void attach() throws CryptokiException;

        /** Whether other tokens of the module are in use and answer, which its finalising logs out. */
        boolean areOthersWell();

        /** Whether it takes a person to log one of them in again. */
        boolean doOthersNeedAPerson();

        /** Has the module begin anew, as far as that is ours to do. */
        void beginModuleAnew(boolean finalisedByOthers) throws CryptokiException;
    }

    private static final System.Logger LOG = System.getLogger(TokenRecovery.class.getName());

    /** How many times the largest back-off the module is left alone at most, while its other tokens are well. */
    private static final int RARELY = 64;

    private final Connection connection;
    private final BackOff sacrifices; // of other tokens' logins
    private final Map<Loss, BackOff> backOffs = new EnumMap<>(Loss.class);
    private final LongAdder tried = new LongAdder();
    private final LongAdder succeeded = new LongAdder();

    private volatile State state = State.UP;
    private volatile String trouble = "";
    private volatile boolean unproved; // mended, and not used with success since
    private boolean finalisedByOthers; // as the last loss of the module said
    private boolean onlyLoginFailed; // when it was mended last, for want of a PIN, say
    private volatile @Nullable KeyringException refusal; // of a login

    TokenRecovery(Connection connection, TokenOptions options, LongSupplier nanoClock) {
        this.connection = connection;
        this.sacrifices =
                new BackOff(2 * options.largestBackOffMillis(), RARELY * options.largestBackOffMillis(), nanoClock);
        for (Loss loss : Loss.values()) {
            backOffs.put(loss, new BackOff(options.firstBackOffMillis(), options.largestBackOffMillis(), nanoClock));
        }
    }

    State state() {
        return state;
    }

    String trouble() {
        return trouble;
    }

    OptionalLong nextTryMillis() {
        return state == State.DOWN ? OptionalLong.of(backOff(Loss.MODULE).millisLeft()) : OptionalLong.empty();
    }

    long tried() {
        return tried.sum();
    }

    long succeeded() {
        return succeeded.sum();
    }

    private BackOff backOff(Loss loss) {
        return Objects.requireNonNull(backOffs.get(loss));
    }

    /** The token was used, with success. */
    void worked() {
        if (unproved) {
            unproved = false;
            backOffs.values().forEach(BackOff::worked);
        }
    }

    /** Somebody logged in by other means than mending. */
    void up() {
        refusal = null;
        state = State.UP;
    }

    /** On behalf of this token or another one. */
    void moduleBeganAnew() {
        finalisedByOthers = false;
    }

    void closed() {
        state = State.CLOSED;
    }

    /** A login was refused: whoever meets the token is told so until somebody else logs in. */
    KeyringException denied(KeyringException why) {
        refusal = why;
        trouble = String.valueOf(why.getMessage());
        state = State.DENIED;
        return why;
    }

    /**
     * Mends what a call's failure says is lost.
     *
     * @throws CryptokiException the failure, if nothing is lost
     * @throws KeyringException if it can't be mended, or not yet
     */
    void mend(CryptokiException failure) throws CryptokiException {
        Optional<Loss> told = Loss.in(failure);
        Loss loss;
        if (told.isEmpty() || told.get() == Loss.KEY) {
            if (!connection.answers()) {
                loss = Loss.MODULE;
            } else if (told.isPresent()) {
                loss = Loss.KEY;
            } else if (connection.isLoggedOut()) {
                loss = Loss.LOGIN; // amid the operation, of which some tokens say no more than that it failed
            } else {
                throw failure;
            }
        } else {
            loss = told.get();
        }
        trouble = String.valueOf(failure.getMessage());
        if (loss == Loss.MODULE) {
            lose(failure);
            revive();
        } else if (backOff(loss).millisLeft() > 0) {
            throw notYet(backOff(loss), failure);
        } else {
            trying(Optional.of(loss), () -> {
                try {
                    connection.mendInPlace();
                } catch (CryptokiException e) {
                    if (Loss.in(e).isEmpty() && connection.answers()) {
                        throw e;
                    }
                    backOff(Loss.MODULE).tried();
                    beginAnew(e.is(ReturnValue.CRYPTOKI_NOT_INITIALIZED));
                }
            });
        }
    }

    /** It was replayed, and lost again. */
    void lostAgain(CryptokiException failure) {
        if (Loss.in(failure).equals(Optional.of(Loss.MODULE))) {
            lose(failure);
        }
    }

    private void lose(CryptokiException failure) {
        trouble = String.valueOf(failure.getMessage());
        finalisedByOthers = failure.is(ReturnValue.CRYPTOKI_NOT_INITIALIZED);
        onlyLoginFailed = false;
        state = State.DOWN;
    }

    /**
     * Attaches anew, as after another token's loss had the module begin anew, or after a loss of this one's.
     *
     * @throws KeyringException if that fails, or it is not time yet
     */
    void revive() {
        failFast();
        if (state == State.DOWN) {
            trying(Optional.of(Loss.MODULE), () -> {
                if (onlyLoginFailed) {
                    connection.attach();
                } else {
                    beginAnew(finalisedByOthers);
                }
            });
        } else {
            trying(Optional.empty(), connection::attach);
        }
    }

    /**
     * Does nothing if the token can be used, or it is time to try.
     *
     * @throws KeyringException if the token can't be used, and is not to be tried now
     */
    void failFast() {
        State now = state;
        if (now == State.DENIED) {
            throw stillDenied();
        }
        if (now == State.DOWN && backOff(Loss.MODULE).millisLeft() > 0) {
            throw notYet(backOff(Loss.MODULE), null);
        }
    }

    private void beginAnew(boolean othersFinalised) throws CryptokiException {
        if (othersFinalised || mayFinalise()) {
            connection.beginModuleAnew(othersFinalised);
            moduleBeganAnew();
        }
        connection.attach();
    }

    private boolean mayFinalise() {
        if (!connection.areOthersWell()) {
            return true;
        }
        if (!backOff(Loss.MODULE).isLargest() || sacrifices.millisLeft() > 0 || connection.doOthersNeedAPerson()) {
            return false;
        }
        sacrifices.tried();
        return true;
    }

    private interface Mending {
        void run() throws CryptokiException;
    }

    /** @param loss whose back-off begins, if one does */
    private void trying(Optional<Loss> loss, Mending mending) {
        state = State.RECOVERING; // before the back-off, lest a thread that comes by now fail fast for it
        loss.ifPresent(each -> backOff(each).tried());
        tried.increment();
        try {
            mending.run();
            state = State.UP;
            unproved = true;
            succeeded.increment();
            LOG.log(System.Logger.Level.DEBUG, () -> connection.info() + ": mended after: " + trouble);
        } catch (CryptokiException | KeyringException e) {
            if (refusal != null) {
                throw stillDenied();
            }
            if (e instanceof CryptokiException answer && answer.is(ReturnValue.CRYPTOKI_NOT_INITIALIZED)) {
                finalisedByOthers = true;
            }
            onlyLoginFailed = isOfLogin(e) && connection.answers();
            down();
            throw notYet(backOff(Loss.MODULE), e);
        } finally {
            if (state == State.RECOVERING) {
                onlyLoginFailed = connection.answers();
                down(); // as after an error of the PIN's source
            }
        }
    }

    /** Whether the PIN's source may have failed, or the token has said of a login what does not tell that anything is lost. */
    private static boolean isOfLogin(Exception failure) {
        return !(failure instanceof CryptokiException answer)
                || (answer.from(CryptokiFunction.LOGIN) && Loss.in(answer).isEmpty());
    }

    private void down() {
        backOff(Loss.MODULE).failed();
        state = State.DOWN;
    }

    private KeyringException notYet(BackOff backOff, @Nullable Exception why) {
        String found =
                why == null || trouble.equals(why.getMessage()) ? "" : "; mending it failed: " + why.getMessage();
        return new KeyringException(
                Reason.UNAVAILABLE,
                connection.info() + " can't be used just now: " + trouble + found + "; it is tried again in "
                        + backOff.millisLeft() + " ms",
                why);
    }

    private KeyringException stillDenied() {
        String why = refusal == null ? trouble : String.valueOf(refusal.getMessage());
        return new KeyringException(
                Reason.DENIED,
                connection.info() + " can't be used: its login was lost, and the one to replace it was refused: " + why
                        + "; no other is tried by itself: mend the cause, and build a new keyring",
                refusal);
    }
}
