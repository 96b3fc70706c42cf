/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.envelope.FlatJson;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.kms.KmsKeyring;
import dev.keywright.s3.EncryptingS3Client;
import dev.keywright.s3.EncryptionContext;
import dev.keywright.s3.InstructionFileConfig;
import dev.keywright.spi.Keyring;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;

/** Writes and reads objects with Keywright, a task for each line of standard input. */
final class Interop {
    private static final StaticCredentialsProvider ANY =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("loopback", "loopback"));
    private static final String BUCKET = System.getenv("KW_BUCKET");

    private Interop() {}

    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        out.println(FlatJson.write(Map.of("sdk", "Keywright")));
        try (S3Client s3 = plainS3();
                KmsClient kms = plainKms()) {
            BufferedReader tasks = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = tasks.readLine(); line != null; line = tasks.readLine()) {
                Map<String, String> task = FlatJson.read(line);
                out.println(FlatJson.write(done(task, s3, kms)));
            }
        }
    }

    private static Map<String, String> done(Map<String, String> task, S3Client s3, KmsClient kms) {
        String id = task.get("task");
        try {
            return task.get("do").equals("write")
                    ? write(task, s3, kms)
                    : Map.of("task", id, "sha256", read(task, s3, kms));
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            return Map.of("task", id, "failed", String.valueOf(e));
        }
    }

    private static Map<String, String> write(Map<String, String> task, S3Client s3, KmsClient kms)
            throws IOException, GeneralSecurityException {
        try (Keyring keyring = keyring(task, kms)) {
            PutObjectRequest.Builder request =
                    PutObjectRequest.builder().bucket(BUCKET).key(task.get("object"));
            if (task.get("keyType").equals("KMS")) {
                request.overrideConfiguration(context(task));
            }
            CommitmentPolicy policy = task.get("format").equals("V3")
                    ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                    : CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT;
            encrypting(s3, keyring, policy, task.get("location"))
                    .putObject(request.build(), RequestBody.fromFile(Path.of(task.get("plaintext"))));
            return Map.of("task", task.get("task"));
        }
    }

    private static String read(Map<String, String> task, S3Client s3, KmsClient kms)
            throws GeneralSecurityException {
        try (Keyring keyring = keyring(task, kms)) {
            GetObjectRequest.Builder request =
                    GetObjectRequest.builder().bucket(BUCKET).key(task.get("object"));
            if (task.get("keyType").equals("KMS")) {
                request.overrideConfiguration(context(task));
            }
            // Each object is read under the strictest policy that reads it.
            CommitmentPolicy policy = task.get("format").equals("V3")
                    ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                    : CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT;
            byte[] plaintext = encrypting(s3, keyring, policy, task.get("location"))
                    .getObjectAsBytes(request.build())
                    .asByteArrayUnsafe();
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(plaintext));
        }
    }

    /** Not closed, as that would close the plain client, which all tasks share. */
    private static EncryptingS3Client encrypting(
            S3Client s3, Keyring keyring, CommitmentPolicy policy, String location) {
        boolean inFile = location.equals("instruction");
        return EncryptingS3Client.builder()
                .client(s3)
                .keyring(keyring)
                .commitmentPolicy(policy)
                .instructionFiles(
                        InstructionFileConfig.DEFAULT.withReads(inFile).withWrites(inFile))
                .build();
    }

    private static EncryptionContext context(Map<String, String> task) {
        return EncryptionContext.of(FlatJson.read(task.get("text")));
    }

    private static Keyring keyring(Map<String, String> task, KmsClient kms) throws GeneralSecurityException {
        String name = task.get("keyType");
        if (name.equals("KMS")) {
            return KmsKeyring.of(kms, task.get("key"));
        }
        JcaKeyrings keyrings = JcaKeyrings.platform().description(FlatJson.read(task.get("text")));
        byte[] key = Base64.getDecoder().decode(task.get("key"));
        if (name.equals("AES")) {
            return keyrings.aes(name, key);
        }
        KeyFactory rsa = KeyFactory.getInstance("RSA");
        byte[] publicKey = Base64.getDecoder().decode(task.get("publicKey"));
        return keyrings.rsa(
                name,
                new KeyPair(
                        rsa.generatePublic(new X509EncodedKeySpec(publicKey)),
                        rsa.generatePrivate(new PKCS8EncodedKeySpec(key))));
    }

    private static S3Client plainS3() {
        return S3Client.builder()
                .endpointOverride(URI.create(System.getenv("KW_S3")))
                .forcePathStyle(true)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(ANY)
                .build();
    }

    private static KmsClient plainKms() {
        return KmsClient.builder()
                .endpointOverride(URI.create(System.getenv("KW_KMS")))
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(ANY)
                .build();
    }
}
