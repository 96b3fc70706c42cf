/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3AsyncEncryptionClient;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.materials.Keyring;

/**
 * Clients of S3EC Java 4.
 *
 * @param committing whether to write format V3, as they do by default, or V2
 */
record Clients(Stores stores, boolean committing) implements Matrix.Clients {
    @Override
    public S3AsyncEncryptionClient asynchronous(Keyring keyring, boolean instructionFiles) {
        S3AsyncEncryptionClient.Builder builder = S3AsyncEncryptionClient.builderV4()
                .wrappedClient(stores.asynchronous)
                .keyring(keyring);
        if (instructionFiles) {
            builder.instructionFileConfig(instructionFiles());
        }
        if (!committing) {
            builder.commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                    .encryptionAlgorithm(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
        }
        return builder.build();
    }

    @Override
    public S3EncryptionClient blocking(Keyring keyring) {
        return builder(keyring).build();
    }

    /** A client that re-encrypts instruction files, also those of CBC objects if it writes format V2. */
    S3EncryptionClient reEncrypting(Keyring keyring) {
        return builder(keyring)
                .instructionFileConfig(instructionFiles())
                .enableLegacyUnauthenticatedModes(!committing)
                .build();
    }

    private S3EncryptionClient.Builder builder(Keyring keyring) {
        S3EncryptionClient.Builder builder = S3EncryptionClient.builderV4()
                .wrappedClient(stores.blocking)
                .wrappedAsyncClient(stores.asynchronous)
                .keyring(keyring);
        return committing
                ? builder
                : builder.commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                        .encryptionAlgorithm(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
    }

    private InstructionFileConfig instructionFiles() {
        return InstructionFileConfig.builder()
                .instructionFileClient(stores.blocking)
                .enableInstructionFilePutObject(true)
                .build();
    }
}
