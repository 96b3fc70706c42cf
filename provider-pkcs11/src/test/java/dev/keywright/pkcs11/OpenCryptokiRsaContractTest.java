/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.testing.OpenCryptoki;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class OpenCryptokiRsaContractTest extends RsaOnTokenContract {
    private static OpenCryptoki token;
    private static PublicKey publicKey;

    @BeforeAll
    static void makeToken() {
        token = OpenCryptokiToken.orSkip();
        token.generateRsa("master", "02", 2048);
        publicKey = token.rsaPublicKey("02");
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    @Override
    Pkcs11Keyring.Builder builder() {
        return OpenCryptokiToken.builder(
                token, "master", OpenCryptokiToken.quirks().build());
    }

    @Override
    PublicKey publicKey() {
        return publicKey;
    }

    @Override
    char[] pin() {
        return token.pin();
    }

    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.RSA_OAEP_SHA1, WrapAlgorithm.RSA_OAEP_SHA256, WrapAlgorithm.RAW_RSA);
    }
}
