/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The encryption context, which KMS authenticates, and which is stored whole beside the wrapped key: of {@code kms+context},
 * the caller's own and one reserved entry that names the content algorithm; of the legacy {@code kms}, whatever the writer
 * put there, which is never that entry.
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

    /**
     * Checks, before any call, that a legacy wrapped key is not one of {@code kms+context} relabelled (SEC-030), which would
     * get round the comparison of the caller's context and the binding; and that the caller gave none, which could not be
     * compared with anything.
     */
    static void requireLegacy(String keyring, WrappedDataKey wrapped, KeyRequest request) {
        if (!request.encryptionContext().isEmpty()) {
            throw new KeyringException(
                    KeyringException.Reason.CANNOT_BIND_CONTEXT,
                    keyring + ": the object's key is wrapped by "
                            + wrapped.algorithm().wireName()
                            + ", which does not bind a caller's encryption context; give none");
        }
        if (wrapped.description().containsKey(CONTENT_ALGORITHM)) {
            throw new IntegrityException(
                    IntegrityException.Stage.WRAPPED_KEY,
                    keyring + ": the stored encryption context names a content algorithm in " + CONTENT_ALGORITHM
                            + ", as " + WrapAlgorithm.KMS_CONTEXT.wireName() + " does and "
                            + wrapped.algorithm().wireName() + " does not: the envelope was altered");
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
