/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.WrappedDataKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The encryption context of {@code kms+context}: the caller's own, and one reserved entry that names the content algorithm.
 * It is what KMS authenticates, and is stored whole beside the wrapped key.
 */
final class StoredContext {
    /** Names the content algorithm; added on write. */
    private static final String CONTENT_ALGORITHM = "aws:x-amz-cek-alg";
    /** Legacy: names the KMS key; never written, and not part of a caller's context. */
    private static final String KMS_KEY_ID = "kms_cmk_id";

    private static final Set<String> RESERVED = Set.of(CONTENT_ALGORITHM, KMS_KEY_ID);

    private StoredContext() {}

    /**
     * The complete context for a new wrapped key.
     *
     * @throws KeyringException if the caller's context uses a reserved name
     */
    static Map<String, String> of(String keyring, KeyRequest request) {
        requireUnreserved(keyring, request);
        Map<String, String> stored = new HashMap<>(request.encryptionContext());
        stored.put(CONTENT_ALGORITHM, request.binding());
        return Map.copyOf(stored);
    }

    /**
     * Checks, before any call, that a stored context is bound to the object's content algorithm (SEC-006) and is the
     * caller's but for the reserved entries (KMS-034 to KMS-036).
     */
    static void require(String keyring, WrappedDataKey wrapped, KeyRequest request) {
        requireUnreserved(keyring, request);
        Map<String, String> callers = new HashMap<>(wrapped.description());
        if (!request.binding().equals(callers.get(CONTENT_ALGORITHM))) {
            throw new IntegrityException(
                    IntegrityException.Stage.WRAPPED_KEY,
                    keyring + ": the wrapped data key is not bound to the object's content algorithm '"
                            + request.binding() + "': its stored encryption context has no, or another, "
                            + CONTENT_ALGORITHM);
        }
        callers.keySet().removeAll(RESERVED);
        if (!callers.equals(request.encryptionContext())) {
            throw new KeyringException(
                    KeyringException.Reason.CONTEXT_MISMATCH,
                    keyring + ": the object was written with another encryption context: give exactly the pairs that it"
                            + " was written with (" + callers.size() + " stored, "
                            + request.encryptionContext().size() + " given)");
        }
    }

    private static void requireUnreserved(String keyring, KeyRequest request) {
        for (String name : RESERVED) {
            if (request.encryptionContext().containsKey(name)) {
                throw new KeyringException(
                        KeyringException.Reason.CANNOT_BIND_CONTEXT,
                        keyring + ": '" + name + "' is reserved; leave it out of the encryption context");
            }
        }
    }
}
