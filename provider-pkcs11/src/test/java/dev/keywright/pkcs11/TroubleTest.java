/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
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

/** What keyrings do when a token does not do what SoftHSM does. */
class TroubleTest {
    private static final byte[] DATA_KEY = new byte[32];

    private static InterposedToken home;
    private Pkcs11Keyring keyring;

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
    }

    @AfterEach
    void closeKeyring() {
        for (CryptokiFunction function : CryptokiFunction.values()) {
            home.module.leave(function);
        }
        keyring.close();
        assertThat(home.module.liveBlocks()).as("native memory not given back").isZero();
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> fails(Reason reason, ThrowingCallable call) {
        return assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason));
    }

    @Nested
    class Recovery {
        @ParameterizedTest
        @EnumSource(names = {"SESSION_HANDLE_INVALID", "OBJECT_HANDLE_INVALID"})
        void goneAgain_isReportedAndNotTriedForEver(ReturnValue gone) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            long begun = home.module.calls(CryptokiFunction.DECRYPT_INIT);
            home.module.answer(CryptokiFunction.DECRYPT_INIT, gone);
            fails(Reason.UNAVAILABLE, () -> Wraps.unwrap(keyring, wrapped)).hasMessageContaining("gone");
            assertThat(home.module.calls(CryptokiFunction.DECRYPT_INIT)).isEqualTo(begun + 2);
        }

        @Test
        void rsaKeyReplaced_isNotTakenForTheOldOne() {
            home.token.generateRsa("fickle", "10", 2048);
            try (Pkcs11Keyring fickle = home.keyring("fickle")) {
                WrappedDataKey wrapped = Wraps.wrap(fickle, DATA_KEY);
                home.token.pkcs11Tool("--delete-object", "--type", "privkey", "--id", "10");
                home.token.generateRsa("fickle", "10", 2048);
                home.module.answerOnce(CryptokiFunction.DECRYPT_INIT, ReturnValue.OBJECT_HANDLE_INVALID);
                fails(Reason.MISCONFIGURED, () -> Wraps.unwrap(fickle, wrapped)).hasMessageContaining("was replaced");
            }
        }
    }

    @Nested
    class Meaning {
        @ParameterizedTest
        @EnumSource(names = {"KEY_FUNCTION_NOT_PERMITTED", "USER_NOT_LOGGED_IN", "ACTION_PROHIBITED"})
        void refusal_isDenied(ReturnValue refusal) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.answer(CryptokiFunction.DECRYPT_INIT, refusal);
            fails(Reason.DENIED, () -> Wraps.unwrap(keyring, wrapped))
                    .hasMessageContaining("CKR_" + refusal)
                    .hasMessageContaining("object=aes");
        }

        @ParameterizedTest
        @EnumSource(
                names = {
                    "DEVICE_ERROR",
                    "DEVICE_REMOVED",
                    "TOKEN_NOT_PRESENT",
                    "TOKEN_NOT_RECOGNIZED",
                    "SLOT_ID_INVALID"
                })
        void deviceTrouble_isUnavailable_neverBadData(ReturnValue trouble) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.answer(CryptokiFunction.DECRYPT, trouble);
            fails(Reason.UNAVAILABLE, () -> Wraps.unwrap(keyring, wrapped));
        }

        @Test
        void vendorsOwnValue_isUnavailableAndShownInHex() {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.interpose(CryptokiFunction.DECRYPT, (token, arguments) -> 0x8000_0042L);
            fails(Reason.UNAVAILABLE, () -> Wraps.unwrap(keyring, wrapped)).hasMessageContaining("0x80000042");
        }

        @ParameterizedTest
        @EnumSource(
                names = {
                    "GENERAL_ERROR",
                    "FUNCTION_FAILED",
                    "ENCRYPTED_DATA_INVALID",
                    "ENCRYPTED_DATA_LEN_RANGE",
                    "AEAD_DECRYPT_FAILED"
                })
        void decryptionFails_tokenStillAnswers_isIntegrityWithoutTheValue(ReturnValue value) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.answer(CryptokiFunction.DECRYPT, value);
            assertThatThrownBy(() -> Wraps.unwrap(keyring, wrapped))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageNotContaining("CKR")
                    .hasNoCause();
        }

        @ParameterizedTest
        @EnumSource(names = {"GET_SESSION_INFO", "GET_ATTRIBUTE_VALUE"})
        void decryptionFails_tokenDoesNotAnswer_isUnavailable(CryptokiFunction silent) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.GENERAL_ERROR);
            home.module.answer(silent, ReturnValue.DEVICE_ERROR);
            fails(Reason.UNAVAILABLE, () -> Wraps.unwrap(keyring, wrapped));
        }

        @ParameterizedTest
        @ValueSource(ints = {255, 257})
        void rsaCiphertext_thatNoModulusMade_doesNotReachTheToken(int length) {
            notAsked(new byte[length]);
        }

        @Test
        void rsaCiphertext_aboveTheModulus_doesNotReachTheToken() {
            byte[] most = new byte[256];
            Arrays.fill(most, (byte) 0xFF);
            notAsked(most);
        }

        private void notAsked(byte[] ciphertext) {
            try (Pkcs11Keyring rsa = home.keyring("rsa")) {
                long asked = home.module.calls(CryptokiFunction.DECRYPT_INIT);
                assertThatThrownBy(() -> Wraps.unwrap(
                                rsa,
                                new WrappedDataKey(WrapAlgorithm.RSA_OAEP_SHA1, Bytes.copyOf(ciphertext), Map.of())))
                        .isInstanceOf(IntegrityException.class);
                assertThat(home.module.calls(CryptokiFunction.DECRYPT_INIT)).isEqualTo(asked);
            }
        }

        @Test
        void generalError_whileBeginning_isNoBadData() {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.GENERAL_ERROR);
            fails(Reason.UNAVAILABLE, () -> Wraps.unwrap(keyring, wrapped));
        }

        @Test
        void lengthThatCannotBe_isNotBelieved() {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.interpose(CryptokiFunction.DECRYPT, (token, arguments) -> {
                long result = token.call(CryptokiFunction.DECRYPT, arguments);
                new Pointer(arguments[4]).setLong(0, 1L << 20);
                return result;
            });
            assertThatThrownBy(() -> Wraps.unwrap(keyring, wrapped)).isInstanceOf(IntegrityException.class);
        }
    }

    @Nested
    class Sessions {
        @Test
        void session_afterSuccess_isUsedAgain() {
            long opened = home.module.calls(CryptokiFunction.OPEN_SESSION);
            Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY));
            assertThat(home.module.calls(CryptokiFunction.OPEN_SESSION)).isEqualTo(opened);
        }

        @Test
        void session_afterAnyError_isClosed() {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            long closed = home.module.calls(CryptokiFunction.CLOSE_SESSION);
            assertThatThrownBy(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped)))
                    .isInstanceOf(IntegrityException.class);
            assertThat(home.module.calls(CryptokiFunction.CLOSE_SESSION)).isEqualTo(closed + 1);
            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
        }

        @Test
        @Timeout(60)
        void close_waitsForTheCallThatRuns() throws Exception {
            Pkcs11Keyring other = home.keyring("rsa");
            WrappedDataKey wrapped = Wraps.wrap(other, DATA_KEY);
            keyring.close(); // so that the other is the token's last user
            Thread closer = new Thread(other::close);
            AtomicReference<Long> finishedEarly = new AtomicReference<>();
            long before = home.module.calls(CryptokiFunction.FINALIZE);
            home.module.interpose(CryptokiFunction.DECRYPT, (token, arguments) -> {
                closer.start();
                while (closer.getState() != Thread.State.WAITING && closer.isAlive()) {
                    Thread.onSpinWait();
                }
                finishedEarly.set(home.module.calls(CryptokiFunction.FINALIZE) - before);
                return token.call(CryptokiFunction.DECRYPT, arguments);
            });
            FutureTask<byte[]> unwrap = new FutureTask<>(() -> Wraps.unwrap(other, wrapped));
            new Thread(unwrap).start();
            assertThat(unwrap.get(50, TimeUnit.SECONDS)).isEqualTo(DATA_KEY);
            closer.join();
            assertThat(finishedEarly).hasValue(0L);
            assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(before + 1);
            assertThatThrownBy(other::describe).isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class InitializationVectors {
        private static final int IV_LEN = 8;

        private final byte[] tokensOwn = "token's own!".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        private Pointer parameters;

        /** As AWS CloudHSM does: the IV that was given is written over. */
        private void writeIv(byte[] iv) {
            home.module.interpose(CryptokiFunction.ENCRYPT_INIT, (token, arguments) -> {
                parameters = new Pointer(arguments[1]).getPointer(Long.BYTES);
                parameters.getPointer(0).write(0, iv, 0, iv.length);
                return token.call(CryptokiFunction.ENCRYPT_INIT, arguments);
            });
        }

        /** Changes something after encryption. */
        private void afterEncryption(java.util.function.Consumer<long[]> change) {
            home.module.interpose(CryptokiFunction.ENCRYPT, (token, arguments) -> {
                long result = token.call(CryptokiFunction.ENCRYPT, arguments);
                change.accept(arguments);
                return result;
            });
        }

        @Test
        void ivOfTheToken_isTheOneStored() {
            writeIv(tokensOwn);
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            assertThat(Arrays.copyOf(wrapped.ciphertext().toByteArray(), 12)).isEqualTo(tokensOwn);
            home.module.leave(CryptokiFunction.ENCRYPT_INIT);
            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
        }

        @Test
        void ivOfTheHost_isFreshEachTime() {
            byte[] one = Wraps.wrap(keyring, DATA_KEY).ciphertext().toByteArray();
            byte[] other = Wraps.wrap(keyring, DATA_KEY).ciphertext().toByteArray();
            assertThat(Arrays.copyOf(one, 12)).isNotEqualTo(Arrays.copyOf(other, 12));
        }

        @Test
        void ivThatTheTokenSaysIsLonger_isRefused() {
            writeIv(tokensOwn);
            afterEncryption(arguments -> parameters.setLong(IV_LEN, 16));
            fails(Reason.MISCONFIGURED, () -> Wraps.wrap(keyring, DATA_KEY)).hasMessageContaining("IV of 16 bytes");
        }

        @Test
        void ivThatTheTokenSaysIsShorter_isRefused() {
            writeIv(tokensOwn);
            afterEncryption(arguments -> parameters.setLong(IV_LEN, 8));
            fails(Reason.MISCONFIGURED, () -> Wraps.wrap(keyring, DATA_KEY)).hasMessageContaining("IV of 8 bytes");
        }

        @Test
        void ivWrittenPastTheEnd_isRefused() {
            writeIv(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
            fails(Reason.MISCONFIGURED, () -> Wraps.wrap(keyring, DATA_KEY)).hasMessageContaining("IV of 64 bytes");
        }

        @Test
        void ivAppendedToTheOutput_isRefused() {
            afterEncryption(arguments -> new Pointer(arguments[4]).setLong(0, 32 + 16 + 12));
            fails(Reason.MISCONFIGURED, () -> Wraps.wrap(keyring, DATA_KEY)).hasMessageContaining("gave 60 bytes");
        }
    }

    @Nested
    class Construction {
        @Test
        void tokenWithoutGcm_isRefusedNamingTheMechanism() {
            home.module.answer(CryptokiFunction.GET_MECHANISM_INFO, ReturnValue.MECHANISM_INVALID);
            home.module.answer(CryptokiFunction.ENCRYPT_INIT, ReturnValue.MECHANISM_INVALID);
            fails(Reason.MISCONFIGURED, () -> home.keyring("aes")).hasMessageContaining("has no CKM_AES_GCM");
        }

        @Test
        void tokenWithoutOaep_isRefusedNamingTheMechanism() {
            home.module.answer(CryptokiFunction.GET_MECHANISM_INFO, ReturnValue.MECHANISM_INVALID);
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.MECHANISM_INVALID);
            fails(Reason.MISCONFIGURED, () -> home.keyring("rsa")).hasMessageContaining("has no CKM_RSA_PKCS_OAEP");
        }

        @Test
        void tokenWhoseOaepOnlyEncrypts_isRefusedSayingSo() {
            home.module.interpose(CryptokiFunction.GET_MECHANISM_INFO, (token, arguments) -> {
                long result = token.call(CryptokiFunction.GET_MECHANISM_INFO, arguments);
                new Pointer(arguments[2]).setLong(16, CryptokiConstants.CKF_ENCRYPT);
                return result;
            });
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.MECHANISM_INVALID);
            fails(Reason.MISCONFIGURED, () -> home.keyring("rsa"))
                    .hasMessageContaining("CKM_RSA_PKCS_OAEP can't decrypt");
        }

        @Test
        void tokenWhoseGcmOnlyDecrypts_isRefusedSayingSo() {
            home.module.interpose(CryptokiFunction.GET_MECHANISM_INFO, (token, arguments) -> {
                long result = token.call(CryptokiFunction.GET_MECHANISM_INFO, arguments);
                new Pointer(arguments[2]).setLong(16, CryptokiConstants.CKF_DECRYPT);
                return result;
            });
            home.module.answer(CryptokiFunction.ENCRYPT_INIT, ReturnValue.MECHANISM_INVALID);
            fails(Reason.MISCONFIGURED, () -> home.keyring("aes")).hasMessageContaining("CKM_AES_GCM can't encrypt");
        }

        @Test
        void describe_afterAWrongPin_warns() {
            home.addTokenFlags(CryptokiConstants.CKF_USER_PIN_COUNT_LOW);
            assertThat(home.builder("aes").describe().warnings()).anyMatch(warning -> warning.contains("wrong PIN"));
        }

        @Test
        void useThatOnlyTheCallRefuses_isMisconfigured() {
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.KEY_FUNCTION_NOT_PERMITTED);
            fails(Reason.MISCONFIGURED, () -> home.keyring("rsa")).hasMessageContaining("may not be used for this");
        }

        @Test
        void tokenThatRefusesSha1_isRefusedSayingThatTheFormatFixesIt() {
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.MECHANISM_PARAM_INVALID);
            fails(Reason.MISCONFIGURED, () -> home.keyring("rsa"))
                    .hasMessageContaining("does not take these parameters");
        }

        @Test
        void tokenThatDecryptsToSomethingElse_isRefused() {
            home.module.interpose(CryptokiFunction.DECRYPT, (token, arguments) -> {
                long result = token.call(CryptokiFunction.DECRYPT, arguments);
                new Pointer(arguments[3]).setByte(0, (byte) ~new Pointer(arguments[3]).getByte(0));
                return result;
            });
            fails(Reason.MISCONFIGURED, () -> home.keyring("aes")).hasMessageContaining("another data key came out");
        }

        @Test
        void deviceTrouble_staysUnavailable() {
            home.module.answer(CryptokiFunction.ENCRYPT, ReturnValue.DEVICE_ERROR);
            fails(Reason.UNAVAILABLE, () -> home.keyring("aes")).hasMessageContaining("CKR_DEVICE_ERROR");
        }

        @Test
        void describe_keyThatCannot_saysWhyAndDoesNotFail() {
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.MECHANISM_INVALID);
            assertThat(home.builder("rsa").describe().verdicts()).anySatisfy(verdict -> {
                assertThat(verdict.wrap()).isEqualTo("RSA-OAEP-SHA1");
                assertThat(verdict.possible()).isFalse();
                assertThat(verdict.why()).contains("CKR_MECHANISM_INVALID");
            });
        }
    }
}
