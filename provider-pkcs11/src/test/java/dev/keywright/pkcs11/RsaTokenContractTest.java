/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.tck.KeyringContract;
import dev.keywright.testing.SoftHsm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RsaTokenContractTest extends KeyringContract {
    private static SoftHsm token;

    @BeforeAll
    static void makeToken() {
        token = SoftHsm.newToken();
        token.generateRsa("master", "02", 2048);
    }

    @AfterAll
    static void deleteToken() {
        token.close();
    }

    @Override
    protected Keyring keyring() {
        return Tokens.keyring(token, "master");
    }

    @Override
    protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
        return Optional.of(Tokens.described(token, "master", description));
    }

    @Override
    protected WrapAlgorithm algorithm() {
        return WrapAlgorithm.RSA_OAEP_SHA1;
    }

    @Override
    protected int roundsPerThread() {
        return 10;
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of(new String(token.pin()).getBytes(StandardCharsets.UTF_8));
    }
}
