/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.util.Arrays;
import java.util.Map;
import javax.crypto.Cipher;

/** What the tests do with keyrings, all in format V3. */
final class Wraps {
    static final KeyRequest REQUEST = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());

    private Wraps() {}

    static WrappedDataKey wrap(Keyring keyring, byte[] raw) {
        try (DataKey key = DataKey.adopt(raw.clone())) {
            return keyring.wrap(key, REQUEST);
        }
    }

    static byte[] unwrap(Keyring keyring, WrappedDataKey wrapped) {
        try (DataKey key = ((Unwrap.Opened) keyring.unwrap(wrapped, REQUEST)).dataKey()) {
            return key.use(byte[]::clone);
        }
    }

    /** As an old client wrapped it, in software. */
    static WrappedDataKey byOldClient(WrapAlgorithm legacy, Key key, byte[] dataKey) {
        String transformation = switch (legacy) {
            case RAW_AES -> "AES/ECB/PKCS5Padding";
            case AES_WRAP -> "AESWrap";
            case RAW_RSA -> "RSA/ECB/PKCS1Padding";
            case RSA_OAEP_SHA256 -> "RSA/ECB/OAEPWithSHA-256AndMGF1Padding";
            default -> throw new AssertionError(legacy);
        };
        try {
            Cipher cipher = Cipher.getInstance(transformation);
            cipher.init(Cipher.ENCRYPT_MODE, key);
            return new WrappedDataKey(legacy, Bytes.copyOf(cipher.doFinal(dataKey)), Map.of());
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    /** With PKCS #7 padding to whole AES blocks. */
    static byte[] padded(byte[] dataKey) {
        int padding = 16 - dataKey.length % 16;
        byte[] padded = Arrays.copyOf(dataKey, dataKey.length + padding);
        Arrays.fill(padded, dataKey.length, padded.length, (byte) padding);
        return padded;
    }

    /** With one bit of the ciphertext flipped. */
    static WrappedDataKey altered(WrappedDataKey wrapped) {
        byte[] bytes = wrapped.ciphertext().toByteArray();
        bytes[bytes.length / 2] ^= 1;
        return new WrappedDataKey(wrapped.algorithm(), Bytes.copyOf(bytes), wrapped.description());
    }
}
