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
    private static final long NO_MECHANISM = 0xffff_fff0L;

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

    /**
     * Without RSAES-PKCS1-v1_5: NSS answers bad padding with random bytes of random length, which now and then is a key's, and
     * nothing but the object's tag can tell.
     */
    private static Pkcs11Keyring.Builder builder() {
        return NssToken.builder(token, "master")
                .quirks(NssToken.quirks(token)
                        .number(Pkcs11Mechanism.RSA_PKCS, NO_MECHANISM)
                        .build());
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
        return EnumSet.of(WrapAlgorithm.RSA_OAEP_SHA1, WrapAlgorithm.RSA_OAEP_SHA256);
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
