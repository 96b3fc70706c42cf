/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.util.Map;

/**
 * What is stored beside the ciphertext so that the data key can be had back.
 *
 * @param algorithm how the key was wrapped
 * @param ciphertext the wrapped key, as stored
 * @param description stored as it stands, never secret: for raw AES and RSA keys the materials description, which chooses
 *     the master key and is not authenticated; for KMS the complete encryption context, its reserved entry included
 */
public record WrappedDataKey(WrapAlgorithm algorithm, Bytes ciphertext, Map<String, String> description) {
    /** Copies the description. */
    public WrappedDataKey {
        description = Map.copyOf(description);
    }
}
