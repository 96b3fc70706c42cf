/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.OpenCryptoki;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What openCryptoki does otherwise than SoftHSM: it locks a PIN at the third wrong one, and has no AES-GCM. */
class OpenCryptokiTokenTest {
    private static OpenCryptoki token;

    @BeforeAll
    static void makeToken() {
        token = OpenCryptokiToken.orSkip();
        token.importAes("aes", "01", new byte[32]);
        byte[] another = new byte[32];
        another[0] = 1;
        token.importAes("aes2", "03", another);
        token.generateRsa("rsa", "02", 2048);
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> denied(char[] pin) {
        return assertThatThrownBy(() -> OpenCryptokiToken.builder(token, "rsa", Pkcs11Quirks.none())
                        .pin(pin::clone)
                        .build())
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.DENIED));
    }

    @Test
    void wrongPinAgainAndAgain_stopsShortOfTheTryThatLocks() {
        char[] wrong = "notthis1".toCharArray();
        char[] other = "notthis2".toCharArray();
        denied(wrong).hasMessageContaining("CKR_PIN_INCORRECT");
        denied(wrong).hasMessageContaining("refused this PIN before in this process");
        denied(other).hasMessageContaining("CKR_PIN_INCORRECT");
        denied(other).hasMessageContaining("one more wrong PIN locks");
        denied(token.pin()).hasMessageContaining("one more wrong PIN locks");
        token.rsaPublicKey("02"); // logs in by other means
        try (Pkcs11Keyring keyring =
                OpenCryptokiToken.builder(token, "rsa", Pkcs11Quirks.none()).build()) {
            assertThat(keyring.status().logins()).isEqualTo(1);
        }
    }

    /** At each login the token gives its private objects numbers anew, in the order in which they are asked for. */
    @Test
    void keyOfAnOldLogin_isFoundAgain_andNotTakenForTheOneThatHasItsNumberNow() throws CryptokiException {
        byte[] dataKey = new byte[32];
        Pkcs11Quirks quirks = Pkcs11Quirks.builder().emulateGcm(true).build();
        try (Pkcs11Keyring first =
                        OpenCryptokiToken.builder(token, "aes", quirks).build();
                Pkcs11Keyring second =
                        OpenCryptokiToken.builder(token, "aes2", quirks).build()) {
            WrappedDataKey byFirst = Wraps.wrap(first, dataKey);
            WrappedDataKey bySecond = Wraps.wrap(second, dataKey);
            Cryptoki other = new Cryptoki(JnaBackend.load(token.module()));
            long session = other.openSession(other.slotsWithToken().get(0), false);
            other.logout(session);
            other.closeSession(session);
            try (Pkcs11Keyring third =
                    OpenCryptokiToken.builder(token, "aes", quirks).build()) { // logs in, and finds its key
                assertThat(Wraps.unwrap(second, bySecond)).isEqualTo(dataKey);
                assertThat(Wraps.unwrap(first, byFirst)).isEqualTo(dataKey);
                assertThat(Wraps.unwrap(third, byFirst)).isEqualTo(dataKey);
            }
        }
    }

    @Test
    void aesKeyWithoutEmulation_isRefused_namingTheMechanism() {
        assertThatThrownBy(() -> OpenCryptokiToken.builder(token, "aes", Pkcs11Quirks.none())
                        .build())
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED))
                .hasMessageContaining("the token has no CKM_AES_GCM");
    }
}
