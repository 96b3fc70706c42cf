/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.BackEnd;
import dev.keywright.tck.KeyringContract;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RsaTokenContractTest extends KeyringContract {
    private static InterposedToken home;
    private static PublicKey publicKey;

    @BeforeAll
    static void makeToken() {
        home = new InterposedToken();
        home.token.generateRsa("master", "02", 2048);
        publicKey = home.token.rsaPublicKey("02");
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
        return WrapAlgorithm.RSA_OAEP_SHA1;
    }

    /** SoftHSM does no OAEP but with SHA-1. */
    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.RSA_OAEP_SHA1, WrapAlgorithm.RAW_RSA);
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
        return 10;
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of(new String(home.token.pin()).getBytes(StandardCharsets.UTF_8));
    }

    @Override
    protected Optional<BackEnd> backEnd() {
        return Optional.of(new BackEnd() {
            @Override
            public void breakDown() {
                home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.DEVICE_REMOVED);
            }

            @Override
            public void mend() {
                home.module.leave(CryptokiFunction.DECRYPT_INIT);
                home.passBackOff();
            }

            @Override
            public void deny() {
                home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.KEY_FUNCTION_NOT_PERMITTED);
            }

            @Override
            public void allow() {
                home.module.leave(CryptokiFunction.DECRYPT_INIT);
            }

            @Override
            public long calls() {
                return home.module.calls();
            }
        });
    }
}
