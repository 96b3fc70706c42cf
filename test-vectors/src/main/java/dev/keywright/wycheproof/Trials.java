/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import dev.keywright.spi.Bytes;
import java.security.GeneralSecurityException;

/** The inputs of each layout of vectors, and what is done with them. */
final class Trials {
    private Trials() {}

    record Gcm(Bytes key, Bytes iv, Bytes aad, Bytes plaintext, Bytes ciphertextAndTag, int tagBits) implements Trial {
        @Override
        public byte[] made(Primitives primitives) throws GeneralSecurityException {
            return primitives.sealGcm(
                    key.toByteArray(), iv.toByteArray(), aad.toByteArray(), plaintext.toByteArray(), tagBits);
        }

        @Override
        public byte[] toBeMade() {
            return ciphertextAndTag.toByteArray();
        }

        @Override
        public byte[] opened(Primitives primitives) throws GeneralSecurityException {
            return primitives.openGcm(
                    key.toByteArray(), iv.toByteArray(), aad.toByteArray(), ciphertextAndTag.toByteArray(), tagBits);
        }

        @Override
        public byte[] toBeOpened() {
            return plaintext.toByteArray();
        }
    }

    record Gmac(Bytes key, Bytes iv, Bytes message, Bytes tag) implements Trial {
        @Override
        public byte[] made(Primitives primitives) throws GeneralSecurityException {
            return primitives.gmac(key.toByteArray(), iv.toByteArray(), message.toByteArray(), tag.size() * Byte.SIZE);
        }

        @Override
        public byte[] toBeMade() {
            return tag.toByteArray();
        }

        @Override
        public byte[] opened(Primitives primitives) throws GeneralSecurityException {
            primitives.verifyGmac(key.toByteArray(), iv.toByteArray(), message.toByteArray(), tag.toByteArray());
            return toBeOpened();
        }
    }

    record KeyWrap(Bytes wrappingKey, Bytes key, Bytes wrapped) implements Trial {
        @Override
        public byte[] made(Primitives primitives) throws GeneralSecurityException {
            return primitives.wrapKey(wrappingKey.toByteArray(), key.toByteArray());
        }

        @Override
        public byte[] toBeMade() {
            return wrapped.toByteArray();
        }

        @Override
        public byte[] opened(Primitives primitives) throws GeneralSecurityException {
            return primitives.unwrapKey(wrappingKey.toByteArray(), wrapped.toByteArray());
        }

        @Override
        public byte[] toBeOpened() {
            return key.toByteArray();
        }
    }

    record Cbc(Bytes key, Bytes iv, Bytes plaintext, Bytes ciphertext) implements Trial {
        @Override
        public byte[] made(Primitives primitives) throws GeneralSecurityException {
            return primitives.encryptCbc(key.toByteArray(), iv.toByteArray(), plaintext.toByteArray());
        }

        @Override
        public byte[] toBeMade() {
            return ciphertext.toByteArray();
        }

        @Override
        public byte[] opened(Primitives primitives) throws GeneralSecurityException {
            return primitives.decryptCbc(key.toByteArray(), iv.toByteArray(), ciphertext.toByteArray());
        }

        @Override
        public byte[] toBeOpened() {
            return plaintext.toByteArray();
        }
    }

    record Oaep(Bytes pkcs8, String hash, String mgfHash, Bytes label, Bytes message, Bytes ciphertext)
            implements Trial {
        @Override
        public byte[] opened(Primitives primitives) throws GeneralSecurityException {
            return primitives.decryptOaep(
                    pkcs8.toByteArray(), hash, mgfHash, label.toByteArray(), ciphertext.toByteArray());
        }

        @Override
        public byte[] toBeOpened() {
            return message.toByteArray();
        }

        Algorithm algorithm() {
            return switch (hash) {
                case "SHA-1" -> Algorithm.RSA_OAEP_SHA1;
                case "SHA-256" -> Algorithm.RSA_OAEP_SHA256;
                default -> Algorithm.RSA_OAEP_OTHER;
            };
        }
    }

    record Pkcs1(Bytes pkcs8, Bytes message, Bytes ciphertext) implements Trial {
        @Override
        public byte[] opened(Primitives primitives) throws GeneralSecurityException {
            return primitives.decryptPkcs1(pkcs8.toByteArray(), ciphertext.toByteArray());
        }

        @Override
        public byte[] toBeOpened() {
            return message.toByteArray();
        }
    }

    record Hkdf(Bytes inputKey, Bytes salt, Bytes info, int length, Bytes output) implements Trial {
        @Override
        public byte[] made(Primitives primitives) throws GeneralSecurityException {
            return primitives.hkdfSha512(inputKey.toByteArray(), salt.toByteArray(), info.toByteArray(), length);
        }

        @Override
        public byte[] toBeMade() {
            return output.toByteArray();
        }
    }
}
