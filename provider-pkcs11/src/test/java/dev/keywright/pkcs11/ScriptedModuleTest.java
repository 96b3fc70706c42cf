/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** What a token may do that software tokens don't do on command. */
class ScriptedModuleTest {
    private static final KeyRequest REQUEST =
            KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());

    private final ScriptedModule scripted = new ScriptedModule();
    private final Pkcs11Module module = new Pkcs11Module("scripted.so", new Cryptoki(scripted));

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(scripted.liveBlocks()).as("native blocks").isZero();
        assertThat(scripted.openSessions()).as("sessions").isZero();
    }

    private Pkcs11Keyring.Builder builder(String pin) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse("pkcs11:token=fake;object=master"))
                .module(module)
                .pin(pin::toCharArray);
    }

    private Pkcs11Keyring keyring() {
        return builder("1234").build();
    }

    private static WrappedDataKey wrap(Keyring keyring) {
        try (DataKey key = DataKey.adopt(new byte[32])) {
            return keyring.wrap(key, REQUEST);
        }
    }

    private static void assertOpens(Keyring keyring, WrappedDataKey wrapped) {
        try (DataKey key = ((Unwrap.Opened) keyring.unwrap(wrapped, REQUEST)).dataKey()) {
            assertThat(key.use(byte[]::clone)).isEqualTo(new byte[32]);
        }
    }

    private static void assertRefused(ThrowingCallable call, Reason reason, String... said) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContainingAll(said);
    }

    @Nested
    class Construction {
        @Test
        void token_withoutGcm_isRefusedNamingIt() {
            scripted.mechanisms.clear();
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "AES/GCM", "CKM_AES_GCM");
        }

        @Test
        void token_gcmForEncryptionOnly_isRefused() {
            scripted.mechanisms.put(Ck.CKM_AES_GCM, Ck.CKF_ENCRYPT);
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "CKM_AES_GCM");
        }

        @Test
        void key_withoutDecryptPermission_isRefusedNamingIt() {
            scripted.keyMayDecrypt = false;
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "CKA_DECRYPT is false");
        }

        @Test
        void key_withoutEncryptPermission_isRefusedNamingIt() {
            scripted.keyMayEncrypt = false;
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "CKA_ENCRYPT is false");
        }

        @Test
        void rsaKey_onATokenWithoutOaep_isRefusedNamingIt() {
            scripted.keyIsRsa = true;
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "RSA-OAEP-SHA1", "CKM_RSA_PKCS_OAEP");
        }

        @Test
        void rsaKey_withoutDecryptPermission_isRefusedNamingIt() {
            scripted.keyIsRsa = true;
            scripted.keyMayDecrypt = false;
            scripted.mechanisms.put(Ck.CKM_RSA_PKCS_OAEP, Ck.CKF_DECRYPT);
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "CKA_DECRYPT is false");
        }

        @Test
        void rsaKey_tooSmall_isRefused() {
            scripted.keyIsRsa = true;
            scripted.rsaBits = 1024;
            scripted.mechanisms.put(Ck.CKM_RSA_PKCS_OAEP, Ck.CKF_DECRYPT);
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "1024 bits");
        }

        @Test
        void rsaKey_withoutPublicHalf_isRefused() {
            scripted.keyIsRsa = true;
            scripted.mechanisms.put(Ck.CKM_RSA_PKCS_OAEP, Ck.CKF_DECRYPT);
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "no public half");
        }

        @Test
        void key_permissionThatOnlyTheCallReveals_isRefused() {
            scripted.answer(CryptokiFunction.C_DECRYPT_INIT, Ck.CKR_KEY_FUNCTION_NOT_PERMITTED);
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "may not be used for this");
        }

        @Test
        void trialKey_thatDoesNotOpenAgain_isRefused() {
            scripted.answer(CryptokiFunction.C_DECRYPT, Ck.CKR_ENCRYPTED_DATA_INVALID);
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "trial key", "does not open again");
        }
    }

    @Nested
    class Login {
        @Test
        void wrongPin_isTriedOnce() {
            assertRefused(() -> builder("4711").build(), Reason.DENIED, "PIN is wrong");
            assertThat(scripted.calls(CryptokiFunction.C_LOGIN)).isOne();
        }

        @Test
        void finalTry_isNotUsedUnlessAllowed() {
            scripted.flags |= Ck.CKF_USER_PIN_FINAL_TRY;
            assertRefused(() -> keyring(), Reason.DENIED, "one more wrong PIN");
            assertThat(scripted.calls(CryptokiFunction.C_LOGIN)).isZero();
            builder("1234").evenOnFinalTry().build().close();
        }

        @Test
        void lockedPin_isNotTried() {
            scripted.flags |= Ck.CKF_USER_PIN_LOCKED;
            assertRefused(() -> builder("1234").evenOnFinalTry().build(), Reason.DENIED, "locked");
            assertThat(scripted.calls(CryptokiFunction.C_LOGIN)).isZero();
        }

        @Test
        void twoKeyrings_shareOneLoginAndTheLastLogsOut() {
            Pkcs11Keyring one = keyring();
            Pkcs11Keyring two = builder("not looked at").build();
            assertThat(scripted.calls(CryptokiFunction.C_LOGIN)).isOne();
            one.close();
            one.close();
            assertThat(scripted.calls(CryptokiFunction.C_LOGOUT)).isZero();
            assertOpens(two, wrap(two));
            two.close();
            assertThat(scripted.calls(CryptokiFunction.C_LOGOUT)).isOne();
            assertThat(scripted.calls(CryptokiFunction.C_FINALIZE)).isOne();
        }

        @Test
        void loginOfAnotherUserInTheProcess_isUsedAndLeftAlone() {
            scripted.answer(CryptokiFunction.C_INITIALIZE, Ck.CKR_CRYPTOKI_ALREADY_INITIALIZED);
            scripted.call(CryptokiFunction.C_LOGIN, 0, 1, pinAddress(), 4);
            keyring().close();
            assertThat(scripted.calls(CryptokiFunction.C_LOGOUT)).isZero();
            assertThat(scripted.calls(CryptokiFunction.C_FINALIZE)).isZero();
            scripted.free(0x1000, 4);
        }

        private long pinAddress() {
            long address = scripted.allocate(4);
            scripted.write(address, new byte[] {'1', '2', '3', '4'});
            return address;
        }

        @Test
        void tokenWithoutLogin_isNotAskedForOne() {
            scripted.flags = Ck.CKF_TOKEN_INITIALIZED;
            assertRefused(() -> keyring(), Reason.MISCONFIGURED, "there is none");
            assertThat(scripted.calls(CryptokiFunction.C_LOGIN)).isZero();
        }
    }

    @Nested
    class Operations {
        @Test
        void ivOfTheToken_isWhatIsStored() {
            byte[] own = "token's own!".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            scripted.ownIv = Optional.of(own);
            try (Pkcs11Keyring keyring = keyring()) {
                WrappedDataKey wrapped = wrap(keyring);
                assertThat(Arrays.copyOf(wrapped.ciphertext().toByteArray(), 12))
                        .isEqualTo(own);
                assertOpens(keyring, wrapped);
            }
        }

        @Test
        void sessionsLostOnce_areReplaced() {
            try (Pkcs11Keyring keyring = keyring()) {
                WrappedDataKey wrapped = wrap(keyring);
                scripted.answer(CryptokiFunction.C_DECRYPT_INIT, Ck.CKR_SESSION_HANDLE_INVALID);
                assertOpens(keyring, wrapped);
            }
        }

        @Test
        void sessionsLostTwice_isAnOutage() {
            try (Pkcs11Keyring keyring = keyring()) {
                WrappedDataKey wrapped = wrap(keyring);
                scripted.answer(
                        CryptokiFunction.C_DECRYPT_INIT, Ck.CKR_SESSION_HANDLE_INVALID, Ck.CKR_SESSION_HANDLE_INVALID);
                assertRefused(() -> keyring.unwrap(wrapped, REQUEST), Reason.UNAVAILABLE, "fake");
                assertOpens(keyring, wrapped);
            }
        }

        @Test
        void keyHandleThatChanged_isFoundAgain() {
            try (Pkcs11Keyring keyring = keyring()) {
                WrappedDataKey wrapped = wrap(keyring);
                scripted.keyHandle = 8;
                assertOpens(keyring, wrapped);
            }
        }

        @Test
        void generalErrorOfALiveSession_isBadDataAndTheSessionIsNotUsedAgain() {
            try (Pkcs11Keyring keyring = keyring()) {
                WrappedDataKey wrapped = wrap(keyring);
                byte[] bad = wrapped.ciphertext().toByteArray();
                bad[30] ^= 1;
                int before = scripted.calls(CryptokiFunction.C_CLOSE_SESSION);
                assertThatThrownBy(() -> keyring.unwrap(
                                new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.copyOf(bad), Map.of()), REQUEST))
                        .isInstanceOf(IntegrityException.class);
                assertThat(scripted.calls(CryptokiFunction.C_CLOSE_SESSION)).isEqualTo(before + 1);
                assertOpens(keyring, wrapped);
            }
        }

        @Test
        void generalErrorOfADeadSession_isAnOutage() {
            try (Pkcs11Keyring keyring = keyring()) {
                WrappedDataKey wrapped = wrap(keyring);
                scripted.answer(CryptokiFunction.C_DECRYPT, Ck.CKR_GENERAL_ERROR);
                scripted.answer(CryptokiFunction.C_GET_SESSION_INFO, Ck.CKR_DEVICE_ERROR);
                assertRefused(() -> keyring.unwrap(wrapped, REQUEST), Reason.UNAVAILABLE, "CKR_GENERAL_ERROR");
            }
        }

        @Test
        void deviceErrorOnWrap_isAnOutage() {
            try (Pkcs11Keyring keyring = keyring()) {
                scripted.answer(CryptokiFunction.C_ENCRYPT, Ck.CKR_DEVICE_ERROR);
                assertRefused(() -> wrap(keyring), Reason.UNAVAILABLE, "CKR_DEVICE_ERROR");
                assertOpens(keyring, wrap(keyring));
            }
        }

        @Test
        void lostLogin_isSaid() {
            try (Pkcs11Keyring keyring = keyring()) {
                scripted.answer(CryptokiFunction.C_ENCRYPT_INIT, Ck.CKR_USER_NOT_LOGGED_IN);
                assertRefused(() -> wrap(keyring), Reason.DENIED, "nobody is logged in");
                assertThat(scripted.calls(CryptokiFunction.C_LOGIN)).isOne();
            }
        }

        @Test
        void closedKeyring_isNotUsable() {
            Pkcs11Keyring keyring = keyring();
            keyring.close();
            assertThatThrownBy(() -> wrap(keyring)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(keyring::describe).isInstanceOf(IllegalStateException.class);
        }
    }
}
