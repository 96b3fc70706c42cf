/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.KeyringContract;
import dev.keywright.testing.Nss;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class NssAesContractTest extends KeyringContract {
    private static Nss token;

    @BeforeAll
    static void makeToken() {
        token = NssToken.orSkip();
        token.generateAes("master", 32);
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
        return WrapAlgorithm.AES_GCM;
    }

    @Override
    protected Set<WrapAlgorithm> opens() {
        return EnumSet.of(WrapAlgorithm.AES_GCM, WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_WRAP);
    }

    @Override
    protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
        return Optional.of(new WrappedDataKey(legacy, Bytes.copyOf(byTheToken(legacy, dataKey)), Map.of()));
    }

    /** Nobody has the master key's bytes, so the token does what the old client did. */
    private static byte[] byTheToken(WrapAlgorithm legacy, byte[] dataKey) {
        try (Pkcs11Key key = Pkcs11Key.open(
                Pkcs11Uri.parse(token.uri("master")),
                Pkcs11Module.at(token.module()),
                new Login("the test", token::pin, false),
                TokenOptions.DEFAULT,
                NssToken.quirks(token).build().initArgument())) {
            return key.use((cryptoki, session, handle) -> {
                if (legacy == WrapAlgorithm.AES_WRAP) {
                    Template template = Template.ofReadableSessionKey(false).with(CryptokiConstants.CKA_VALUE, dataKey);
                    return cryptoki.wrapKey(
                            session, handle, cryptoki.createObject(session, template), dataKey.length + 8);
                }
                return cryptoki.encrypt(session, handle, CryptokiConstants.CKM_AES_ECB, Wraps.padded(dataKey));
            });
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    protected List<byte[]> secrets() {
        return List.of(new String(token.pin()).getBytes(StandardCharsets.UTF_8));
    }
}
