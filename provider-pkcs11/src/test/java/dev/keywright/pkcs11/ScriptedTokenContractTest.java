/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.tck.BackEnd;
import dev.keywright.tck.KeyringContract;
import java.util.Map;
import java.util.Optional;

/** The rules on failures of the master key's home, which a real token can't be made to show on command. */
class ScriptedTokenContractTest extends KeyringContract {
    private final ScriptedModule scripted = new ScriptedModule();
    private final Pkcs11Module module = new Pkcs11Module("scripted.so", new Cryptoki(scripted));

    private Keyring keyring(Map<String, String> description) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse("pkcs11:token=fake;object=master"))
                .module(module)
                .pin("1234"::toCharArray)
                .description(description)
                .build();
    }

    @Override
    protected Keyring keyring() {
        return keyring(Map.of());
    }

    @Override
    protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
        return Optional.of(keyring(description));
    }

    @Override
    protected WrapAlgorithm algorithm() {
        return WrapAlgorithm.AES_GCM;
    }

    @Override
    protected int roundsPerThread() {
        return 1;
    }

    @Override
    protected Optional<BackEnd> backEnd() {
        return Optional.of(new BackEnd() {
            @Override
            public void breakDown() {
                scripted.fail = Ck.CKR_DEVICE_REMOVED;
            }

            @Override
            public void mend() {
                scripted.fail = Ck.CKR_OK;
            }

            @Override
            public void deny() {
                scripted.fail = Ck.CKR_USER_NOT_LOGGED_IN;
            }

            @Override
            public void allow() {
                scripted.fail = Ck.CKR_OK;
            }

            @Override
            public long calls() {
                long wraps = scripted.calls(CryptokiFunction.C_ENCRYPT_INIT);
                return wraps + scripted.calls(CryptokiFunction.C_DECRYPT_INIT);
            }
        });
    }
}
