/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.PolicyException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.Provider;
import java.security.Security;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** What the options of the builder do on the wire. */
class OptionsTest {
    @AutoClose
    private static final Loopback LOOPBACK = new Loopback();

    @BeforeEach
    void reset() {
        LOOPBACK.reset();
    }

    private static PutObjectRequest.Builder request() {
        return PutObjectRequest.builder().bucket(BUCKET).key("k");
    }

    private static byte[] get(EncryptingS3Client client) {
        return client.getObjectAsBytes(from -> from.bucket(BUCKET).key("k")).asByteArray();
    }

    @Test
    @Tag("CLI-006")
    void keyring_isPutBehindTheDefaultMaterialsManager() {
        byte[] plaintext = Loopback.bytes(100);
        EncryptingS3Client byManager = EncryptingS3Client.builder()
                .client(LOOPBACK.plain)
                .materialsManager(CryptographicMaterialsManager.of(LOOPBACK.keyring))
                .build();
        for (List<EncryptingS3Client> pair :
                List.of(List.of(LOOPBACK.encrypting, byManager), List.of(byManager, LOOPBACK.encrypting))) {
            pair.get(0).putObject(request().build(), RequestBody.fromBytes(plaintext));
            assertThat(get(pair.get(1))).isEqualTo(plaintext);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ALG_AES_256_GCM_IV12_TAG16_NO_KDF,x-amz-cek-alg,AES/GCM/NoPadding",
        "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,x-amz-c,115"
    })
    @Tag("ENC-001")
    void suite_isTheOneThatIsWritten(AlgorithmSuite suite, String name, String value) {
        LOOPBACK.encrypting()
                .suite(suite)
                .commitmentPolicy(
                        suite.isCommitting()
                                ? CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
                                : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                .build()
                .putObject(request().build(), RequestBody.fromString("x"));
        assertThat(LOOPBACK.stored("k").metadata()).containsEntry(name, value);
    }

    /** A V1 object needs the policy and both switches, and neither switch stands in for the other. */
    @ParameterizedTest
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    @Tag("CLI-008")
    @Tag("CLI-012")
    void olderObject_needsBothSwitches(boolean wraps, boolean content) {
        LOOPBACK.s3.putObject(BUCKET, "k", KnownAnswers.CBC_BODY, KnownAnswers.V1_METADATA);
        EncryptingS3Client client = LOOPBACK.encrypting()
                .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .enableLegacyWrappingAlgorithms(wraps)
                .enableLegacyUnauthenticatedModes(content)
                .build();
        if (wraps && content) {
            assertThat(get(client)).isEqualTo(KnownAnswers.PLAINTEXT);
        } else {
            assertThatThrownBy(() -> get(client)).isInstanceOf(PolicyException.class);
        }
    }

    @Test
    @Tag("INS-010")
    @Tag("INS-011")
    void put_withASuffixOfTheCallers_writesTheUsualFileAllTheSame() {
        LOOPBACK.encrypting()
                .instructionFiles(InstructionFileConfig.DEFAULT.withWrites(true))
                .build()
                .putObject(
                        request()
                                .overrideConfiguration(InstructionFileSuffix.of(".share"))
                                .build(),
                        RequestBody.fromString("x"));
        assertThat(LOOPBACK.s3.keys(BUCKET)).containsExactlyInAnyOrder("k", "k.instruction");
    }

    /** One provider's GCM gives plaintext as it goes, the other's at the end; ours gives none that is not verified. */
    @Test
    @Tag("PRV-006")
    void contentProvider_whicheverItIs_showsNoByteOfDamagedContent() throws IOException {
        byte[] plaintext = Loopback.bytes(100_000);
        LOOPBACK.encrypting.putObject(request().build(), RequestBody.fromBytes(plaintext));
        byte[] good = LOOPBACK.stored("k").bytes();
        Map<String, String> metadata = new HashMap<>(LOOPBACK.stored("k").metadata());
        for (Provider provider : List.of(Security.getProvider("SunJCE"), new BouncyCastleProvider())) {
            EncryptingS3Client client =
                    LOOPBACK.encrypting().contentProvider(provider).build();
            LOOPBACK.s3.putObject(BUCKET, "k", good, metadata);
            assertThat(get(client)).as(provider.getName()).isEqualTo(plaintext);

            byte[] damaged = good.clone();
            damaged[damaged.length - 1] ^= 1;
            LOOPBACK.s3.putObject(BUCKET, "k", damaged, metadata);
            ByteArrayOutputStream seen = new ByteArrayOutputStream();
            assertThatThrownBy(() -> client.getObject(
                            from -> from.bucket(BUCKET).key("k"), ResponseTransformer.toOutputStream(seen)))
                    .as(provider.getName())
                    .isInstanceOf(IntegrityException.class);
            assertThat(seen.size()).as(provider.getName()).isZero();
        }
    }
}
