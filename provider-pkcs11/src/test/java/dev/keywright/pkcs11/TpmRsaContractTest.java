/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.KeyringContract;
import dev.keywright.testing.Tpm2;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class TpmRsaContractTest extends KeyringContract {
    private static Tpm2 token;
    private static PublicKey publicKey;

    @BeforeAll
    static void makeToken() {
        token = TpmToken.orSkip();
        token.generateRsa("master", 2048);
        publicKey = token.rsaPublicKey("master");
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    private static Pkcs11Keyring.Builder builder() {
        return TpmToken.builder(
                token, "master", TpmToken.quirks().decodeRawOaep(true).build());
    }

    @Override
    protected Keyring keyring() {
        return builder().build();
    }

    @Override
    protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
        return Optional.of(builder().description(description).build());
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
        return Optional.of(Wraps.byOldClient(legacy, publicKey, dataKey));
    }

    /** Under the public key, in software. */
    @Override
    protected boolean wrapsAtHome() {
        return false;
    }

    @Override
    protected int roundsPerThread() {
        return 2;
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of(new String(token.pin()).getBytes(StandardCharsets.UTF_8));
    }
}
