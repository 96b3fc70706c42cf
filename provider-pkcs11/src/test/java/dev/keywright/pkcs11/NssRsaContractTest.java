/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.KeyringContract;
import dev.keywright.testing.Nss;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class NssRsaContractTest extends KeyringContract {
    private static Nss token;
    private static Key masterKey;

    @BeforeAll
    static void makeToken() {
        token = NssToken.orSkip();
        token.generateRsa("master", 2048);
        masterKey = token.rsaPublicKey("master");
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    @Override
    protected Keyring keyring() {
        return NssToken.builder(token, "master").build();
    }

    @Override
    protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
        return Optional.of(
                NssToken.builder(token, "master").description(description).build());
    }

    @Override
    protected WrapAlgorithm algorithm() {
        return WrapAlgorithm.RSA_OAEP_SHA1;
    }

    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.RSA_OAEP_SHA1, WrapAlgorithm.RSA_OAEP_SHA256, WrapAlgorithm.RAW_RSA);
    }

    @Override
    protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
        return Optional.of(Wraps.byOldClient(legacy, masterKey, dataKey));
    }

    /** Under the public key, in software. */
    @Override
    protected boolean wrapsAtHome() {
        return false;
    }

    @Override
    protected int roundsPerThread() {
        return 5;
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of(new String(token.pin()).getBytes(StandardCharsets.UTF_8));
    }
}
