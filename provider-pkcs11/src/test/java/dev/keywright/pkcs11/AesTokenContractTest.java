/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.BackEnd;
import dev.keywright.tck.KeyringContract;
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

class AesTokenContractTest extends KeyringContract {
    /** The token's key has a twin, for what old clients wrapped. */
    private static final byte[] MASTER_KEY = new byte[32];

    private static InterposedToken home;

    @BeforeAll
    static void makeToken() {
        home = new InterposedToken();
        new SecureRandom().nextBytes(MASTER_KEY);
        home.token.importAes("master", "01", MASTER_KEY);
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    @Override
    protected Keyring keyring() {
        return home.keyring("master");
    }

    @Override
    protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
        return Optional.of(home.builder("master").description(description).build());
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
        return 100;
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of(new String(home.token.pin()).getBytes(StandardCharsets.UTF_8), MASTER_KEY);
    }

    @Override
    protected Optional<BackEnd> backEnd() {
        return Optional.of(new BackEnd() {
            private static final Set<CryptokiFunction> USES =
                    EnumSet.of(CryptokiFunction.ENCRYPT_INIT, CryptokiFunction.DECRYPT_INIT);

            @Override
            public void breakDown() {
                USES.forEach(function -> home.module.answer(function, ReturnValue.DEVICE_REMOVED));
            }

            @Override
            public void mend() {
                USES.forEach(home.module::leave);
                home.passBackOff();
            }

            @Override
            public void deny() {
                USES.forEach(function -> home.module.answer(function, ReturnValue.KEY_FUNCTION_NOT_PERMITTED));
            }

            @Override
            public void allow() {
                USES.forEach(home.module::leave);
            }

            @Override
            public long calls() {
                return home.module.calls();
            }
        });
    }
}
