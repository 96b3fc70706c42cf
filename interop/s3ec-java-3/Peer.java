/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */

import java.io.IOException;
import software.amazon.encryption.s3.S3EncryptionClient;

/** S3EC Java 3, before it knew format V3. */
final class Peer extends S3ecPeer {
    public static void main(String[] arguments) throws IOException {
        Tasks.run("S3EC Java " + Tasks.version(S3EncryptionClient.class), new Peer());
        System.exit(0); // the clients' threads are not awaited
    }

    @Override
    S3EncryptionClient.Builder builder(boolean isV3, boolean writes) {
        return S3EncryptionClient.builder();
    }
}
