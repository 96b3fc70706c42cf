/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.Keyring;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class KnownAnswersTest {
    private final Keyring keyring = KnownAnswers.keyring();

    @Test
    @Tag("KDF-001")
    @Tag("KDF-011")
    @Tag("KDF-014")
    @Tag("ENC-011")
    @Tag("ENC-012")
    @Tag("ENC-013")
    @Tag("CLI-038")
    @Tag("INT-019")
    @Tag("ENC-001")
    void encrypt_knownKeysAndMessageId_givesTheKnownV3Object() throws IOException {
        assertWrites(
                CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
                KnownAnswers.MESSAGE_ID,
                KnownAnswers.PLAINTEXT,
                KnownAnswers.V3,
                KnownAnswers.V3_BODY);
    }

    @Test
    @Tag("ENC-013")
    void encrypt_nothing_givesTheKnownV3Tag() throws IOException {
        assertWrites(
                CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT,
                KnownAnswers.MESSAGE_ID,
                new byte[0],
                KnownAnswers.V3,
                KnownAnswers.V3_EMPTY_BODY);
    }

    @Test
    @Tag("ENC-008")
    @Tag("ENC-009")
    @Tag("ENC-010")
    @Tag("SUI-008")
    @Tag("INT-018")
    @Tag("FMT-009")
    @Tag("FMT-013")
    @Tag("ENC-001")
    void encrypt_knownKeysAndIv_givesTheKnownV2Object() throws IOException {
        assertWrites(
                CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT,
                KnownAnswers.GCM_IV,
                KnownAnswers.PLAINTEXT,
                KnownAnswers.V2,
                KnownAnswers.V2_BODY);
    }

    @Test
    @Tag("DCM-003")
    @Tag("DET-003")
    void decrypt_knownV3Object_givesThePlaintext() throws IOException {
        assertThat(read(KnownAnswers.V3, KnownAnswers.V3_BODY)).isEqualTo(KnownAnswers.PLAINTEXT);
        assertThat(read(KnownAnswers.V3, KnownAnswers.V3_EMPTY_BODY)).isEmpty();
    }

    @Test
    @Tag("DET-002")
    @Tag("COM-004")
    void decrypt_knownV2Object_givesThePlaintext() throws IOException {
        assertThat(read(KnownAnswers.V2, KnownAnswers.V2_BODY)).isEqualTo(KnownAnswers.PLAINTEXT);
    }

    private void assertWrites(
            CommitmentPolicy policy, byte[] iv, byte[] plaintext, Map<String, String> metadata, byte[] body)
            throws IOException {
        ObjectEncryptor encryptor = ObjectEncryptor.builder(
                        KnownAnswers.materials(keyring), new ReferenceContentCipher())
                .commitmentPolicy(policy)
                .random(KnownAnswers.giving(iv))
                .build();
        try (EncryptedObject object = encryptor.encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
                InputStream stream = object.openBody()) {
            assertThat(object.metadata()).isEqualTo(metadata);
            assertThat(object.bodyBytes()).isEqualTo(body.length);
            assertThat(stream.readAllBytes()).isEqualTo(body);
        }
    }

    private byte[] read(Map<String, String> metadata, byte[] body) throws IOException {
        ObjectDecryptor decryptor = ObjectDecryptor.builder(
                        KnownAnswers.materials(keyring), new ReferenceContentCipher())
                .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .build();
        try (Decryption decryption = decryptor.begin(OBJECT, metadata, Map.of());
                InputStream plaintext = decryption.verified(new ByteArrayInputStream(body), body.length)) {
            return plaintext.readAllBytes();
        }
    }
}
