/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.KeyringContract;
import dev.keywright.testing.Tpm2;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** With AES-GCM out of AES-ECB, as a TPM has no other. */
class TpmAesContractTest extends KeyringContract {
    private static Tpm2 token;

    @BeforeAll
    static void makeToken() {
        token = TpmToken.orSkip();
        token.generateAes("master");
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    private static Pkcs11Quirks quirks() {
        return TpmToken.quirks().emulateGcm(true).build();
    }

    @Override
    protected Keyring keyring() {
        return TpmToken.builder(token, "master", quirks()).build();
    }

    @Override
    protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
        return Optional.of(TpmToken.builder(token, "master", quirks())
                .description(description)
                .build());
    }

    @Override
    protected WrapAlgorithm algorithm() {
        return WrapAlgorithm.AES_GCM;
    }

    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.AES_GCM, WrapAlgorithm.RAW_AES);
    }

    /** Nobody has the master key's bytes, so the token does what the old client did. */
    @Override
    protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
        try (Pkcs11Key key = Pkcs11Key.open(
                Pkcs11Uri.parse(token.uri("master")),
                Pkcs11Module.at(token.module()),
                new Login("the test", token::pin, false),
                TokenOptions.DEFAULT,
                Optional.empty())) {
            byte[] wrapped = key.use((cryptoki, session, handle) ->
                    cryptoki.encrypt(session, handle, CryptokiConstants.CKM_AES_ECB, Wraps.padded(dataKey)));
            return Optional.of(new WrappedDataKey(legacy, Bytes.copyOf(wrapped), Map.of()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
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
