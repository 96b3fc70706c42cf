/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyWrapper;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import java.security.SecureRandom;

/** A public key as a keyring: wraps, and opens nothing. */
final class WriteOnlyKeyring implements Keyring {
    private final String name;
    private final KeyWrapper wrapper;

    WriteOnlyKeyring(String name, KeyWrapper wrapper) {
        this.name = name;
        this.wrapper = wrapper;
    }

    @Override
    public EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
        return wrapper.generate(request, random);
    }

    @Override
    public WrappedDataKey wrap(DataKey key, KeyRequest request) {
        return wrapper.wrap(key, request);
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        return new Unwrap.NotMine(name + " has a public key only, which writes and can't read");
    }

    @Override
    public String toString() {
        return name;
    }
}
