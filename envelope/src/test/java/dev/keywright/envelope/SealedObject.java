/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.CryptographicMaterialsManager;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.util.Map;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** An object of random plaintext, as it is stored, and what opens it. */
final class SealedObject {
    private static final CryptographicMaterialsManager MATERIALS =
            CryptographicMaterialsManager.of(KnownAnswers.keyring());

    private final byte[] plaintext;
    private final byte[] body;
    private final Map<String, String> metadata;

    SealedObject(byte[] plaintext, byte[] body, Map<String, String> metadata) {
        this.plaintext = plaintext;
        this.body = body;
        this.metadata = metadata;
    }

    byte[] plaintext() {
        return plaintext;
    }

    byte[] body() {
        return body;
    }

    static SealedObject of(AlgorithmSuite suite, int bytes) {
        byte[] plaintext = new byte[bytes];
        new Random(bytes).nextBytes(plaintext);
        if (suite == AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF) {
            return new SealedObject(plaintext, cbc(plaintext), KnownAnswers.V1);
        }
        try (EncryptedObject object = ObjectEncryptor.builder(MATERIALS, new ReferenceContentCipher())
                        .commitmentPolicy(
                                suite.isCommitting()
                                        ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                                        : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                        .build()
                        .encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
                InputStream stream = object.openBody()) {
            return new SealedObject(plaintext, stream.readAllBytes(), object.metadata());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] cbc(byte[] plaintext) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(KnownAnswers.DATA_KEY, "AES"),
                    new IvParameterSpec(KnownAnswers.CBC_IV));
            return cipher.doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    Decryption begin() {
        return ObjectDecryptor.builder(MATERIALS, new ReferenceContentCipher())
                .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .enableLegacyWrappingAlgorithms(true)
                .enableLegacyUnauthenticatedModes(KnownAnswers.cbc())
                .build()
                .begin(OBJECT, metadata, Map.of());
    }
}
