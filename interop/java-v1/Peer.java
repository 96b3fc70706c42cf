/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */

import com.amazonaws.auth.AWSStaticCredentialsProvider;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kms.AWSKMS;
import com.amazonaws.services.kms.AWSKMSClientBuilder;
import com.amazonaws.services.s3.AmazonS3EncryptionClientV2Builder;
import com.amazonaws.services.s3.AmazonS3EncryptionV2;
import com.amazonaws.services.s3.model.CryptoConfigurationV2;
import com.amazonaws.services.s3.model.CryptoMode;
import com.amazonaws.services.s3.model.CryptoStorageMode;
import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.KMSEncryptionMaterials;
import com.amazonaws.services.s3.model.S3Object;
import com.amazonaws.services.s3.model.StaticEncryptionMaterialsProvider;
import java.io.IOException;

/** AmazonS3EncryptionClientV2 of the AWS SDK for Java 1, in its strict mode. */
final class Peer implements Tasks.Peer {
    private static final String REGION = "eu-central-1";
    private static final AWSStaticCredentialsProvider ANY =
            new AWSStaticCredentialsProvider(new BasicAWSCredentials("loopback", "loopback"));

    private final AWSKMS kms = AWSKMSClientBuilder.standard()
            .withEndpointConfiguration(new EndpointConfiguration(System.getenv("KW_KMS"), REGION))
            .withCredentials(ANY)
            .build();

    public static void main(String[] arguments) throws IOException {
        Tasks.run("Java SDK V2 client " + Tasks.version(AmazonS3EncryptionV2.class), new Peer());
    }

    @Override
    public void write(Tasks.Task task) throws Exception {
        AmazonS3EncryptionV2 client = client(task);
        try {
            client.putObject(Tasks.BUCKET, task.object(), task.plaintext().toFile());
        } finally {
            client.shutdown();
        }
    }

    @Override
    public byte[] read(Tasks.Task task) throws Exception {
        AmazonS3EncryptionV2 client = client(task);
        try (S3Object object = client.getObject(Tasks.BUCKET, task.object())) {
            return object.getObjectContent().readAllBytes();
        } finally {
            client.shutdown();
        }
    }

    private AmazonS3EncryptionV2 client(Tasks.Task task) throws Exception {
        CryptoStorageMode where =
                task.hasInstructionFile() ? CryptoStorageMode.InstructionFile : CryptoStorageMode.ObjectMetadata;
        return AmazonS3EncryptionClientV2Builder.standard()
                .withEndpointConfiguration(new EndpointConfiguration(System.getenv("KW_S3"), REGION))
                .withPathStyleAccessEnabled(true)
                .withCredentials(ANY)
                .withKmsClient(kms)
                .withEncryptionMaterialsProvider(new StaticEncryptionMaterialsProvider(materials(task)))
                .withCryptoConfiguration(
                        new CryptoConfigurationV2(CryptoMode.StrictAuthenticatedEncryption).withStorageMode(where))
                .build();
    }

    private static EncryptionMaterials materials(Tasks.Task task) throws Exception {
        EncryptionMaterials materials =
                switch (task.keyType()) {
                    case "AES" -> new EncryptionMaterials(task.aesKey());
                    case "RSA" -> new EncryptionMaterials(task.rsaKeys());
                    default -> new KMSEncryptionMaterials(task.keyId());
                };
        return materials.addDescriptions(task.text());
    }
}
