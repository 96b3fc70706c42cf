/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Memory;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.testing.SoftHsm;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;

class LoginTest {
    private static final byte[] DATA_KEY = new byte[32];

    private InterposedToken home;
    private final AtomicInteger asked = new AtomicInteger();

    @BeforeEach
    void makeToken() {
        home = new InterposedToken();
        home.token.generateAes("master", "01", 32);
    }

    @AfterEach
    void deleteToken() {
        home.close();
        assertThat(home.module.liveBlocks()).as("native memory not given back").isZero();
    }

    private char[] countedPin() {
        asked.incrementAndGet();
        return home.token.pin();
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(Pkcs11Keyring.Builder builder) {
        return assertThatThrownBy(builder::build)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED));
    }

    @Nested
    class OnceOnly {
        @Test
        void wrongPin_isTriedOnceAndNeverAgain() {
            refused(home.builder("master").pin(() -> "not it".toCharArray()))
                    .hasMessageContaining("the PIN is wrong")
                    .hasMessageNotContaining("not it");
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(1);
        }

        private void build(String pin) {
            home.builder("master").pin(pin::toCharArray).build().close();
        }

        private void refusedPin(String pin, String said, int triedSoFar) {
            refused(home.builder("master").pin(pin::toCharArray))
                    .hasMessageContaining(said)
                    .hasMessageNotContaining(pin);
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(triedSoFar);
        }

        /** By keyrings one after the other, each of which lets go of the module. */
        @Test
        void wrongPin_isTriedOnceInAProcess_untilALoginSucceeds() {
            refusedPin("p\u00efn 1", "the PIN is wrong", 1);
            refusedPin("p\u00efn 1", "refused this PIN before in this process, so it was not tried again", 1);
            refusedPin("pin 2", "the PIN is wrong", 2);
            refusedPin("p\u00efn 1", "was not tried again", 2);
            refusedPin("pin 2", "was not tried again", 2);
            build(new String(home.token.pin()));
            refusedPin("p\u00efn 1", "the PIN is wrong", 4);
        }

        @Test
        void wrongPinOfOneToken_isTriedOnAnother() {
            try (SoftHsm other = SoftHsm.newToken()) {
                other.generateAes("there", "01", 32);
                String pinOfOther = new String(other.pin());
                refusedPin(pinOfOther, "the PIN is wrong", 1);
                home.builder(Pkcs11Uri.parse(other.uri("there")))
                        .pin(other::pin)
                        .build()
                        .close();
                assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(2);
                refusedPin(pinOfOther, "was not tried again", 2);
            }
        }

        /** An answer that may have other reasons is no verdict on the PIN. */
        @Test
        void pinThatMayBeRight_isTriedAgainByANewKeyring() {
            home.module.answerOnce(CryptokiFunction.LOGIN, ReturnValue.PIN_EXPIRED);
            String pin = new String(home.token.pin());
            refusedPin(pin, "must be changed first", 1);
            build(pin);
        }

        @ParameterizedTest
        @NullAndEmptySource
        void emptyPin_isNotTried(char[] given) {
            assertThatThrownBy(() -> home.builder("master").pin(() -> given).build())
                    .isInstanceOfSatisfying(
                            KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED))
                    .hasMessageContaining("object=master")
                    .hasMessageContaining("gave an empty PIN, so no login was tried");
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isZero();
        }

        @Test
        void wrongPin_leavesNothingOpen() {
            refused(home.builder("master").pin(() -> "not it".toCharArray()));
            assertThat(home.module.calls(CryptokiFunction.CLOSE_SESSION))
                    .isEqualTo(home.module.calls(CryptokiFunction.OPEN_SESSION));
            assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(1);
        }

        @Test
        void lostSessions_areReplacedWithoutAnotherLogin() {
            try (Pkcs11Keyring keyring = home.keyring("master")) {
                home.module.answer(CryptokiFunction.ENCRYPT_INIT, ReturnValue.SESSION_HANDLE_INVALID);
                assertThatThrownBy(() -> Wraps.wrap(keyring, DATA_KEY)).isInstanceOf(KeyringException.class);
                assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(1);
            }
        }

        @Test
        void secondKeyring_needsNoLoginAndAsksForNoPin() {
            try (Pkcs11Keyring first = home.keyring("master");
                    Pkcs11Keyring second = home.builder("master")
                            .pin(LoginTest.this::countedPin)
                            .build()) {
                assertThat(Wraps.unwrap(second, Wraps.wrap(first, DATA_KEY))).isEqualTo(DATA_KEY);
            }
            assertThat(asked).hasValue(0);
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(1);
        }
    }

    @Nested
    class DangerousTokens {
        @Test
        void finalTry_isNotRisked() {
            home.addTokenFlags(CKF_USER_PIN_FINAL_TRY);
            refused(home.builder("master").pin(LoginTest.this::countedPin))
                    .hasMessageContaining("one more wrong PIN locks");
            assertThat(asked).hasValue(0);
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isZero();
        }

        @Test
        void finalTry_allowed_isTried() {
            home.addTokenFlags(CKF_USER_PIN_FINAL_TRY);
            home.builder("master").evenOnFinalTry().build().close();
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(1);
        }

        /**
         * A token that locks after three wrong PINs in a row, as openCryptoki does, and says how near that is. Scripted, as
         * SoftHSM and NSS never lock.
         */
        @Test
        void tokenThatLocks_isNotLockedByUs_howeverOftenAKeyringIsBuilt() {
            AtomicInteger wrong = new AtomicInteger();
            home.module.interpose(CryptokiFunction.LOGIN, (token, arguments) -> {
                long result =
                        wrong.get() >= 3 ? ReturnValue.PIN_LOCKED.code : token.call(CryptokiFunction.LOGIN, arguments);
                wrong.set(result == ReturnValue.OK ? 0 : wrong.get() + 1);
                return result;
            });
            home.addTokenFlags(() -> new long[] {
                        0, CKF_USER_PIN_COUNT_LOW, CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY, CKF_USER_PIN_LOCKED
                    }
                    [Math.min(wrong.get(), 3)]);
            AtomicInteger guesses = new AtomicInteger(); // as one PIN would be tried but once
            Pkcs11Keyring.Builder mistaken =
                    home.builder("master").pin(() -> ("not it " + guesses.incrementAndGet()).toCharArray());
            refused(mistaken)
                    .hasMessageContaining("C_Login gave CKR_PIN_INCORRECT: the PIN is wrong; it was tried once");
            refused(mistaken).hasMessageContaining("the PIN is wrong");
            for (int builds = 0; builds < 3; builds++) {
                refused(mistaken).hasMessageContaining("one more wrong PIN locks token '" + home.token.label());
            }
            assertThat(wrong).hasValue(2);
            home.builder("master").evenOnFinalTry().build().close(); // with the right one
            assertThat(wrong).hasValue(0);
        }

        @Test
        void pinLockedByOthers_isRefusedNamingWhoCanHelp() {
            home.module.answer(CryptokiFunction.LOGIN, ReturnValue.PIN_LOCKED);
            refused(home.builder("master"))
                    .hasMessageContaining(
                            "C_Login gave CKR_PIN_LOCKED: the PIN is locked; the token's security officer can");
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(1);
        }

        @Test
        void lockedPin_isNotTried() {
            home.addTokenFlags(CKF_USER_PIN_LOCKED);
            refused(home.builder("master").pin(LoginTest.this::countedPin).evenOnFinalTry())
                    .hasMessageContaining("the user PIN of token '" + home.token.label())
                    .hasMessageContaining("is locked; its security officer can set a new one");
            assertThat(asked).hasValue(0);
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isZero();
        }
    }

    @Nested
    class OtherWays {
        @Test
        void tokenThatNeedsNoLogin_isNotLoggedInOn() {
            home.removeTokenFlags(CKF_LOGIN_REQUIRED);
            assertThatThrownBy(() -> home.builder("master")
                            .pin(LoginTest.this::countedPin)
                            .build())
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("there is none"); // as SoftHSM still hides it
            assertThat(asked).hasValue(0);
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isZero();
        }

        @Test
        void protectedAuthenticationPath_takesNoPinFromUs() {
            home.addTokenFlags(CKF_PROTECTED_AUTHENTICATION_PATH);
            AtomicBoolean passedNull = new AtomicBoolean();
            home.module.interpose(CryptokiFunction.LOGIN, (token, arguments) -> {
                passedNull.set(arguments[2] == 0 && arguments[3] == 0);
                byte[] pin = new String(home.token.pin()).getBytes(StandardCharsets.US_ASCII);
                try (Memory typed = new Memory(pin.length)) { // at the token's key pad, as it were
                    typed.write(0, pin, 0, pin.length);
                    return token.call(
                            CryptokiFunction.LOGIN,
                            arguments[0],
                            arguments[1],
                            com.sun.jna.Pointer.nativeValue(typed),
                            pin.length);
                }
            });
            home.builder("master").pin(LoginTest.this::countedPin).build().close();
            assertThat(passedNull).isTrue();
            assertThat(asked).hasValue(0);
        }

        @Test
        void processLoggedInByOthers_isUsedAndNotLoggedOut() {
            home.module.interpose(CryptokiFunction.LOGIN, (token, arguments) -> {
                long result = token.call(CryptokiFunction.LOGIN, arguments);
                return result == ReturnValue.OK ? ReturnValue.USER_ALREADY_LOGGED_IN.code : result;
            });
            try (Pkcs11Keyring keyring = home.keyring("master")) {
                assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY))).isEqualTo(DATA_KEY);
            }
            assertThat(home.module.calls(CryptokiFunction.LOGOUT)).isZero();
        }

        @Test
        void moduleInitialisedByOthers_isUsedAndNotFinalised() {
            home.module.interpose(CryptokiFunction.INITIALIZE, (token, arguments) -> {
                long result = token.call(CryptokiFunction.INITIALIZE, arguments);
                return result == ReturnValue.OK ? ReturnValue.CRYPTOKI_ALREADY_INITIALIZED.code : result;
            });
            try (Pkcs11Keyring keyring = home.keyring("master")) {
                assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY))).isEqualTo(DATA_KEY);
            }
            assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isZero();
            assertThat(home.module.call(CryptokiFunction.FINALIZE, 0)).isEqualTo(ReturnValue.OK); // as the others would
        }
    }

    @Nested
    class LettingGo {
        @Test
        void lastKeyring_logsOutAndFinalises_notTheFirst() {
            Pkcs11Keyring first = home.keyring("master");
            Pkcs11Keyring second = home.keyring("master");
            first.close();
            first.close();
            assertThat(home.module.calls(CryptokiFunction.LOGOUT)).isZero();
            assertThat(Wraps.unwrap(second, Wraps.wrap(second, DATA_KEY))).isEqualTo(DATA_KEY);
            second.close();
            assertThat(home.module.calls(CryptokiFunction.LOGOUT)).isEqualTo(1);
            assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(1);
            assertThat(home.module.calls(CryptokiFunction.CLOSE_SESSION))
                    .isEqualTo(home.module.calls(CryptokiFunction.OPEN_SESSION));
        }

        @Test
        void keyringThatCannotBeBuilt_letsGo() {
            assertThatThrownBy(() -> home.keyring("nobody")).isInstanceOf(KeyringException.class);
            assertThat(home.module.calls(CryptokiFunction.LOGOUT)).isEqualTo(1);
            assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(1);
        }

        @Test
        void pinArray_isWiped_alsoWhenItIsWrong() {
            char[] wrong = "not it".toCharArray();
            refused(home.builder("master").pin(() -> wrong));
            assertThat(wrong).containsOnly('\0');
        }
    }
}
