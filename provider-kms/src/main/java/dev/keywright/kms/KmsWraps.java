/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.kms.model.DecryptResponse;

/** Opens keys of the wraps {@code kms+context} and {@code kms}: one call, after the checks of what is stored. */
final class KmsWraps {
    /** KMS takes no longer ciphertext. */
    private static final int MAX_BLOB_BYTES = 6144;

    private KmsWraps() {}

    /** The key and who KMS says opened it. */
    record Opened(DataKey dataKey, String keyArn) {}

    /** Checks and opens; the wrap is one of the two. */
    static Opened open(
            String keyring, KmsCalls calls, @Nullable String keyId, WrappedDataKey wrapped, KeyRequest request) {
        if (wrapped.algorithm() == WrapAlgorithm.KMS) {
            StoredContext.requireLegacy(keyring, wrapped, request);
        } else {
            StoredContext.require(keyring, wrapped, request);
        }
        int size = wrapped.ciphertext().size();
        if (size == 0 || size > MAX_BLOB_BYTES) {
            throw KmsFailure.notOpening(keyring);
        }
        DecryptResponse response = calls.decrypt(keyId, wrapped.ciphertext().toByteArray(), wrapped.description());
        // The response's own array: the data key wipes it at close.
        return new Opened(DataKey.adopt(response.plaintext().asByteArrayUnsafe()), response.keyId());
    }
}
