/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.Keyring;
import java.security.KeyPair;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Master keys on keyrings that the caller makes: one for each AES or RSA key and materials description, made once; and for
 * KMS keys one for each case. Thread-safe.
 */
public final class CorpusKeyrings implements MasterKeys, AutoCloseable {
    private final OfAes ofAes;
    private final OfRsa ofRsa;
    private final OfKms ofKms;
    private final Map<Known, Keyring> made = new ConcurrentHashMap<>();

    private record Known(String id, Map<String, String> description) {}

    /** Makes a keyring of an AES key. */
    @FunctionalInterface
    public interface OfAes {
        /** The keyring; {@code key} is lent. */
        Keyring make(String name, Map<String, String> description, byte[] key);
    }

    /** Makes a keyring of an RSA key. */
    @FunctionalInterface
    public interface OfRsa {
        /** The keyring. */
        Keyring make(String name, Map<String, String> description, KeyPair pair);
    }

    /** Makes a keyring of a KMS key. */
    @FunctionalInterface
    public interface OfKms {
        /** The keyring, whose KMS answers so. */
        KeyUnwrapper make(VectorKey.Kms key, RecordedKms answers);
    }

    /** With KMS keys opened by the records alone. */
    public CorpusKeyrings(OfAes ofAes, OfRsa ofRsa) {
        this(ofAes, ofRsa, (key, answers) -> answers);
    }

    /** With a keyring for KMS that calls whatever gives those answers. */
    public CorpusKeyrings(OfAes ofAes, OfRsa ofRsa, OfKms ofKms) {
        this.ofAes = ofAes;
        this.ofRsa = ofRsa;
        this.ofKms = ofKms;
    }

    @Override
    public KeyUnwrapper keyring(VectorKey key, VectorCase vector) {
        if (key instanceof VectorKey.Kms kms) {
            return ofKms.make(kms, new RecordedKms(kms, vector.kms()));
        }
        return made.computeIfAbsent(new Known(key.id(), vector.materialsDescription()), known -> make(key, known));
    }

    private Keyring make(VectorKey key, Known known) {
        if (key instanceof VectorKey.Aes aes) {
            return ofAes.make(known.id(), known.description(), aes.key().toByteArray());
        }
        return ofRsa.make(known.id(), known.description(), ((VectorKey.Rsa) key).pair());
    }

    /** Closes the keyrings that were made of AES and RSA keys. */
    @Override
    public void close() {
        made.values().forEach(Keyring::close);
        made.clear();
    }
}
