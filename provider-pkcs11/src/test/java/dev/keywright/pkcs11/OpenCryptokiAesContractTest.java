/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.KeyringContract;
import dev.keywright.testing.OpenCryptoki;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** With both emulations over AES-ECB, which versions need that have neither AES-GCM nor key wrap. */
class OpenCryptokiAesContractTest extends KeyringContract {
    /** The token's key has a twin, for what old clients wrapped. */
    private static final byte[] MASTER_KEY = new byte[32];

    private static OpenCryptoki token;

    @BeforeAll
    static void makeToken() {
        token = OpenCryptokiToken.orSkip();
        new SecureRandom().nextBytes(MASTER_KEY);
        token.importAes("master", "01", MASTER_KEY);
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    private static Pkcs11Keyring.Builder builder() {
        return OpenCryptokiToken.builder(
                token,
                "master",
                OpenCryptokiToken.quirks().emulateGcm(true).emulateKeyWrap(true).build());
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
        return WrapAlgorithm.AES_GCM;
    }

    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.AES_GCM, WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_WRAP);
    }

    @Override
    protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
        return Optional.of(Wraps.byOldClient(legacy, new SecretKeySpec(MASTER_KEY, "AES"), dataKey));
    }

    @Override
    protected int roundsPerThread() {
        return 20;
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of(new String(token.pin()).getBytes(StandardCharsets.UTF_8), MASTER_KEY);
    }
}
