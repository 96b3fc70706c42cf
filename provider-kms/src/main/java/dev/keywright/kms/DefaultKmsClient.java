/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.KeyringException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.KmsClientBuilder;

/** Makes a client from the environment, as the SDK's defaults have it. */
final class DefaultKmsClient {
    private static final int REGION = 3;
    private static final int ARN_PARTS = 6;

    private DefaultKmsClient() {}

    /**
     * A client that the caller closes.
     *
     * @param region if null, that of the key's ARN; if it is none, the environment's
     * @param endpoint if null, AWS's own
     */
    static KmsClient forKey(String keyId, @Nullable String region, @Nullable URI endpoint) {
        KmsClientBuilder builder = KmsClient.builder();
        String[] arn = keyId.split(":", ARN_PARTS);
        if (region != null) {
            builder.region(Region.of(region));
        } else if (arn.length == ARN_PARTS && arn[0].equals("arn")) {
            builder.region(Region.of(arn[REGION]));
        }
        if (endpoint != null) {
            builder.endpointOverride(endpoint);
        }
        try {
            return builder.build();
        } catch (SdkException e) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "aws-kms:" + keyId
                            + ": no KMS client can be made: give the region, and an HTTP client of the SDK on"
                            + " the class path",
                    e);
        }
    }
}
