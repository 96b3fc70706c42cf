/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.jca.JcaMessageCipher;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.PolicyException;
import java.security.Provider;
import java.security.Security;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.DelegatingS3Client;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.encryption.s3.S3EncryptionClient;

/** What a builder takes and what it refuses; nothing is sent. */
class ConfigurationTest {
    private final S3Client plain = new RecordingS3Client().client;
    private final Keyring keyring = JcaKeyrings.platform().aes("test", new byte[32]);

    private EncryptingS3Client.Builder complete() {
        return EncryptingS3Client.builder().client(plain).keyring(keyring);
    }

    @Test
    @Tag("CLI-023")
    void build_withoutClient_isRefused() {
        assertThatThrownBy(() -> EncryptingS3Client.builder().keyring(keyring).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no client; give the S3Client to wrap");
    }

    @Test
    @Tag("CLI-004")
    void build_withoutKeys_isRefused() {
        assertThatThrownBy(() -> EncryptingS3Client.builder().client(plain).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("no keyring and no materialsManager; give one of them");
    }

    @Test
    @Tag("CLI-005")
    void build_withKeyringAndMaterialsManager_isRefused() {
        assertThatThrownBy(() -> complete()
                        .materialsManager(CryptographicMaterialsManager.of(keyring))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both keyring and materialsManager");
    }

    @Test
    void build_withContentCipherAndContentProvider_isRefused() {
        Provider provider = Security.getProvider("SunJCE");
        assertThatThrownBy(() -> complete()
                        .contentCipher(JcaContentCipher.platform())
                        .contentProvider(provider)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both contentCipher and contentProvider");
    }

    @Test
    void build_withCipherOfSegmentsAndStrictContent_isRefused() {
        EncryptingS3Client.Builder segments = complete().contentCipher(JcaContentCipher.platform());
        assertThatThrownBy(() -> segments.strictContent(true).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("strict content");
        assertThatThrownBy(() -> complete()
                        .contentCipher(JcaContentCipher.platform())
                        .contentCipher(JcaMessageCipher.platform())
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("strict content");
        assertThatThrownBy(() -> complete()
                        .contentCipher(JcaMessageCipher.platform())
                        .contentProvider(Security.getProvider("SunJCE"))
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("both contentCipher and contentProvider");
    }

    @Test
    void contentCipher_inUse_isSeen() {
        EncryptingS3Client usual = complete().build();
        assertThat(usual.isStrict()).isFalse();
        assertThat(usual.toString()).contains("JcaContentCipher[", "HKDF_SHA512_COMMIT_KEY");

        EncryptingS3Client strict = complete()
                .strictContent(true)
                .contentProvider(Security.getProvider("SunJCE"))
                .build();
        assertThat(strict.isStrict()).isTrue();
        assertThat(strict.toString())
                .contains("JcaMessageCipher[SunJCE, strict]")
                .doesNotContain("JcaContentCipher");
        assertThat(complete().strictContent(true).build().isStrict()).isTrue();
        assertThat(complete().contentCipher(JcaMessageCipher.platform()).build().isStrict())
                .isTrue();
    }

    @Test
    void bufferBytes_negative_isRefused() {
        assertThatThrownBy(() -> complete().bufferBytes(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @Tag("CLI-024")
    void build_overAnEncryptingClient_isRefusedAlsoUnderAnotherLayer() {
        EncryptingS3Client encrypting = complete().build();
        for (S3Client client : new S3Client[] {encrypting, new DelegatingS3Client(encrypting) {}}) {
            assertThatThrownBy(() -> complete().client(client).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("encrypts already")
                    .hasMessageContaining(EncryptingS3Client.class.getName());
        }
        assertThatCode(() -> complete().client(new DelegatingS3Client(plain) {}).build())
                .doesNotThrowAnyException();
    }

    @Test
    @Tag("CLI-024")
    void build_overAmazonsEncryptionClient_isRefused() {
        try (S3Client amazons = S3EncryptionClient.builderV4()
                .aesKey(new javax.crypto.spec.SecretKeySpec(new byte[32], "AES"))
                .wrappedClient(S3Client.builder()
                        .region(Region.US_EAST_1)
                        .credentialsProvider(AnonymousCredentialsProvider.create())
                        .httpClientBuilder(UrlConnectionHttpClient.builder())
                        .build())
                .wrappedAsyncClient(S3AsyncClient.builder()
                        .region(Region.US_EAST_1)
                        .credentialsProvider(AnonymousCredentialsProvider.create())
                        .build())
                .build()) {
            assertThatThrownBy(() -> complete().client(amazons).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("software.amazon.encryption.s3.S3EncryptionClient");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ALG_AES_256_CBC_IV16_NO_KDF",
        "ALG_AES_256_CTR_IV16_TAG16_NO_KDF",
        "ALG_AES_256_CTR_HKDF_SHA512_COMMIT_KEY"
    })
    @Tag("CLI-033")
    @Tag("CLI-034")
    void suite_thatIsNeverWritten_isRefusedUnderAnyPolicy(AlgorithmSuite suite) {
        for (CommitmentPolicy policy : CommitmentPolicy.values()) {
            assertThatThrownBy(() ->
                            complete().suite(suite).commitmentPolicy(policy).build())
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("never written");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ALG_AES_256_GCM_IV12_TAG16_NO_KDF, FORBID_ENCRYPT_ALLOW_DECRYPT, true",
        "ALG_AES_256_GCM_IV12_TAG16_NO_KDF, REQUIRE_ENCRYPT_ALLOW_DECRYPT, false",
        "ALG_AES_256_GCM_IV12_TAG16_NO_KDF, REQUIRE_ENCRYPT_REQUIRE_DECRYPT, false",
        "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, FORBID_ENCRYPT_ALLOW_DECRYPT, false",
        "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, REQUIRE_ENCRYPT_ALLOW_DECRYPT, true",
        "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, REQUIRE_ENCRYPT_REQUIRE_DECRYPT, true"
    })
    @Tag("CLI-032")
    @Tag("CLI-035")
    @Tag("CLI-036")
    @Tag("CLI-037")
    @Tag("CLI-003")
    void suite_isCheckedAgainstThePolicy(AlgorithmSuite suite, CommitmentPolicy policy, boolean allowed) {
        EncryptingS3Client.Builder builder = complete().suite(suite).commitmentPolicy(policy);
        if (allowed) {
            assertThat(builder.build()).isNotNull();
        } else {
            assertThatThrownBy(builder::build)
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining(policy.name());
        }
    }
}
