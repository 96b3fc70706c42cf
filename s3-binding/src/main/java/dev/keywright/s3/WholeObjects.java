/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import software.amazon.awssdk.core.SdkClient;
import software.amazon.awssdk.services.s3.DelegatingS3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * The client to get and copy whole objects with. Those of the SDK that work in parts get by part number, which cuts the
 * ciphertext, and copy big objects part by part, which leaves the metadata behind and with it the envelope; the client below
 * them does neither. Their puts are of ciphertext, and may be split as they like.
 */
final class WholeObjects {
    private static final String PARTS = "software.amazon.awssdk.services.s3.internal.multipart.";
    private static final String CRT = "software.amazon.awssdk.services.s3.internal.crt.";

    private WholeObjects() {}

    /** @throws IllegalArgumentException if one is hidden below another client, which it could only be reached around */
    static S3AsyncClient of(S3AsyncClient client) {
        if (worksInParts(client)
                && client instanceof DelegatingS3AsyncClient parts
                && parts.delegate() instanceof S3AsyncClient below) {
            return below;
        }
        for (SdkClient layer = client; layer != null; layer = EncryptingClientBuilder.below(layer)) {
            if (worksInParts(layer)) {
                throw new IllegalArgumentException("below the client to wrap is a "
                        + layer.getClass().getName()
                        + ", which gets and copies in parts; give that one itself to wrap, or "
                        + "one without multipartEnabled");
            }
        }
        return client;
    }

    private static boolean worksInParts(SdkClient client) {
        String name = client.getClass().getName();
        return name.startsWith(PARTS) || name.startsWith(CRT);
    }
}
