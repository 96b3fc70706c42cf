/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.keywright.pkcs11.Pkcs11Status.State;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.SoftHsm;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is lost is mended once per back-off, and no PIN is wasted on it. */
@Timeout(60)
class RecoveryTest {
    private static final byte[] DATA_KEY = new byte[32];
    private static final long FIRST = TokenOptions.DEFAULT.firstBackOffMillis();
    private static final long LARGEST = TokenOptions.DEFAULT.largestBackOffMillis();

    private static InterposedToken home;
    private Pkcs11Keyring keyring;
    private WrappedDataKey wrapped;
    private long initialized;
    private long finalized;
    private long loggedIn;

    @BeforeAll
    static void makeToken() {
        new SecureRandom().nextBytes(DATA_KEY);
        home = new InterposedToken();
        home.token.generateAes("aes", "01", 32);
        home.token.generateRsa("rsa", "02", 2048);
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    @BeforeEach
    void openKeyring() {
        keyring = home.keyring("aes");
        wrapped = Wraps.wrap(keyring, DATA_KEY);
        countFromHere();
    }

    private void countFromHere() {
        initialized = home.module.calls(CryptokiFunction.INITIALIZE);
        finalized = home.module.calls(CryptokiFunction.FINALIZE);
        loggedIn = home.module.calls(CryptokiFunction.LOGIN);
    }

    @AfterEach
    void closeKeyring() {
        home.module.leaveAll();
        keyring.close();
        assertThat(keyring.status().state()).isEqualTo(State.CLOSED);
        assertThat(home.module.liveBlocks()).as("native memory not given back").isZero();
        assertThat(home.module.besideFinalize()).as("calls while finalising").isZero();
    }

    private byte[] unwrap() {
        return Wraps.unwrap(keyring, wrapped);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> fails(Reason reason, ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    private void assertCalls(long initialize, long finalize, long login) {
        assertThat(home.module.calls(CryptokiFunction.INITIALIZE))
                .as("C_Initialize")
                .isEqualTo(initialized + initialize);
        assertThat(home.module.calls(CryptokiFunction.FINALIZE))
                .as("C_Finalize")
                .isEqualTo(finalized + finalize);
        assertThat(home.module.calls(CryptokiFunction.LOGIN)).as("C_Login").isEqualTo(loggedIn + login);
    }

    private void assertMended(long times) {
        assertThat(keyring.status()).satisfies(status -> {
            assertThat(status.state()).isEqualTo(State.UP);
            assertThat(status.recoveriesTried()).isEqualTo(times);
            assertThat(status.recoveriesSucceeded()).isEqualTo(times);
            assertThat(status.nextTryMillis()).isEmpty();
        });
    }

    @Nested
    class TokenOrModule {
        @ParameterizedTest
        @EnumSource(
                names = {
                    "DEVICE_ERROR",
                    "DEVICE_REMOVED",
                    "TOKEN_NOT_PRESENT",
                    "TOKEN_NOT_RECOGNIZED",
                    "SLOT_ID_INVALID"
                })
        void lost_moduleBeginsAnew_andTheCallSucceeds(ReturnValue lost) {
            home.module.answerUntilFinalized(CryptokiFunction.DECRYPT, lost);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(1, 1, 1);
            assertMended(1);
            assertThat(keyring.status().trouble()).contains("CKR_" + lost);
        }

        @Test
        void generalError_andTheSessionDoesNotAnswer_isALostToken() {
            home.module.answer(CryptokiFunction.ENCRYPT, ReturnValue.GENERAL_ERROR);
            home.module.answer(CryptokiFunction.GET_SESSION_INFO, ReturnValue.GENERAL_ERROR);
            home.module.interpose(CryptokiFunction.FINALIZE, (asked, arguments) -> {
                home.module.leaveAll();
                return asked.call(CryptokiFunction.FINALIZE, arguments);
            });
            assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY))).isEqualTo(DATA_KEY);
            assertCalls(1, 1, 1);
        }

        /** And so is mended no earlier than a lost token would be. */
        @Test
        void keyHandleLost_andTheSessionDoesNotAnswer_isALostToken() {
            home.module.answerUntilFinalized(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.OBJECT_HANDLE_INVALID);
            home.module.answer(CryptokiFunction.GET_SESSION_INFO, ReturnValue.GENERAL_ERROR);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("C_DecryptInit gave CKR_OBJECT_HANDLE_INVALID")
                    .hasMessageContaining("tried again in 500 ms");
            assertCalls(1, 1, 1);
        }

        @Test
        void generalError_andTheTokenAnswers_isNoLoss() {
            home.module.answer(CryptokiFunction.ENCRYPT, ReturnValue.GENERAL_ERROR);
            fails(Reason.UNAVAILABLE, () -> Wraps.wrap(keyring, DATA_KEY)).hasMessageContaining("CKR_GENERAL_ERROR");
            assertCalls(0, 0, 0);
            assertMended(0);
        }

        /** C_Finalize by another user of the module in this process. */
        @Test
        void finalisedByAnotherUser_isInitialisedAgain_notFinalised() {
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0)).isEqualTo(ReturnValue.OK);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(1, 1, 1); // that C_Finalize is the other user's
            assertMended(1);
            keyring.close();
            assertCalls(1, 2, 1);
        }

        @Test
        void finalisedAndInitialisedByAnotherUser_isUsedAndNotFinalised() {
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0)).isEqualTo(ReturnValue.OK);
            home.module.interpose(CryptokiFunction.INITIALIZE, (asked, arguments) -> {
                asked.call(CryptokiFunction.INITIALIZE, arguments); // as if just before
                return asked.call(CryptokiFunction.INITIALIZE, arguments);
            });
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            keyring.close();
            assertCalls(1, 1, 1);
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0)).isEqualTo(ReturnValue.OK); // as the other would
        }

        @Test
        void moduleOfAnotherUser_isNeverFinalised() {
            keyring.close();
            Cryptoki other = new Cryptoki(JnaBackend.load(home.token.module()));
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0))
                    .isEqualTo(ReturnValue.CRYPTOKI_NOT_INITIALIZED.code);
            long closed = home.module.calls(CryptokiFunction.FINALIZE);
            try {
                other.initialize(Optional.empty());
                try (Pkcs11Keyring guest = home.keyring("aes")) {
                    home.module.answerOnce(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
                    assertThat(Wraps.unwrap(guest, wrapped)).isEqualTo(DATA_KEY);
                    assertThat(guest.status().recoveriesSucceeded()).isEqualTo(1);
                }
                assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(closed);
                other.finish();
            } catch (CryptokiException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        void slotNumber_changed_tokenIsFoundBySerial() {
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> ReturnValue.DEVICE_ERROR.code);
            home.module.interpose(CryptokiFunction.INITIALIZE, (asked, arguments) -> {
                home.module.leaveAll();
                home.renumberSlots(7);
                return asked.call(CryptokiFunction.INITIALIZE, arguments);
            });
            String before = keyring.status().token();
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertThat(keyring.status().token()).isNotEqualTo(before);
            home.module.leaveAll();
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> ReturnValue.DEVICE_ERROR.code);
            home.pass(FIRST);
            home.module.answerUntilFinalized(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            assertThat(unwrap()).isEqualTo(DATA_KEY); // and back
            assertThat(keyring.status().token()).isEqualTo(before);
        }

        @Test
        void otherToken_inItsPlace_isNotTakenForIt() {
            home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            home.swapToken();
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("can't be used just now: C_Decrypt gave CKR_DEVICE_ERROR")
                    .hasMessageContaining("shows only [token");
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(loggedIn);
        }

        /** All that the old card's handles say is that they are gone. */
        @ParameterizedTest
        @EnumSource(names = {"SESSION_HANDLE_INVALID", "USER_NOT_LOGGED_IN"})
        void otherToken_inItsPlace_isNotGivenThePin(ReturnValue said) throws CryptokiException {
            home.closeAllSessionsAsAnotherUser();
            home.module.answer(CryptokiFunction.DECRYPT_INIT, said);
            home.swapToken();
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap).hasMessageContaining("shows only [token");
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(loggedIn);
        }

        /** In the module begun anew, an old handle may be somebody else's session. */
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void otherTokenOfTheModule_closesNoSessionOfBefore(boolean usedAgain) {
            keyring.close();
            Set<Long> open = ConcurrentHashMap.newKeySet();
            List<Long> stale = new CopyOnWriteArrayList<>();
            try (SoftHsm second = SoftHsm.newToken()) {
                second.generateAes("other", "02", 32);
                home.module.interpose(CryptokiFunction.OPEN_SESSION, (asked, arguments) -> {
                    long result = asked.call(CryptokiFunction.OPEN_SESSION, arguments);
                    open.add(new Pointer(arguments[4]).getLong(0));
                    return result;
                });
                home.module.interpose(CryptokiFunction.CLOSE_SESSION, (asked, arguments) -> {
                    if (!open.remove(arguments[0])) {
                        stale.add(arguments[0]);
                    }
                    return asked.call(CryptokiFunction.CLOSE_SESSION, arguments);
                });
                try (Pkcs11Keyring lost =
                                home.builder("aes").recoveryBackOff(1, 1).build(); // the largest at once
                        Pkcs11Keyring other = home.builder(Pkcs11Uri.parse(second.uri("other")))
                                .pin(second::pin)
                                .build()) {
                    WrappedDataKey there = Wraps.wrap(other, DATA_KEY);
                    home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
                    home.module.interpose(CryptokiFunction.FINALIZE, (asked, arguments) -> {
                        home.module.leave(CryptokiFunction.DECRYPT);
                        open.clear();
                        return asked.call(CryptokiFunction.FINALIZE, arguments);
                    });
                    assertThat(Wraps.unwrap(lost, wrapped)).isEqualTo(DATA_KEY);
                    if (usedAgain) {
                        assertThat(Wraps.unwrap(other, there)).isEqualTo(DATA_KEY);
                    }
                }
            }
            assertThat(stale).isEmpty();
        }

        /** Nor is a key looked for there. */
        @Test
        void otherToken_inItsPlaceWhenAKeyIsGone_isNotTakenForIt() {
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, ReturnValue.OBJECT_HANDLE_INVALID);
            home.module.interpose(CryptokiFunction.GET_TOKEN_INFO, (asked, arguments) -> {
                long result = asked.call(CryptokiFunction.GET_TOKEN_INFO, arguments);
                new Pointer(arguments[1]).setByte(80, (byte) '?'); // in the serial
                return result;
            });
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap).hasMessageContaining("shows only [token");
        }

        /** A token that is going shows no key any more before it says that it is gone. */
        @Test
        void keyNotFound_andTheTokenDoesNotAnswer_isALostToken_notAMissingKey() {
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, ReturnValue.OBJECT_HANDLE_INVALID);
            home.module.interpose(CryptokiFunction.FIND_OBJECTS, (asked, arguments) -> {
                home.module.answer(CryptokiFunction.GET_TOKEN_INFO, ReturnValue.DEVICE_ERROR);
                new Pointer(arguments[3]).setLong(0, 0);
                return ReturnValue.OK;
            });
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("C_GetTokenInfo gave CKR_DEVICE_ERROR");
            assertThat(keyring.status().state()).isEqualTo(State.DOWN);
            home.module.leaveAll();
            assertThat(unwrap()).isEqualTo(DATA_KEY);
        }

        @Test
        void mendingInPlaceFails_andTheTokenDoesNotAnswer_moduleBeginsAnew() {
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, ReturnValue.USER_NOT_LOGGED_IN);
            home.module.answerUntilFinalized(CryptokiFunction.GET_TOKEN_INFO, ReturnValue.GENERAL_ERROR);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(1, 1, 1);
        }

        @Test
        void sessions_areClosedBeforeTheModuleIsFinalised() {
            keyring.close();
            long before = home.module.calls(CryptokiFunction.OPEN_SESSION)
                    - home.module.calls(CryptokiFunction.CLOSE_SESSION);
            try (Pkcs11Keyring lost = home.keyring("aes")) {
                AtomicLong left = new AtomicLong(-1);
                home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
                home.module.interpose(CryptokiFunction.FINALIZE, (asked, arguments) -> {
                    home.module.leaveAll();
                    left.set(home.module.calls(CryptokiFunction.OPEN_SESSION)
                            - home.module.calls(CryptokiFunction.CLOSE_SESSION)
                            - before);
                    return asked.call(CryptokiFunction.FINALIZE, arguments);
                });
                assertThat(Wraps.unwrap(lost, wrapped)).isEqualTo(DATA_KEY);
                assertThat(left).hasValue(0);
            }
        }
    }

    /** Two tokens of one module: finalising it for the one logs the other out. */
    @Nested
    class BesideAnotherToken {
        private SoftHsm second;
        private WrappedDataKey there;

        @BeforeEach
        void makeSecond() {
            keyring.close();
            second = SoftHsm.newToken();
            second.generateAes("other", "02", 32);
            keyring = home.keyring("aes");
        }

        @AfterEach
        void deleteSecond() {
            second.close();
        }

        private Pkcs11Keyring.Builder onSecond() {
            return home.builder(Pkcs11Uri.parse(second.uri("other"))).pin(second::pin);
        }

        private void useSeveralTimesFailing(Pkcs11Keyring other) {
            countFromHere();
            home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            for (int tries = 0; tries < 20; tries++) {
                fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
                there = Wraps.wrap(other, DATA_KEY);
                home.pass(LARGEST);
            }
            home.module.leave(CryptokiFunction.DECRYPT);
        }

        /** When the back-off is the largest for the first time, then after 60 and 120 seconds; not after 240. */
        @Test
        void lost_theOthersLoginIsSacrificedRarely_andItsCallersDoNotNotice() {
            try (Pkcs11Keyring other = onSecond().build()) {
                useSeveralTimesFailing(other);
                assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(finalized + 3);
                assertThat(other.status().logins()).isEqualTo(1 + 3);
                assertThat(other.status().failures()).isZero();
                assertThat(unwrap()).isEqualTo(DATA_KEY);
                assertThat(Wraps.unwrap(other, there)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void lost_theOthersLoginByAPerson_isNotSacrificed() {
            home.module.interpose(CryptokiFunction.LOGIN, (asked, arguments) -> {
                if (arguments[2] != 0) {
                    return asked.call(CryptokiFunction.LOGIN, arguments);
                }
                byte[] pin = new String(second.pin()).getBytes(StandardCharsets.US_ASCII);
                try (Memory typed = new Memory(pin.length)) { // at the token's key pad, as it were
                    typed.write(0, pin, 0, pin.length);
                    return asked.call(
                            CryptokiFunction.LOGIN, arguments[0], arguments[1], Pointer.nativeValue(typed), pin.length);
                }
            });
            Pkcs11Quirks keyPad = Pkcs11Quirks.builder()
                    .loginWay(Pkcs11Quirks.LoginWay.PROTECTED_PATH)
                    .build();
            try (Pkcs11Keyring other = onSecond().quirks(keyPad).build()) {
                useSeveralTimesFailing(other);
                assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(finalized);
                assertThat(other.status().logins()).isEqualTo(1);
            }
        }

        /** By opening the one token after the other one could not have it initialised again. */
        @Test
        void finalisedByAnotherUser_andInitialisedForTheOneToken_isFinalisedAfterBoth() {
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0)).isEqualTo(ReturnValue.OK);
            home.module.answerOnce(CryptokiFunction.INITIALIZE, ReturnValue.FUNCTION_FAILED);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            try (Pkcs11Keyring other = onSecond().build()) {
                home.pass(FIRST);
                assertThat(unwrap()).isEqualTo(DATA_KEY);
                assertThat(Wraps.unwrap(other, Wraps.wrap(other, DATA_KEY))).isEqualTo(DATA_KEY);
                keyring.close();
            }
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0))
                    .isEqualTo(ReturnValue.CRYPTOKI_NOT_INITIALIZED.code);
        }

        @Test
        void bothLost_moduleBeginsAnewAtOnce() {
            try (Pkcs11Keyring other = onSecond().build()) {
                there = Wraps.wrap(other, DATA_KEY);
                home.module.answerUntilFinalized(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
                home.module.answer(CryptokiFunction.GET_SESSION_INFO, ReturnValue.DEVICE_ERROR);
                home.module.interpose(CryptokiFunction.FINALIZE, (asked, arguments) -> {
                    home.module.leaveAll();
                    return asked.call(CryptokiFunction.FINALIZE, arguments);
                });
                assertThat(unwrap()).isEqualTo(DATA_KEY);
                assertThat(Wraps.unwrap(other, there)).isEqualTo(DATA_KEY);
            }
        }
    }

    /** When the first one's calls have not met the loss. */
    @Nested
    class SecondKeyring {
        private void build() {
            try (Pkcs11Keyring second = home.keyring("aes")) {
                assertThat(Wraps.unwrap(second, wrapped)).isEqualTo(DATA_KEY);
            }
            assertThat(unwrap()).isEqualTo(DATA_KEY);
        }

        @Test
        void moduleFinalisedByAnotherUser_isBuilt() {
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0)).isEqualTo(ReturnValue.OK);
            build();
            assertCalls(1, 1, 1); // that C_Finalize is the other user's
            keyring.close();
            assertCalls(1, 2, 1);
        }

        @Test
        void sessionsClosedByAnotherUser_isBuilt() throws CryptokiException {
            home.closeAllSessionsAsAnotherUser();
            build();
            assertCalls(0, 0, 1);
        }

        @Test
        void tokenInUse_notPresent_isUnavailable_andBuiltWhenItIsBack() {
            home.module.interpose(CryptokiFunction.GET_SLOT_LIST, (asked, arguments) -> {
                new Pointer(arguments[2]).setLong(0, 0);
                return ReturnValue.OK;
            });
            home.module.answer(CryptokiFunction.GET_TOKEN_INFO, ReturnValue.TOKEN_NOT_PRESENT);
            fails(Reason.UNAVAILABLE, () -> home.keyring("aes")).hasMessageContaining("can't be used just now");
            home.module.leaveAll();
            home.pass(FIRST);
            build();
        }

        @Test
        void tokenInUse_inAnotherSlotNow_isTheSameToken() {
            home.renumberSlots(7);
            try (Pkcs11Keyring second = home.keyring("aes")) {
                assertThat(Wraps.unwrap(second, wrapped)).isEqualTo(DATA_KEY);
                assertThat(second.status()).isEqualTo(keyring.status());
                home.module.leaveAll();
                home.pass(LARGEST);
                home.module.answerUntilFinalized(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
                assertThat(unwrap()).isEqualTo(DATA_KEY);
            }
        }

        /** Though the module is sick, a login that fails is not tried again by the same keyring. */
        @Test
        void tokenLostAmidItsLogin_isNotLoggedInOnAgain() {
            try {
                home.logOutAsAnotherUser();
            } catch (CryptokiException e) {
                throw new AssertionError(e);
            }
            home.module.answer(CryptokiFunction.LOGIN, ReturnValue.DEVICE_ERROR);
            fails(Reason.UNAVAILABLE, () -> home.keyring("aes")).hasMessageContaining("C_Login gave");
            assertCalls(0, 0, 1);
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void anyTokenOfTheModel_isAmbiguous_thoughOneIsLost(boolean moduleIsSick) {
            try (SoftHsm second = SoftHsm.newToken()) { // seen once the module begins anew
                loseForAWhile();
                if (moduleIsSick) {
                    home.module.answerUntilFinalized(CryptokiFunction.GET_SLOT_LIST, ReturnValue.DEVICE_ERROR);
                }
                fails(
                                Reason.MISCONFIGURED,
                                () -> home.builder(uri("model=SoftHSM%20v2")).build())
                        .hasMessageContaining("several match")
                        .hasMessageContaining(home.token.label())
                        .hasMessageContaining(second.label());
            }
            if (!moduleIsSick) {
                assertCalls(1, 1, 0);
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"slot-description=another", "library-description=another"})
        void lostToken_ofAnotherSlotOrLibrary_isNotTaken(String wanted) {
            loseForAWhile();
            fails(
                    Reason.MISCONFIGURED,
                    () -> home.builder(uri("token=" + home.token.label() + ";" + wanted))
                            .build());
            assertCalls(1, 1, 0);
        }

        private void loseForAWhile() {
            home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            home.module.answer(CryptokiFunction.GET_SLOT_LIST, ReturnValue.DEVICE_ERROR);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            home.module.leaveAll();
            home.pass(FIRST);
        }

        private static Pkcs11Uri uri(String token) {
            return Pkcs11Uri.parse("pkcs11:" + token + ";object=aes?module-path=" + home.token.module());
        }
    }

    @Nested
    class InPlace {
        /** Logout by another user of the module in this process. */
        @Test
        void loggedOutByAnotherUser_logsInAgainAndFindsTheKey() throws CryptokiException {
            home.logOutAsAnotherUser();
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 1);
            assertMended(1);
        }

        @Test
        void userNotLoggedIn_logsInAgain() throws CryptokiException {
            home.module.interpose(CryptokiFunction.DECRYPT_INIT, (asked, arguments) -> {
                home.module.leave(CryptokiFunction.DECRYPT_INIT);
                try {
                    home.logOutAsAnotherUser();
                } catch (CryptokiException e) {
                    throw new AssertionError(e);
                }
                return ReturnValue.USER_NOT_LOGGED_IN.code;
            });
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 1);
        }

        /** Logs out as another user when the function is called next. */
        private void logOutBefore(CryptokiFunction function) {
            home.module.interpose(function, (asked, arguments) -> {
                home.module.leave(function);
                logOut();
                return asked.call(function, arguments);
            });
        }

        private void logOut() {
            try {
                home.logOutAsAnotherUser();
            } catch (CryptokiException e) {
                throw new AssertionError(e);
            }
        }

        /** Between the login that opening it makes sure of and the search for its key. */
        @Test
        void loggedOutByAnotherUser_whileAnotherKeyringIsOpened_logsInAgainAndFindsTheKey() {
            logOutBefore(CryptokiFunction.FIND_OBJECTS_INIT);
            try (Pkcs11Keyring another = home.keyring("aes")) {
                assertThat(Wraps.unwrap(another, Wraps.wrap(another, DATA_KEY))).isEqualTo(DATA_KEY);
            }
            assertCalls(0, 0, 1);
        }

        /** It logs in, and so nobody else notices: on a token that gives numbers anew, the old handle would be another key. */
        @Test
        void loggedOutByAnotherUser_beforeAnotherKeyringIsOpened_hasTheFirstFindItsKeyAgain() throws CryptokiException {
            unwrap();
            home.logOutAsAnotherUser();
            try (Pkcs11Keyring another = home.keyring("rsa")) {
                assertThat(Wraps.unwrap(another, Wraps.wrap(another, DATA_KEY))).isEqualTo(DATA_KEY);
                Set<Long> found = new HashSet<>();
                home.module.interpose(CryptokiFunction.FIND_OBJECTS, (asked, arguments) -> {
                    long result = asked.call(CryptokiFunction.FIND_OBJECTS, arguments);
                    if (new Pointer(arguments[3]).getLong(0) > 0) {
                        found.add(new Pointer(arguments[1]).getLong(0));
                    }
                    return result;
                });
                home.module.interpose(CryptokiFunction.DECRYPT_INIT, (asked, arguments) -> {
                    assertThat(found).as("handles found since the login").contains(arguments[2]);
                    return asked.call(CryptokiFunction.DECRYPT_INIT, arguments);
                });
                assertThat(unwrap()).isEqualTo(DATA_KEY);
            }
            assertCalls(0, 0, 1);
        }

        /** Else the key would be taken for another one whenever it is found again. */
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void checkValue_thatCannotBeReadJustNow_isNotTakenForNone(boolean loggedOut) {
            home.module.interpose(CryptokiFunction.GET_ATTRIBUTE_VALUE, (asked, arguments) -> {
                if (new Pointer(arguments[2]).getLong(0) != CryptokiConstants.CKA_CHECK_VALUE) {
                    return asked.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments);
                }
                home.module.leave(CryptokiFunction.GET_ATTRIBUTE_VALUE);
                if (loggedOut) {
                    logOut();
                    // as on a token that still knows the handle
                    home.module.answer(CryptokiFunction.GET_ATTRIBUTE_VALUE, ReturnValue.ATTRIBUTE_TYPE_INVALID);
                    home.module.interpose(CryptokiFunction.LOGIN, (token, login) -> {
                        home.module.leaveAll();
                        return token.call(CryptokiFunction.LOGIN, login);
                    });
                } else {
                    home.module.answerOnce(CryptokiFunction.GET_ATTRIBUTE_VALUE, ReturnValue.OBJECT_HANDLE_INVALID);
                }
                return ReturnValue.GENERAL_ERROR.code;
            });
            try (Pkcs11Keyring another = home.keyring("aes")) {
                WrappedDataKey stored = Wraps.wrap(another, DATA_KEY);
                home.passBackOff();
                logOut();
                assertThat(Wraps.unwrap(another, stored)).isEqualTo(DATA_KEY);
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"aes", "rsa"})
        void loggedOutByAnotherUser_amidDecryption_logsInAgain(String label) {
            try (Pkcs11Keyring other = home.keyring(label)) {
                WrappedDataKey stored = Wraps.wrap(other, DATA_KEY);
                logOutBefore(CryptokiFunction.DECRYPT);
                assertThat(Wraps.unwrap(other, stored)).isEqualTo(DATA_KEY);
                assertThat(Wraps.unwrap(other, stored)).isEqualTo(DATA_KEY);
            }
            assertCalls(0, 0, 1);
        }

        /** As SoftHSM answers for RSA: that it failed, and no more. */
        @ParameterizedTest
        @EnumSource(names = {"ENCRYPT", "DECRYPT"})
        void loggedOutByAnotherUser_amidWhatThenFails_logsInAgain(CryptokiFunction function) {
            home.module.interpose(function, (asked, arguments) -> {
                home.module.leave(function);
                logOut();
                return ReturnValue.GENERAL_ERROR.code;
            });
            assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY))).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 1);
        }

        /** Who is logged in again, and the handle ended all the same. */
        @Test
        void keyHandle_endedAmidWhatThenFails_isFoundAgain() {
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                home.module.leave(CryptokiFunction.DECRYPT);
                home.module.answerOnce(CryptokiFunction.GET_ATTRIBUTE_VALUE, ReturnValue.OBJECT_HANDLE_INVALID);
                return ReturnValue.GENERAL_ERROR.code;
            });
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 0);
        }

        @Test
        void allSessionsClosedByAnotherUser_areOpenedAgain_andThereIsALogin() throws CryptokiException {
            home.closeAllSessionsAsAnotherUser();
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 1);
            assertMended(1);
        }

        @ParameterizedTest
        @EnumSource(
                names = {"SESSION_HANDLE_INVALID", "SESSION_CLOSED", "OPERATION_ACTIVE", "OPERATION_NOT_INITIALIZED"})
        void session_lost_isReplacedWithoutLogin(ReturnValue lost) {
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, lost);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 0);
            assertMended(1);
        }

        @ParameterizedTest
        @EnumSource(names = {"OBJECT_HANDLE_INVALID", "KEY_HANDLE_INVALID", "UNWRAPPING_KEY_HANDLE_INVALID"})
        void keyHandle_lost_isFoundAgainWithoutLogin(ReturnValue lost) {
            long searched = home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT);
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, lost);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertThat(home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT)).isGreaterThan(searched);
            assertCalls(0, 0, 0);
        }

        /** The next call does not begin with a handle that is known to be dead. */
        @Test
        void keyHandle_lostAgainWhenReplayed_isFoundByTheNextCall() {
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.OBJECT_HANDLE_INVALID);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap).hasMessageContaining("CKR_OBJECT_HANDLE_INVALID");
            home.module.leave(CryptokiFunction.DECRYPT_INIT);
            long searched = home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertThat(home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT)).isGreaterThan(searched);
            assertMended(1);
        }

        @Test
        void sameLoss_withinTheBackOff_isNotMendedAgain() {
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, ReturnValue.SESSION_CLOSED);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, ReturnValue.SESSION_CLOSED);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("CKR_SESSION_CLOSED")
                    .hasMessageContaining("tried again in " + FIRST + " ms");
            home.pass(FIRST);
            home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, ReturnValue.SESSION_CLOSED);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertMended(2);
        }

        /** Finalising would end what other tokens of the module do, for nothing. */
        @Test
        void mendingFails_andTheTokenAnswers_moduleIsLeftAlone() {
            logOut();
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.USER_NOT_LOGGED_IN);
            home.module.answerOnce(CryptokiFunction.GET_TOKEN_INFO, ReturnValue.HOST_MEMORY);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("mending it failed: C_GetTokenInfo gave CKR_HOST_MEMORY")
                    .hasMessageContaining("tried again in 500 ms");
            assertCalls(0, 0, 0);
        }

        @Test
        void deviceLost_whileMendingASession_isMendedToo() throws CryptokiException {
            home.closeAllSessionsAsAnotherUser();
            home.module.answerUntilFinalized(CryptokiFunction.OPEN_SESSION, ReturnValue.DEVICE_ERROR);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(1, 1, 1);
        }
    }

    @Nested
    class DeadToken {
        @BeforeEach
        void die() {
            home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            home.module.answer(CryptokiFunction.GET_SLOT_LIST, ReturnValue.DEVICE_ERROR);
        }

        private void comeBack() {
            home.module.leaveAll();
        }

        @Test
        void call_failsAtOnce_namingTokenCauseAndTime() {
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            int calls = home.module.calls();
            home.pass(FIRST - 120);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("object=aes")
                    .hasMessageContaining("token '" + home.token.label())
                    .hasMessageContaining("C_Decrypt gave CKR_DEVICE_ERROR")
                    .hasMessageContaining("tried again in 120 ms")
                    .satisfies(e ->
                            assertThat(((KeyringException) e).isRetryable()).isTrue());
            fails(Reason.UNAVAILABLE, () -> Wraps.wrap(keyring, DATA_KEY));
            fails(Reason.UNAVAILABLE, () -> home.keyring("aes"));
            assertThat(home.module.calls()).as("calls into the module").isEqualTo(calls);
            assertThat(keyring.status().state()).isEqualTo(State.DOWN);
            assertThat(keyring.status().nextTryMillis()).hasValue(120);
        }

        @Test
        void call_failsAtOnce_thoughAnotherCallIsInTheModule() {
            keyring.close();
            home.module.leaveAll();
            keyring = home.builder("aes").sessionWaitMillis(1).build();
            die();
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            home.whileInUse(() -> fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("is tried again in " + FIRST + " ms"));
        }

        @Test
        void tries_comeOncePerBackOff_whichDoublesUpToTheLargest() {
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            long expected = FIRST;
            for (int tries = 1; tries <= 9; tries++) {
                assertCalls(tries, tries, 0);
                assertThat(keyring.status().nextTryMillis()).hasValue(expected);
                home.pass(expected - 1);
                fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
                assertCalls(tries, tries, 0);
                home.pass(1);
                fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
                expected = Math.min(2 * expected, LARGEST);
            }
            assertThat(expected).isEqualTo(LARGEST);
        }

        @Test
        void token_back_isUsedAgainByItself_andTheNextLossBeginsWithTheFirstBackOff() {
            for (int tries = 0; tries < 4; tries++) {
                fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
                home.pass(LARGEST);
            }
            comeBack();
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertThat(keyring.status().state()).isEqualTo(State.UP);
            home.pass(LARGEST);
            die();
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            assertThat(keyring.status().nextTryMillis()).hasValue(FIRST);
        }

        @Test
        void lostAgainWhenReplayed_isNotTriedBeforeTheBackOff() {
            home.module.leave(CryptokiFunction.GET_SLOT_LIST); // mending goes well, and C_Decrypt fails again
            long decrypted = home.module.calls(CryptokiFunction.DECRYPT);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            assertThat(home.module.calls(CryptokiFunction.DECRYPT)).isEqualTo(decrypted + 2);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap).hasMessageContaining("tried again in");
            assertThat(home.module.calls(CryptokiFunction.DECRYPT)).isEqualTo(decrypted + 2);
            assertCalls(1, 1, 1);
        }

        @Test
        void keyring_closedWhileDead_letsGo() {
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            keyring.close();
            comeBack();
            try (Pkcs11Keyring next = home.keyring("aes")) {
                assertThat(Wraps.unwrap(next, wrapped)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void initialisationFails_isTriedAgain() {
            home.module.leave(CryptokiFunction.GET_SLOT_LIST);
            home.module.answer(CryptokiFunction.INITIALIZE, ReturnValue.FUNCTION_FAILED);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("C_Initialize gave CKR_FUNCTION_FAILED");
            comeBack();
            home.pass(FIRST);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
        }
    }

    @Nested
    class Logins {
        private void loseLogin() {
            try {
                home.logOutAsAnotherUser();
            } catch (CryptokiException e) {
                throw new AssertionError(e);
            }
        }

        @ParameterizedTest
        @EnumSource(names = {"PIN_INCORRECT", "PIN_LOCKED", "PIN_EXPIRED", "GENERAL_ERROR", "FUNCTION_FAILED"})
        void refused_isNeverTriedAgain_untilAnotherKeyringIsBuilt(ReturnValue refusal) {
            useOldPin();
            loseLogin();
            home.module.answer(CryptokiFunction.LOGIN, refusal);
            for (int call = 0; call < 3; call++) {
                fails(Reason.DENIED, RecoveryTest.this::unwrap)
                        .hasMessageContaining("C_Login gave CKR_" + refusal)
                        .hasMessageContaining("build a new keyring");
                assertThat(keyring.status().state()).isEqualTo(State.DENIED);
                home.pass(10 * LARGEST);
            }
            assertCalls(0, 0, 1);
            fails(ReturnValue.PIN_INCORRECT.reason, () -> {
                home.module.answer(CryptokiFunction.LOGIN, ReturnValue.PIN_INCORRECT);
                home.builder("aes").pin(() -> "another".toCharArray()).build();
            });
            assertCalls(0, 0, 2); // that one was asked for
            fails(Reason.DENIED, RecoveryTest.this::unwrap);
            home.module.leaveAll();
            try (Pkcs11Keyring next = home.keyring("aes")) {
                assertThat(Wraps.unwrap(next, wrapped)).isEqualTo(DATA_KEY);
                assertThat(unwrap()).isEqualTo(DATA_KEY);
            }
            assertCalls(0, 0, 3);
        }

        @Test
        void refusedAfterTheModuleBeganAnew_isNeverTriedAgain() {
            useOldPin();
            home.module.answerUntilFinalized(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            home.module.answer(CryptokiFunction.LOGIN, ReturnValue.PIN_INCORRECT);
            fails(Reason.DENIED, RecoveryTest.this::unwrap)
                    .hasMessageContaining("its login was lost")
                    .hasMessageNotContaining("logged out");
            home.pass(LARGEST);
            fails(Reason.DENIED, RecoveryTest.this::unwrap);
            assertCalls(1, 1, 1);
        }

        @ParameterizedTest
        @EnumSource(names = {"DEVICE_ERROR", "SESSION_HANDLE_INVALID"})
        void connectionLostWhileLoggingIn_isNoRefusal(ReturnValue lost) {
            loseLogin();
            home.module.answerUntilFinalized(CryptokiFunction.LOGIN, lost);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(1, 1, 2);
        }

        @ParameterizedTest
        @EnumSource(names = {"FINAL", "LOCKED"})
        void dangerousToken_isNotLoggedInOnByItself_evenIfTheKeyringMay(Danger danger) {
            keyring.close();
            try (Pkcs11Keyring daring = home.builder("aes").evenOnFinalTry().build()) {
                long before = home.module.calls(CryptokiFunction.LOGIN);
                home.addTokenFlags(danger.flag);
                loseLogin();
                fails(Reason.DENIED, () -> Wraps.unwrap(daring, wrapped)).hasMessageContaining(danger.words);
                home.pass(LARGEST);
                fails(Reason.DENIED, () -> Wraps.unwrap(daring, wrapped)).hasMessageContaining(danger.words);
                assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(before);
            }
        }

        private enum Danger {
            FINAL(CryptokiConstants.CKF_USER_PIN_FINAL_TRY, "one more wrong PIN locks"),
            LOCKED(CryptokiConstants.CKF_USER_PIN_LOCKED, "is locked");

            final long flag;
            final String words;

            Danger(long flag, String words) {
                this.flag = flag;
                this.words = words;
            }
        }

        @Test
        void countLow_isNoObstacle() {
            home.addTokenFlags(CryptokiConstants.CKF_USER_PIN_COUNT_LOW);
            loseLogin();
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 1);
        }

        @Test
        void sourceThatLendsAWipedArray_isNotTriedAsAPin() {
            keyring.close();
            char[] always = home.token.pin();
            try (Pkcs11Keyring careless = home.builder("aes").pin(() -> always).build()) {
                long before = home.module.calls(CryptokiFunction.LOGIN);
                loseLogin();
                fails(Reason.DENIED, () -> Wraps.unwrap(careless, wrapped))
                        .hasMessageContaining("an array that is wiped");
                assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(before);
            }
        }

        /** The PIN that the token took is used again, not one that it never saw. */
        @Test
        void secondKeyringsUncheckedPin_isNotTriedWhileTheFirstIsOpen() {
            try (Pkcs11Keyring second =
                    home.builder("aes").pin(() -> "not it".toCharArray()).build()) {
                assertCalls(0, 0, 0); // wrong PIN while logged in: nobody looks at it
                loseLogin();
                assertThat(Wraps.unwrap(second, wrapped)).isEqualTo(DATA_KEY);
                assertCalls(0, 0, 1);
            }
        }

        /** A PIN that was right once, when the token takes another one now. */
        private final AtomicBoolean rotated = new AtomicBoolean();

        private char[] oldPin() {
            return rotated.get() ? "the old one".toCharArray() : home.token.pin();
        }

        /** Has a keyring in place of the usual one whose PIN is not the token's any more. */
        private void useOldPin() {
            keyring.close();
            keyring = home.builder("aes").pin(this::oldPin).build();
            rotated.set(true);
            countFromHere();
        }

        /** The same, when the token has refused the PIN. */
        private void refuseOldPin() {
            useOldPin();
            loseLogin();
            fails(Reason.DENIED, RecoveryTest.this::unwrap).hasMessageContaining("the PIN is wrong");
            home.pass(LARGEST);
            countFromHere();
        }

        @Test
        void keyringWhosePinWasTaken_closed_anothersIsAsked() {
            AtomicInteger asked = new AtomicInteger();
            try (Pkcs11Keyring second = home.builder("aes")
                    .pin(() -> {
                        asked.incrementAndGet();
                        return home.token.pin();
                    })
                    .build()) {
                keyring.close();
                loseLogin();
                assertThat(Wraps.unwrap(second, wrapped)).isEqualTo(DATA_KEY);
            }
            assertThat(asked).hasValue(1);
        }

        @Test
        void refusedPin_isNotTriedAgain_whenTheKeyringThatGotInIsClosed() {
            refuseOldPin();
            home.keyring("aes").close();
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 1);
            loseLogin();
            fails(Reason.DENIED, RecoveryTest.this::unwrap).hasMessageContaining("refused this keyring's login before");
            home.pass(LARGEST);
            fails(Reason.DENIED, RecoveryTest.this::unwrap);
            assertCalls(0, 0, 1);
        }

        @Test
        void refusedPin_isNotTriedByANewKeyring() {
            refuseOldPin();
            fails(Reason.DENIED, () -> home.builder("aes").pin(this::oldPin).build())
                    .hasMessageContaining("refused this PIN before in this process");
            assertCalls(0, 0, 0);
        }

        /** The newer keyring's PIN is looked at when it is needed, and not the one that was refused. */
        @Test
        void refusedPin_isNotTriedAgain_whenANewKeyringFoundTheProcessLoggedInByOthers() throws CryptokiException {
            refuseOldPin();
            home.logInAsAnotherUser();
            try (Pkcs11Keyring next = home.keyring("aes")) {
                assertCalls(0, 0, 0);
                loseLogin();
                assertThat(Wraps.unwrap(next, wrapped)).isEqualTo(DATA_KEY);
                assertCalls(0, 0, 1);
            }
        }

        @Test
        void newestKeyringThatNeverLogsIn_leavesTheLoginToAnother() {
            Pkcs11Quirks loggedInByOthers =
                    Pkcs11Quirks.builder().loginWay(Pkcs11Quirks.LoginWay.NONE).build();
            try (Pkcs11Keyring second = home.keyring("aes"); // whose PIN nobody looked at
                    Pkcs11Keyring guest =
                            home.builder("aes").quirks(loggedInByOthers).build()) {
                keyring.close();
                keyring = second;
                loseLogin();
                assertThat(Wraps.unwrap(guest, wrapped)).isEqualTo(DATA_KEY);
                assertCalls(0, 0, 1);
            }
        }

        /** And the module is let be, as nothing is wrong with it. */
        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        void pinSourceThatFails_isAskedAgainAfterTheBackOff(boolean saysSo) {
            keyring.close();
            AtomicBoolean broken = new AtomicBoolean();
            keyring = home.builder("aes")
                    .pin(() -> {
                        if (broken.get()) {
                            throw saysSo
                                    ? new KeyringException(Reason.MISCONFIGURED, "vault sealed")
                                    : new IllegalStateException("vault sealed");
                        }
                        return home.token.pin();
                    })
                    .build();
            countFromHere();
            broken.set(true);
            loseLogin();
            for (int tries = 0; tries < 3; tries++) {
                assertThatThrownBy(RecoveryTest.this::unwrap).hasMessageContaining("vault sealed");
                fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap).hasMessageContaining("tried again in");
                home.pass(LARGEST);
            }
            broken.set(false);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 1);
        }

        @ParameterizedTest
        @EnumSource(names = {"HOST_MEMORY", "DEVICE_MEMORY", "FUNCTION_CANCELED"})
        void answerThatSaysNothingOfThePin_isNoRefusal_andTheLoginIsTriedAfterTheBackOff(ReturnValue said) {
            loseLogin();
            home.module.answerOnce(CryptokiFunction.LOGIN, said);
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap)
                    .hasMessageContaining("C_Login gave CKR_" + said)
                    .hasMessageContaining("tried again in " + FIRST + " ms");
            fails(Reason.UNAVAILABLE, RecoveryTest.this::unwrap);
            assertCalls(0, 0, 1);
            home.pass(FIRST);
            assertThat(unwrap()).isEqualTo(DATA_KEY);
            assertCalls(0, 0, 2);
        }
    }

    @Nested
    class Threads {
        private static final int THREADS = 16;

        private void all(int rounds) throws Exception {
            ExecutorService threads = Executors.newFixedThreadPool(THREADS);
            try {
                List<Future<?>> results = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    results.add(threads.submit(() -> {
                        for (int round = 0; round < rounds; round++) {
                            assertThat(unwrap()).isEqualTo(DATA_KEY);
                        }
                    }));
                }
                for (Future<?> result : results) {
                    result.get(50, TimeUnit.SECONDS);
                }
            } finally {
                threads.shutdownNow();
            }
        }

        @ParameterizedTest
        @EnumSource(names = {"DEVICE_ERROR", "SESSION_HANDLE_INVALID", "OBJECT_HANDLE_INVALID"})
        void allMeetTheLoss_oneMendsIt_andAllSucceed(ReturnValue lost) throws Exception {
            CyclicBarrier all = new CyclicBarrier(THREADS);
            AtomicInteger met = new AtomicInteger();
            home.module.interpose(CryptokiFunction.DECRYPT_INIT, (asked, arguments) -> {
                if (met.incrementAndGet() > THREADS) {
                    return asked.call(CryptokiFunction.DECRYPT_INIT, arguments);
                }
                try {
                    all.await(30, TimeUnit.SECONDS);
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
                return lost.code;
            });
            all(1);
            assertMended(1);
            assertThat(keyring.status().failures()).isEqualTo(THREADS);
        }

        /** Who comes second finds the module begun anew, and of the other token's handles none good. */
        @Test
        void twoTokensLostTogether_moduleBeginsAnewOnce_andBothFindTheirKeysAgain() throws Exception {
            keyring.close();
            CyclicBarrier bothIn = new CyclicBarrier(2);
            ExecutorService other = Executors.newSingleThreadExecutor();
            try (SoftHsm second = SoftHsm.newToken()) {
                second.generateAes("other", "02", 32);
                try (Pkcs11Keyring here = home.keyring("aes");
                        Pkcs11Keyring there = home.builder(Pkcs11Uri.parse(second.uri("other")))
                                .pin(second::pin)
                                .build()) {
                    WrappedDataKey elsewhere = Wraps.wrap(there, DATA_KEY);
                    long begun = home.module.calls(CryptokiFunction.INITIALIZE);
                    home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                        try {
                            bothIn.await(30, TimeUnit.SECONDS);
                        } catch (Exception e) {
                            throw new AssertionError(e);
                        }
                        return ReturnValue.DEVICE_ERROR.code;
                    });
                    home.module.answer(CryptokiFunction.GET_SESSION_INFO, ReturnValue.DEVICE_ERROR);
                    home.module.interpose(CryptokiFunction.FINALIZE, (asked, arguments) -> {
                        home.module.leave(CryptokiFunction.DECRYPT);
                        home.module.leave(CryptokiFunction.GET_SESSION_INFO);
                        return asked.call(CryptokiFunction.FINALIZE, arguments);
                    });
                    long searched = home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT);
                    Future<byte[]> opened = other.submit(() -> Wraps.unwrap(there, elsewhere));
                    assertThat(Wraps.unwrap(here, wrapped)).isEqualTo(DATA_KEY);
                    assertThat(opened.get(30, TimeUnit.SECONDS)).isEqualTo(DATA_KEY);
                    assertThat(home.module.calls(CryptokiFunction.INITIALIZE)).isEqualTo(begun + 1);
                    long firstSearch = 2; // by one thread for each of two keys, and of each class if none is named
                    assertThat(home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT) - searched)
                            .isGreaterThanOrEqualTo(2 * firstSearch);
                }
            } finally {
                other.shutdownNow();
            }
        }

        /** Nothing is called while the module is finalised, and no handle of before is used after. */
        @Test
        void moduleBeginsAnew_amidCalls_noneRunsBeside_andAllSucceed() throws Exception {
            AtomicInteger calls = new AtomicInteger();
            AtomicInteger losses = new AtomicInteger();
            ThreadLocal<Boolean> replays = ThreadLocal.withInitial(() -> false);
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                boolean due = calls.incrementAndGet() % 50 == 0
                        && !replays.get()
                        && home.module.calls(CryptokiFunction.FINALIZE) == finalized + losses.get();
                replays.set(due);
                if (due && losses.incrementAndGet() > 0) {
                    home.pass(LARGEST);
                    return ReturnValue.DEVICE_ERROR.code;
                }
                return asked.call(CryptokiFunction.DECRYPT, arguments);
            });
            all(50);
            assertThat(losses.get()).isGreaterThan(3);
            assertThat(keyring.status().recoveriesSucceeded()).isGreaterThanOrEqualTo(losses.get());
            assertCalls(losses.get(), losses.get(), losses.get());
            assertThat(home.module.besideFinalize()).isZero();
        }
    }

    @Nested
    class Keys {
        private Pkcs11Keyring fickle;
        private WrappedDataKey mine;

        @BeforeEach
        void make() {
            home.token.importAes("fickle", "10", bytes(1));
            fickle = home.keyring("fickle");
            mine = Wraps.wrap(fickle, DATA_KEY);
        }

        @AfterEach
        void delete() {
            fickle.close();
            home.token.pkcs11Tool("--delete-object", "--type", "secrkey", "--id", "10");
        }

        private static byte[] bytes(int value) {
            byte[] bytes = new byte[32];
            java.util.Arrays.fill(bytes, (byte) value);
            return bytes;
        }

        private void replace(int value) {
            home.token.pkcs11Tool("--delete-object", "--type", "secrkey", "--id", "10");
            home.token.importAes("fickle", "10", bytes(value));
        }

        @Test
        void recreated_withTheSameValue_isTheSameKey() {
            replace(1);
            assertThat(Wraps.unwrap(fickle, mine)).isEqualTo(DATA_KEY);
        }

        @Test
        void recreated_withAnotherValue_isRefused_untilTheOldOneIsBack() {
            replace(2);
            fails(Reason.MISCONFIGURED, () -> Wraps.unwrap(fickle, mine))
                    .hasMessageContaining("was replaced")
                    .hasMessageContaining("another value");
            fails(Reason.MISCONFIGURED, () -> Wraps.wrap(fickle, DATA_KEY)).hasMessageContaining("was replaced");
            replace(1);
            long searched = home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT);
            fails(Reason.MISCONFIGURED, () -> Wraps.unwrap(fickle, mine))
                    .hasMessageContaining("looked for again in 500 ms");
            assertThat(home.module.calls(CryptokiFunction.FIND_OBJECTS_INIT)).isEqualTo(searched);
            home.pass(FIRST);
            assertThat(Wraps.unwrap(fickle, mine)).isEqualTo(DATA_KEY);
            home.passBackOff();
            replace(2);
            fails(Reason.MISCONFIGURED, () -> Wraps.unwrap(fickle, mine)).hasMessageContaining("was replaced");
            fails(Reason.MISCONFIGURED, () -> Wraps.unwrap(fickle, mine))
                    .hasMessageContaining("looked for again in 500 ms"); // from the beginning, as it had been found
            replace(1);
        }

        @Test
        void deleted_isNamedMissing() {
            home.token.pkcs11Tool("--delete-object", "--type", "secrkey", "--id", "10");
            try {
                fails(Reason.MISCONFIGURED, () -> Wraps.unwrap(fickle, mine)).hasMessageContaining("there is none");
                assertThat(unwrap()).as("another key of the token").isEqualTo(DATA_KEY);
                assertCalls(0, 0, 0);
            } finally {
                home.token.importAes("fickle", "10", bytes(1));
            }
        }
    }
}
