/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import java.security.SecureRandom;
import java.util.Map;

/** As the S3 client has it done: by the keyring, data keys wiped. */
final class KeywrightWrapping implements AesWrapping {
    private final Keyring keyring;
    private final KeyRequest request = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
    private final DataKey dataKey;
    private final WrappedDataKey wrapped;

    KeywrightWrapping(Keyring keyring) {
        this.keyring = keyring;
        this.dataKey = DataKey.random(request.dataKeyBytes(), new SecureRandom());
        this.wrapped = keyring.wrap(dataKey, request);
    }

    @Override
    public Object wrap() {
        return keyring.wrap(dataKey, request);
    }

    @Override
    public Object unwrap() {
        try (DataKey opened = ((Unwrap.Opened) keyring.unwrap(wrapped, request)).dataKey()) {
            return opened;
        }
    }

    @Override
    public void close() {
        dataKey.close();
        keyring.close();
    }
}
