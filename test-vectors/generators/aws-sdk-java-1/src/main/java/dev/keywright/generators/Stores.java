/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import com.amazonaws.auth.AWSStaticCredentialsProvider;
import com.amazonaws.auth.BasicAWSCredentials;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kms.AWSKMS;
import com.amazonaws.services.kms.AWSKMSClientBuilder;
import com.amazonaws.services.s3.AmazonS3Encryption;
import com.amazonaws.services.s3.AmazonS3EncryptionClientBuilder;
import com.amazonaws.services.s3.AmazonS3EncryptionClientV2Builder;
import com.amazonaws.services.s3.AmazonS3EncryptionV2;
import com.amazonaws.services.s3.model.CryptoConfiguration;
import com.amazonaws.services.s3.model.CryptoConfigurationV2;
import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.KMSEncryptionMaterials;
import com.amazonaws.services.s3.model.KMSEncryptionMaterialsProvider;
import com.amazonaws.services.s3.model.StaticEncryptionMaterialsProvider;

/** Clients of the loopback servers. */
final class Stores {
    static final String BUCKET = System.getenv("KW_BUCKET");
    private static final String REGION = "eu-central-1";
    private static final AWSStaticCredentialsProvider ANY =
            new AWSStaticCredentialsProvider(new BasicAWSCredentials("any", "any"));

    private final EndpointConfiguration s3 = new EndpointConfiguration(System.getenv("KW_S3"), REGION);
    private final AWSKMS kms = AWSKMSClientBuilder.standard()
            .withEndpointConfiguration(new EndpointConfiguration(System.getenv("KW_KMS"), REGION))
            .withCredentials(ANY)
            .build();

    AmazonS3Encryption first(CryptoConfiguration configuration, EncryptionMaterials materials) {
        return AmazonS3EncryptionClientBuilder.standard()
                .withEndpointConfiguration(s3)
                .withPathStyleAccessEnabled(true)
                .withCredentials(ANY)
                .withKmsClient(kms)
                .withCryptoConfiguration(configuration)
                .withEncryptionMaterials(
                        materials instanceof KMSEncryptionMaterials underKms
                                ? new KMSEncryptionMaterialsProvider(underKms)
                                : new StaticEncryptionMaterialsProvider(materials))
                .build();
    }

    AmazonS3EncryptionV2 second(CryptoConfigurationV2 configuration, EncryptionMaterials materials) {
        return AmazonS3EncryptionClientV2Builder.standard()
                .withEndpointConfiguration(s3)
                .withPathStyleAccessEnabled(true)
                .withCredentials(ANY)
                .withKmsClient(kms)
                .withCryptoConfiguration(configuration)
                .withEncryptionMaterialsProvider(
                        materials instanceof KMSEncryptionMaterials underKms
                                ? new KMSEncryptionMaterialsProvider(underKms)
                                : new StaticEncryptionMaterialsProvider(materials))
                .build();
    }
}
