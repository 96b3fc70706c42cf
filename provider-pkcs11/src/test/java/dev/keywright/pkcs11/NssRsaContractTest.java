/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.testing.Nss;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class NssRsaContractTest extends RsaOnTokenContract {
    private static final long NO_MECHANISM = 0xffff_fff0L;

    private static Nss token;
    private static PublicKey publicKey;

    @BeforeAll
    static void makeToken() {
        token = NssToken.orSkip();
        token.generateRsa("master", 2048);
        publicKey = token.rsaPublicKey("master");
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    /**
     * Without RSAES-PKCS1-v1_5: NSS answers bad padding with random bytes of random length, which now and then is a key's, and
     * nothing but the object's tag can tell.
     */
    @Override
    Pkcs11Keyring.Builder builder() {
        return NssToken.builder(token, "master")
                .quirks(NssToken.quirks(token)
                        .number(Pkcs11Mechanism.RSA_PKCS, NO_MECHANISM)
                        .build());
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
        return EnumSet.of(WrapAlgorithm.RSA_OAEP_SHA1, WrapAlgorithm.RSA_OAEP_SHA256);
    }
}
