/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.KeyringContract;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The contract on an RSA key of a token, whichever that is. */
abstract class RsaOnTokenContract extends KeyringContract {
    /** Of keyrings for the key. */
    abstract Pkcs11Keyring.Builder builder();

    abstract PublicKey publicKey();

    abstract char[] pin();

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
    protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
        return Optional.of(Wraps.byOldClient(legacy, publicKey(), dataKey));
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
        return List.of(new String(pin()).getBytes(StandardCharsets.UTF_8));
    }
}
