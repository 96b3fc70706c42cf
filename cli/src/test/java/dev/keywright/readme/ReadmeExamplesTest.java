/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.readme;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.envelope.Decryption;
import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.jca.KeywrightProvider;
import dev.keywright.kms.KmsKeyring;
import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.s3.EncryptingS3AsyncClient;
import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.EncryptionContext;
import dev.keywright.s3.VerifiedObject;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.testing.MiniKms;
import dev.keywright.testing.MiniS3;
import dev.keywright.testing.SoftHsm;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** The examples of README.md, run. What stands between {@code snippet} and {@code end} stands there too; {@link ReadmeTest} compares. */
class ReadmeExamplesTest {
    private static final String BUCKET = "bucket";

    private final String bucket = BUCKET;

    @TempDir
    private Path folder;

    private MiniS3 miniS3;
    private S3Client plainS3;

    @BeforeEach
    void start() {
        miniS3 = MiniS3.start();
        miniS3.createBucket(BUCKET);
        plainS3 = S3Client.builder()
                .endpointOverride(miniS3.endpoint())
                .region(Region.EU_CENTRAL_1)
                .forcePathStyle(true)
                .credentialsProvider(AnonymousCredentialsProvider.create())
                .build();
    }

    @AfterEach
    void stop() {
        miniS3.close();
    }

    private Path keyFile(int first) throws IOException {
        byte[] key = new byte[32];
        key[0] = (byte) first;
        return Files.write(folder.resolve("master-" + first + ".key"), key);
    }

    private void assertStoredEncrypted(String key, String wrap) {
        assertThat(miniS3.object(BUCKET, key).metadata())
                .containsEntry("x-amz-c", "115")
                .containsEntry("x-amz-w", wrap);
        assertThat(new String(miniS3.object(BUCKET, key).bytes(), StandardCharsets.ISO_8859_1))
                .doesNotContain("nobody");
    }

    @Test
    void localKey() throws IOException {
        Path keyFile = keyFile(1);
        // snippet: local-key
        byte[] masterKey = Files.readAllBytes(keyFile); // 32 bytes that only you have
        try (Keyring keyring = JcaKeyrings.platform().aes("backup key", masterKey);
                EncryptingS3Client s3 = EncryptingS3Client.builder()
                        .client(plainS3) // an S3Client as you have it
                        .keyring(keyring)
                        .build()) {
            s3.putObject(
                    PutObjectRequest.builder().bucket(bucket).key("letter.txt").build(),
                    RequestBody.fromString("nobody else's business"));

            String letter = s3.getObjectAsBytes(GetObjectRequest.builder()
                            .bucket(bucket)
                            .key("letter.txt")
                            .build())
                    .asUtf8String(); // verified, or an exception: never anything in between
            System.out.println(letter);
        }
        // end
        assertStoredEncrypted("letter.txt", "02");
    }

    @Test
    void verifiedRanges() throws IOException {
        try (Keyring keyring = JcaKeyrings.platform().aes("backup key", Files.readAllBytes(keyFile(1)));
                EncryptingS3Client s3 = EncryptingS3Client.builder()
                        .client(plainS3)
                        .keyring(keyring)
                        .build()) {
            s3.putObject(
                    request -> request.bucket(bucket).key("table.parquet"), RequestBody.fromString("PAR1 rows PAR1"));
            // snippet: verified-ranges
            try (VerifiedObject table = s3.openVerified(bucket, "table.parquet")) { // downloads and verifies it once
                byte[] footer = table.read(table.lengthBytes() - 8, 8); // downloads 64 KiB, verified again
                System.out.println(new String(footer, 4, 4, StandardCharsets.US_ASCII));
            }
            // end
        }
    }

    @Test
    void hsmKey() {
        try (SoftHsm token = SoftHsm.newToken()) {
            token.generateRsa("s3-master", "01", 2048);
            String keyUri = token.uri("s3-master");
            Supplier<char[]> askForPin = token::pin;
            // snippet: hsm-key
            // pkcs11:token=prod;object=s3-master?module-path=/usr/lib/softhsm/libsofthsm2.so
            try (Keyring keyring = Pkcs11Keyring.builder(Pkcs11Uri.parse(keyUri))
                            .pin(askForPin) // a Supplier<char[]>; the array is wiped after the login
                            .description(Map.of("key", "s3-master"))
                            .build(); // wraps and opens a key once, so that what is wrong is said here
                    EncryptingS3Client s3 = EncryptingS3Client.builder()
                            .client(plainS3)
                            .keyring(keyring)
                            .build()) {
                s3.putObject(
                        request -> request.bucket(bucket).key("letter.txt"),
                        RequestBody.fromString("nobody else's business"));
            }
            // end
            assertStoredEncrypted("letter.txt", "22");
        }
    }

    @Test
    void kmsKey() {
        try (MiniKms miniKms = MiniKms.start();
                KmsClient kms = KmsClient.builder()
                        .endpointOverride(miniKms.endpoint())
                        .region(Region.EU_CENTRAL_1)
                        .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
                        .build()) {
            String keyArn = miniKms.createKey();
            // snippet: kms-key
            try (Keyring keyring = KmsKeyring.of(kms, keyArn);
                    EncryptingS3Client s3 = EncryptingS3Client.builder()
                            .client(plainS3)
                            .keyring(keyring)
                            .build()) {
                EncryptionContext tenant = EncryptionContext.of(Map.of("tenant", "blue"));
                s3.putObject(
                        request -> request.bucket(bucket).key("letter.txt").overrideConfiguration(tenant),
                        RequestBody.fromString("nobody else's business"));
                s3.getObjectAsBytes(
                        request -> request.bucket(bucket).key("letter.txt").overrideConfiguration(tenant));
            }
            // end
            assertStoredEncrypted("letter.txt", "12");
        }
    }

    @Test
    void async() throws IOException {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (Keyring keyring = JcaKeyrings.platform().aes("backup key", Files.readAllBytes(keyFile(1)))) {
            S3AsyncClient plainAsyncS3 = S3AsyncClient.builder()
                    .endpointOverride(miniS3.endpoint())
                    .region(Region.EU_CENTRAL_1)
                    .forcePathStyle(true)
                    .credentialsProvider(AnonymousCredentialsProvider.create())
                    .build();
            // snippet: async
            try (EncryptingS3AsyncClient s3 = EncryptingS3AsyncClient.builder()
                    .client(plainAsyncS3) // an S3AsyncClient as you have it
                    .keyring(keyring)
                    .executor(executor) // where HSM, KMS and files may take their time
                    .build()) {
                s3.putObject(
                                request -> request.bucket(bucket).key("letter.txt"),
                                AsyncRequestBody.fromString("nobody else's business"))
                        .join();
                ResponseBytes<GetObjectResponse> letter = s3.getObject(
                                request -> request.bucket(bucket).key("letter.txt"), AsyncResponseTransformer.toBytes())
                        .join(); // verified before the transformer is shown any of it
                System.out.println(letter.asUtf8String());
            }
            // end
        } finally {
            executor.shutdown();
        }
        assertStoredEncrypted("letter.txt", "02");
    }

    @Test
    void rotation() throws IOException {
        byte[] oldKey = Files.readAllBytes(keyFile(1));
        byte[] newKey = Files.readAllBytes(keyFile(2));
        // snippet: rotation
        Keyring of2026 =
                JcaKeyrings.platform().description(Map.of("key", "2026")).aes("key of 2026", oldKey);
        Keyring of2027 =
                JcaKeyrings.platform().description(Map.of("key", "2027")).aes("key of 2027", newKey);
        EncryptingS3Client s3 = EncryptingS3Client.builder()
                .client(plainS3)
                .materialsManager(CryptographicMaterialsManager.rotating(
                        of2027, List.of(of2027, of2026), new SecureRandom())) // one writes, both read
                .build();
        // end
        try (EncryptingS3Client old =
                EncryptingS3Client.builder().client(plainS3).keyring(of2026).build()) {
            old.putObject(request -> request.bucket(bucket).key("old"), RequestBody.fromString("nobody"));
            assertThat(s3.getObjectAsBytes(request -> request.bucket(bucket).key("old"))
                            .asUtf8String())
                    .isEqualTo("nobody");
            s3.putObject(request -> request.bucket(bucket).key("new"), RequestBody.fromString("nobody"));
            assertThat(miniS3.object(BUCKET, "new").metadata()).containsEntry("x-amz-m", "{\"key\":\"2027\"}");
        }
    }

    @Test
    void withoutS3() throws IOException {
        byte[] plaintext = new byte[100_000];
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Keyring keyring = JcaKeyrings.platform().aes("key", Files.readAllBytes(keyFile(1)))) {
            // snippet: without-s3
            CryptographicMaterialsManager materials = CryptographicMaterialsManager.of(keyring);
            ObjectName name = new ObjectName("", "letter.txt"); // for errors; in no bucket
            ObjectEncryptor encryptor = ObjectEncryptor.builder(materials, JcaContentCipher.platform())
                    .build();
            Map<String, String> metadata;
            byte[] body;
            try (EncryptedObject sealed = encryptor.encrypt(name, PlaintextSource.of(plaintext), Map.of());
                    InputStream stream = sealed.openBody()) {
                metadata = sealed.metadata();
                body = stream.readAllBytes();
            }

            ObjectDecryptor decryptor = ObjectDecryptor.builder(materials, JcaContentCipher.platform())
                    .build();
            try (Decryption decryption = decryptor.begin(name, metadata, Map.of());
                    InputStream verified = decryption.verified(new ByteArrayInputStream(body), body.length)) {
                verified.transferTo(out);
            }
            // end
            assertThat(out.toByteArray()).isEqualTo(plaintext);
        }
    }

    // snippet: own-keyring
    /** A master key that lives in your vault. The layout, the description, the errors: added by Keyrings. */
    record VaultKey(Vault vault, String keyName) implements MasterKeyOps {
        @Override
        public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
            return vault.encrypt(keyName, plaintext, aad); // AES-GCM: nonce (12), ciphertext, tag (16)
        }

        @Override
        public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
            return vault.decrypt(keyName, sealed, aad);
        }

        static Keyring keyring(Vault vault, String keyName) {
            return Keyrings.of(
                    "vault:" + keyName, WrapAlgorithm.AES_GCM, Map.of("key", keyName), new VaultKey(vault, keyName));
        }
    }
    // end

    /** Somebody's key server. */
    static final class Vault {
        private final byte[] secret = new byte[32];

        byte[] encrypt(String keyName, byte[] plaintext, byte[] aad) throws GeneralSecurityException {
            byte[] nonce = new byte[12];
            new SecureRandom().nextBytes(nonce);
            Cipher cipher = cipher(Cipher.ENCRYPT_MODE, nonce, aad);
            byte[] sealed = Arrays.copyOf(nonce, 12 + plaintext.length + 16);
            cipher.doFinal(plaintext, 0, plaintext.length, sealed, 12);
            return sealed;
        }

        byte[] decrypt(String keyName, byte[] sealed, byte[] aad) throws GeneralSecurityException {
            return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, 12), aad).doFinal(sealed, 12, sealed.length - 12);
        }

        private Cipher cipher(int mode, byte[] nonce, byte[] aad) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(mode, new SecretKeySpec(secret, "AES"), new GCMParameterSpec(128, nonce));
            cipher.updateAAD(aad);
            return cipher;
        }
    }

    @Test
    void ownKeyring() {
        try (Keyring keyring = VaultKey.keyring(new Vault(), "s3");
                EncryptingS3Client s3 = EncryptingS3Client.builder()
                        .client(plainS3)
                        .keyring(keyring)
                        .build()) {
            s3.putObject(request -> request.bucket(bucket).key("x"), RequestBody.fromString("nobody"));
            assertThat(s3.getObjectAsBytes(request -> request.bucket(bucket).key("x"))
                            .asUtf8String())
                    .isEqualTo("nobody");
        }
    }

    @Test
    void securityProvider() throws GeneralSecurityException {
        try {
            // snippet: security-provider
            Security.addProvider(new KeywrightProvider());
            Cipher wrap = Cipher.getInstance("S3DataKeyWrap-AES-GCM"); // javax.crypto.Cipher
            // end
            assertThat(wrap.getProvider().getName()).isEqualTo("Keywright");
        } finally {
            Security.removeProvider("Keywright");
        }
    }
}
