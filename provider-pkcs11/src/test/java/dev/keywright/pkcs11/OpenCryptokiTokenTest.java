/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
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

    @Test
    void aesKeyWithoutEmulation_isRefused_namingTheMechanism() {
        assertThatThrownBy(() -> OpenCryptokiToken.builder(token, "aes", Pkcs11Quirks.none())
                        .build())
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED))
                .hasMessageContaining("the token has no CKM_AES_GCM");
    }
}
