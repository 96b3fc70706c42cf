/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.Bytes;
import java.security.KeyPair;
import java.security.interfaces.RSAKey;
import java.util.List;

/**
 * A test master key of a corpus. Its material is published with the corpus; still it is not printed, as a corpus may have
 * been made with somebody's own.
 */
public sealed interface VectorKey {
    /** Its name in the corpus. */
    String id();

    /** {@code AES}, {@code RSA} or {@code KMS}. */
    String type();

    /** An AES key. */
    record Aes(String id, Bytes key) implements VectorKey {
        @Override
        public String type() {
            return "AES";
        }

        @Override
        public String toString() {
            return id;
        }
    }

    /** An RSA key pair. */
    record Rsa(String id, KeyPair pair) implements VectorKey {
        /** The length of the modulus. */
        int bits() {
            return ((RSAKey) pair.getPublic()).getModulus().bitLength();
        }

        @Override
        public String type() {
            return "RSA";
        }

        @Override
        public String toString() {
            return id;
        }
    }

    /**
     * An AWS KMS key. There is no material; what KMS answers is recorded with each case.
     *
     * @param keyId its ARN
     */
    record Kms(String id, String keyId, List<String> aliases) implements VectorKey {
        /** Copies the list. */
        public Kms {
            aliases = List.copyOf(aliases);
        }

        @Override
        public String type() {
            return "KMS";
        }

        @Override
        public String toString() {
            return id;
        }
    }
}
