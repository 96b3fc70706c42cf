/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.jca.JcaKeyrings;
import dev.keywright.kms.KmsKeyring;
import dev.keywright.pkcs11.Pkcs11KeyInfo;
import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.spi.Keyring;
import dev.keywright.testing.MiniKms;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.crypto.spec.SecretKeySpec;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RsaKeyring;
import software.amazon.encryption.s3.materials.S3Keyring;

/** The master keys of the compatibility table: an AES key and an RSA pair, each in memory and in a token, and a KMS key. */
final class PeerKeys implements AutoCloseable {
    private static final byte[] AES = Loopback.bytes(32);

    private final SoftHsm token = SoftHsm.newToken();
    private final MiniKms kms = MiniKms.start();
    private final KmsClient kmsClient = KmsClient.builder()
            .endpointOverride(kms.endpoint())
            .region(Region.US_EAST_1)
            .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .httpClient(UrlConnectionHttpClient.create())
            .build();
    private final String kmsKey = kms.createKey();
    private final KeyPair rsa = rsaPair();

    PeerKeys() throws IOException {
        token.importAes("aes", "01", AES);
        importRsa("privkey", rsa.getPrivate().getEncoded(), "--sensitive", "--private");
        importRsa("pubkey", rsa.getPublic().getEncoded());
    }

    List<PeerKey> all() {
        return List.of(
                new PeerKey(
                        "AES/GCM",
                        false,
                        description ->
                                JcaKeyrings.platform().description(description).aes("in memory", AES),
                        PeerKeys::peersAes),
                new PeerKey(
                        "AES/GCM, in SoftHSM", false, description -> inToken("aes", description), PeerKeys::peersAes),
                new PeerKey(
                        "RSA-OAEP-SHA1",
                        false,
                        description ->
                                JcaKeyrings.platform().description(description).rsa("in memory", rsa),
                        this::peersRsa),
                new PeerKey(
                        "RSA-OAEP-SHA1, in SoftHSM", false, description -> inToken("rsa", description), this::peersRsa),
                new PeerKey(
                        "kms+context",
                        true,
                        description -> KmsKeyring.of(kmsClient, kmsKey),
                        description -> software.amazon.encryption.s3.materials.KmsKeyring.builder()
                                .kmsClient(kmsClient)
                                .wrappingKeyId(kmsKey)
                                .build()));
    }

    private static KeyPair rsaPair() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(2048);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private void importRsa(String type, byte[] encoded, String... flags) throws IOException {
        Path file = Files.createTempFile("key-", ".der");
        try {
            Files.write(file, encoded);
            List<String> arguments = new ArrayList<>(List.of("--write-object", file.toString(), "--type", type));
            arguments.addAll(List.of("--label", "rsa", "--id", "02", "--usage-decrypt", "--usage-wrap"));
            arguments.addAll(List.of(flags));
            token.pkcs11Tool(arguments.toArray(String[]::new));
        } finally {
            Files.delete(file);
        }
    }

    private Keyring inToken(String label, Map<String, String> description) {
        Pkcs11Keyring keyring = Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri(label)))
                .pin(token::pin)
                .description(description)
                .build();
        Pkcs11KeyInfo key = keyring.describe().key();
        assertThat(key.sensitive() && !key.extractable())
                .as("the key can't leave its token")
                .isTrue();
        return keyring;
    }

    private static S3Keyring peersAes(Map<String, String> description) {
        return AesKeyring.builder()
                .wrappingKey(new SecretKeySpec(AES, "AES"))
                .materialsDescription(peersDescription(description))
                .build();
    }

    private S3Keyring peersRsa(Map<String, String> description) {
        return RsaKeyring.builder()
                .wrappingKeyPair(new PartialRsaKeyPair(rsa))
                .materialsDescription(peersDescription(description))
                .build();
    }

    private static MaterialsDescription peersDescription(Map<String, String> entries) {
        return MaterialsDescription.builder().putAll(entries).build();
    }

    @Override
    public void close() {
        kmsClient.close();
        kms.close();
        token.close();
    }
}
