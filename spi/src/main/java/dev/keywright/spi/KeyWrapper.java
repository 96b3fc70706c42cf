/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.security.SecureRandom;

/**
 * Wraps data keys under one master key. Thread-safe. May block (asynchronous callers give it an executor). Caches no
 * data key.
 */
public interface KeyWrapper {
    /**
     * Makes a data key and wraps it. Override where the key must be born in the KMS or the HSM.
     *
     * @return both; the caller closes the result
     * @throws KeyringException if the master key can't be used, or can't bind the encryption context
     */
    default EncryptionMaterials generate(KeyRequest request, SecureRandom random) {
        DataKey key = DataKey.random(request.dataKeyBytes(), random);
        try {
            return new EncryptionMaterials(key, wrap(key, request));
        } catch (RuntimeException | Error e) {
            key.close();
            throw e;
        }
    }

    /**
     * Wraps an existing data key. Does not close it.
     *
     * @throws KeyringException if the master key can't be used; with reason {@link
     *     KeyringException.Reason#CANNOT_BIND_CONTEXT} if the request has an encryption context that this wrap has no
     *     place for
     */
    WrappedDataKey wrap(DataKey key, KeyRequest request);
}
