/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */

import java.net.URI;
import java.util.function.Consumer;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.Keyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** What the versions of S3EC Java have in common. */
abstract class S3ecPeer implements Tasks.Peer {
    private static final StaticCredentialsProvider ANY =
            StaticCredentialsProvider.create(AwsBasicCredentials.create("loopback", "loopback"));

    private final S3Client blocking = S3Client.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .endpointOverride(URI.create(System.getenv("KW_S3")))
            .forcePathStyle(true)
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(ANY)
            .build();
    /** On the CRT, as Netty mangles metadata beyond ASCII. */
    private final S3AsyncClient asynchronous = S3AsyncClient.builder()
            .httpClientBuilder(AwsCrtAsyncHttpClient.builder())
            .endpointOverride(URI.create(System.getenv("KW_S3")))
            .forcePathStyle(true)
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(ANY)
            .build();
    private final KmsClient kms = KmsClient.builder()
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .endpointOverride(URI.create(System.getenv("KW_KMS")))
            .region(Region.EU_CENTRAL_1)
            .credentialsProvider(ANY)
            .build();

    /** A builder that writes, or reads, the task's format and no other where there is a choice. */
    abstract S3EncryptionClient.Builder builder(boolean isV3, boolean writes);

    @Override
    public final void write(Tasks.Task task) throws Exception {
        // Not closed, as that would close the plain clients.
        client(task, true)
                .putObject(
                        request -> request.bucket(Tasks.BUCKET)
                                .key(task.object())
                                .overrideConfiguration(context(task)),
                        RequestBody.fromFile(task.plaintext()));
    }

    @Override
    public final byte[] read(Tasks.Task task) throws Exception {
        return client(task, false)
                .getObjectAsBytes(request ->
                        request.bucket(Tasks.BUCKET).key(task.object()).overrideConfiguration(context(task)))
                .asByteArray();
    }

    private S3EncryptionClient client(Tasks.Task task, boolean writes) throws Exception {
        S3EncryptionClient.Builder builder = builder(task.isV3(), writes)
                .wrappedClient(blocking)
                .wrappedAsyncClient(asynchronous)
                .keyring(keyring(task));
        if (task.hasInstructionFile()) {
            builder.instructionFileConfig(InstructionFileConfig.builder()
                    .instructionFileClient(blocking)
                    .enableInstructionFilePutObject(writes)
                    .build());
        }
        return builder.build();
    }

    private Keyring keyring(Tasks.Task task) throws Exception {
        return switch (task.keyType()) {
            case "AES" -> AesKeyring.builder()
                    .wrappingKey(task.aesKey())
                    .materialsDescription(description(task))
                    .build();
            case "RSA" -> RsaKeyring.builder()
                    .wrappingKeyPair(new PartialRsaKeyPair(task.rsaKeys()))
                    .materialsDescription(description(task))
                    .build();
            default -> KmsKeyring.builder()
                    .kmsClient(kms)
                    .wrappingKeyId(task.keyId())
                    .build();
        };
    }

    private static MaterialsDescription description(Tasks.Task task) throws Exception {
        return MaterialsDescription.builder().putAll(task.text()).build();
    }

    private static Consumer<AwsRequestOverrideConfiguration.Builder> context(Tasks.Task task) {
        try {
            return task.keyType().equals("KMS")
                    ? S3EncryptionClient.withAdditionalConfiguration(task.text())
                    : unchanged -> {};
        } catch (java.io.IOException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
