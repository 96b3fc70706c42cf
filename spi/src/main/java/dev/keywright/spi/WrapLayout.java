/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What a raw wrap encrypts and binds, byte for byte: the one place of each wrap's layout. */
enum WrapLayout {
    /** Nonce (12), ciphertext, tag (16); the binding is the additional data. */
    AES_GCM(WrapAlgorithm.AES_GCM) {
        @Override
        byte[] plaintext(byte[] key, String binding) {
            return key.clone();
        }

        @Override
        byte[] aad(String binding) {
            return binding.getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        boolean plausible(int sealedBytes) {
            return isKeyLength(sealedBytes - NONCE_BYTES - TAG_BYTES);
        }
    },
    /** The key's length in one byte, the key, the binding. */
    RSA_OAEP_SHA1(WrapAlgorithm.RSA_OAEP_SHA1) {
        @Override
        byte[] plaintext(byte[] key, String binding) {
            byte[] suffix = binding.getBytes(StandardCharsets.US_ASCII);
            byte[] pseudoKey = new byte[1 + key.length + suffix.length];
            pseudoKey[0] = (byte) key.length;
            System.arraycopy(key, 0, pseudoKey, 1, key.length);
            System.arraycopy(suffix, 0, pseudoKey, 1 + key.length, suffix.length);
            return pseudoKey;
        }

        @Override
        boolean plausible(int sealedBytes) {
            return sealedBytes >= MIN_RSA_BYTES;
        }

        @Override
        byte @Nullable [] key(byte[] plaintext, String binding) {
            byte[] suffix = binding.getBytes(StandardCharsets.US_ASCII);
            int length = plaintext.length - 1 - suffix.length;
            if (!isKeyLength(length)) {
                return null;
            }
            byte[] wanted = new byte[1 + suffix.length];
            byte[] found = new byte[1 + suffix.length];
            wanted[0] = (byte) length;
            found[0] = plaintext[0];
            System.arraycopy(suffix, 0, wanted, 1, suffix.length);
            System.arraycopy(plaintext, 1 + length, found, 1, suffix.length);
            return MessageDigest.isEqual(wanted, found) ? Arrays.copyOfRange(plaintext, 1, 1 + length) : null;
        }
    },
    /** The bare key, padded to the next whole block of 16. */
    RAW_AES(WrapAlgorithm.RAW_AES) {
        @Override
        boolean plausible(int sealedBytes) {
            return sealedBytes == 32 || sealedBytes == 48;
        }
    },
    /** The bare key, and 8 bytes of check value. */
    AES_WRAP(WrapAlgorithm.AES_WRAP) {
        @Override
        boolean plausible(int sealedBytes) {
            return isKeyLength(sealedBytes - 8);
        }
    },
    /** The bare key. */
    RAW_RSA(WrapAlgorithm.RAW_RSA) {
        @Override
        boolean plausible(int sealedBytes) {
            return sealedBytes >= MIN_RSA_BYTES;
        }
    },
    /** The bare key. */
    RSA_OAEP_SHA256(WrapAlgorithm.RSA_OAEP_SHA256) {
        @Override
        boolean plausible(int sealedBytes) {
            return sealedBytes >= MIN_RSA_BYTES;
        }
    };

    private static final int NONCE_BYTES = 12;
    private static final int TAG_BYTES = 16;
    /** A 1024-bit modulus; smaller ones are nobody's. */
    private static final int MIN_RSA_BYTES = 128;

    final WrapAlgorithm algorithm;

    WrapLayout(WrapAlgorithm algorithm) {
        this.algorithm = algorithm;
    }

    /** The layout of a wrap that is written too. */
    static WrapLayout written(WrapAlgorithm algorithm) {
        if (algorithm.isLegacy()) {
            throw new IllegalArgumentException(algorithm.wireName() + " is a legacy wrap, which is never written");
        }
        return of(algorithm);
    }

    static WrapLayout of(WrapAlgorithm algorithm) {
        return switch (algorithm) {
            case AES_GCM -> AES_GCM;
            case RSA_OAEP_SHA1 -> RSA_OAEP_SHA1;
            case RAW_AES -> RAW_AES;
            case AES_WRAP -> AES_WRAP;
            case RAW_RSA -> RAW_RSA;
            case RSA_OAEP_SHA256 -> RSA_OAEP_SHA256;
            case KMS, KMS_CONTEXT ->
                throw new IllegalArgumentException(algorithm.wireName() + " is not wrapped by raw operations");
        };
    }

    /** What is encrypted; the caller wipes it. Legacy wraps are never written. */
    byte[] plaintext(byte[] key, String binding) {
        throw new IllegalStateException(algorithm.wireName() + " is never written");
    }

    /** What is authenticated beside it. */
    byte[] aad(String binding) {
        return new byte[0];
    }

    /** Whether a wrapped key can have this length at all. */
    abstract boolean plausible(int sealedBytes);

    /** The data key in a decrypted layout, or null if anything about it is wrong; the caller wipes both arrays. */
    byte @Nullable [] key(byte[] plaintext, String binding) {
        return isKeyLength(plaintext.length) ? plaintext.clone() : null;
    }

    static boolean isKeyLength(int bytes) {
        return bytes == 16 || bytes == 24 || bytes == 32;
    }
}
