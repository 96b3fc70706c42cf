/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.generators;

import software.amazon.encryption.s3.S3AsyncEncryptionClient;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.internal.InstructionFileConfig;
import software.amazon.encryption.s3.materials.Keyring;

/** Clients of S3EC Java 3. */
record Clients(Stores stores) implements Matrix.Clients {
    @Override
    public S3AsyncEncryptionClient asynchronous(Keyring keyring, boolean instructionFiles) {
        S3AsyncEncryptionClient.Builder builder = S3AsyncEncryptionClient.builder()
                .wrappedClient(stores.asynchronous)
                .keyring(keyring);
        return instructionFiles
                ? builder.instructionFileConfig(InstructionFileConfig.builder()
                                .instructionFileClient(stores.blocking)
                                .enableInstructionFilePutObject(true)
                                .build())
                        .build()
                : builder.build();
    }

    @Override
    public S3EncryptionClient blocking(Keyring keyring) {
        return S3EncryptionClient.builder()
                .wrappedClient(stores.blocking)
                .wrappedAsyncClient(stores.asynchronous)
                .keyring(keyring)
                .build();
    }
}
