/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A master key that has shown what it can do.
 *
 * @param current the wrap that it writes
 * @param legacy the legacy wraps of its type, opened or not
 */
record TriedMasterKey(MasterKeyOps current, List<LegacyWrap> legacy) implements MasterKeyOps {
    @Override
    public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
        return current.seal(plaintext, aad);
    }

    @Override
    public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
        return current.open(sealed, aad);
    }

    @Override
    public Set<WrapAlgorithm> legacyWraps() {
        return legacy.stream()
                .filter(wrap -> wrap.opening().isPresent())
                .map(LegacyWrap::algorithm)
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public byte[] openLegacy(WrapAlgorithm algorithm, byte[] sealed) throws GeneralSecurityException {
        for (LegacyWrap wrap : legacy) {
            if (wrap.algorithm() == algorithm && wrap.opening().isPresent()) {
                return wrap.opening().get().open(sealed);
            }
        }
        throw new UnsupportedOperationException(algorithm.wireName());
    }

    @Override
    public void close() {
        current.close();
    }
}
