/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;

/** The contract on keyrings that keep it: no rule fails, and between the two kinds none is skipped. */
@Tag("KEY-008")
class MemoryKeyringTest {
    @Nested
    class Describing extends OverMemory {
        Describing() {
            super(WrapAlgorithm.AES_GCM, Map.of("tier", "gold"));
        }
    }

    @Nested
    class Binding extends OverMemory {
        Binding() {
            super(WrapAlgorithm.KMS_CONTEXT, Map.of());
        }
    }

    /** The contract over a {@link MemoryHome}. */
    abstract static class OverMemory extends KeyringContract {
        final MemoryHome home = new MemoryHome();
        private final WrapAlgorithm algorithm;
        private final Map<String, String> description;

        OverMemory(WrapAlgorithm algorithm, Map<String, String> description) {
            this.algorithm = algorithm;
            this.description = description;
        }

        Keyring make(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
            return new MemoryKeyring(home, algorithm, description);
        }

        @Override
        protected Keyring keyring() {
            return make(home, algorithm, description);
        }

        @Override
        protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
            return algorithm.isKms() ? Optional.empty() : Optional.of(make(home, algorithm, description));
        }

        @Override
        protected WrapAlgorithm algorithm() {
            return algorithm;
        }

        @Override
        protected Set<WrapAlgorithm> opens() {
            return algorithm.isKms() ? EnumSet.of(algorithm) : EnumSet.of(algorithm, MemoryKeyring.LEGACY);
        }

        @Override
        protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
            return Optional.of(new WrappedDataKey(legacy, Bytes.copyOf(home.sealedByOldClient(dataKey)), description));
        }

        @Override
        protected Optional<BackEnd> backEnd() {
            return Optional.of(home);
        }

        @Override
        protected List<byte[]> secrets() {
            return List.of(home.masterKey());
        }
    }
}
