/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.WrappedDataKey;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kms.model.DecryptResponse;

/** Opens keys of the wrap {@code kms+context}. */
final class KmsContextWrap {
    /** KMS takes no longer ciphertext. */
    private static final int MAX_BLOB_BYTES = 6144;

    private KmsContextWrap() {}

    /** The key and who KMS says opened it. */
    record Opened(DataKey dataKey, String keyArn) {}

    static Opened open(
            String keyring, KmsCalls calls, @Nullable String keyId, WrappedDataKey wrapped, KeyRequest request) {
        StoredContext.require(keyring, wrapped, request);
        int size = wrapped.ciphertext().size();
        if (size == 0 || size > MAX_BLOB_BYTES) {
            throw KmsFailure.notOpening(keyring);
        }
        DecryptResponse response = calls.decrypt(keyId, wrapped.ciphertext().toByteArray(), wrapped.description());
        // The response's own array: the data key wipes it at close.
        return new Opened(DataKey.adopt(response.plaintext().asByteArrayUnsafe()), response.keyId());
    }
}
