/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.testing.Nss;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What NSS does otherwise than SoftHSM. */
class NssTokenTest {
    private static Nss token;

    @BeforeAll
    static void makeToken() {
        token = NssToken.orSkip();
        token.generateRsa("by-certificate", 2048);
        token.generateAes("aes", 32);
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    @Test
    void withoutInitArgument_isRefusedByTheModule() {
        assertThatThrownBy(() -> Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri("aes")))
                        .pin(token::pin)
                        .build())
                .isInstanceOf(KeyringException.class)
                .hasMessageContaining("C_Initialize gave CKR_ARGUMENTS_BAD");
    }

    @Test
    void listTokens_withInitArgument_showsTheTokenOfItsFolder() {
        assertThat(Pkcs11Keyring.listTokens(
                        token.module(), NssToken.quirks(token).build()))
                .extracting(Pkcs11TokenInfo::label)
                .contains("NSS Certificate DB");
    }

    @Test
    void rsaKeyWithoutALabel_isFoundByItsCertificates() {
        Pkcs11Check check = NssToken.builder(token, "by-certificate").check(1);
        assertThat(check.passed()).isTrue();
        assertThat(check.description().key().type()).isEqualTo(Pkcs11KeyInfo.Type.RSA);
        assertThat(check.description().key().label()).isEmpty();
        assertThat(check.description().legacy()).allMatch(Pkcs11Description.Verdict::possible);
        assertThat(check.advice()).noneMatch(advice -> advice.contains("raw-rsa-oaep"));
    }

    @Test
    void absentKey_isRefusedNamingBothThatAreThere() {
        assertThatThrownBy(() -> NssToken.builder(token, "nobody").build())
                .isInstanceOf(KeyringException.class)
                .hasMessageContainingAll("AES key 'aes'", "RSA key ''");
    }

    @Test
    void factory_takesTheInitArgumentAsAnOption() {
        Map<String, String> options = Map.of("profile", "nss", "init-argument", token.initArgument());
        try (Keyring keyring = KeyringFactory.openUri(token.uri("aes"), options, name -> token.pin())) {
            byte[] dataKey = {
                1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
                15, 16
            };
            assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, dataKey))).isEqualTo(dataKey);
        }
    }
}
