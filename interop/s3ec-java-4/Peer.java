/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */

import java.io.IOException;
import software.amazon.encryption.s3.CommitmentPolicy;
import software.amazon.encryption.s3.S3EncryptionClient;
import software.amazon.encryption.s3.algorithms.AlgorithmSuite;

/** S3EC Java 4. */
final class Peer extends S3ecPeer {
    public static void main(String[] arguments) throws IOException {
        Tasks.run("S3EC Java " + Tasks.version(S3EncryptionClient.class), new Peer());
        System.exit(0); // the clients' threads are not awaited
    }

    @Override
    S3EncryptionClient.Builder builder(boolean isV3, boolean writes) {
        S3EncryptionClient.Builder builder = S3EncryptionClient.builderV4();
        if (isV3) {
            return builder; // by default it requires commitment
        }
        return writes
                ? builder.commitmentPolicy(CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT)
                        .encryptionAlgorithm(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF)
                : builder.commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT);
    }
}
