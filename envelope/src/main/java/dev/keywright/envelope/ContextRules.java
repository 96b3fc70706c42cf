/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The rules of the KMS encryption context, on write and on read; checked before any keyring is called. */
final class ContextRules {
    /** Binds the wrapped key to the content algorithm. */
    static final String CONTENT_ALGORITHM_ENTRY = "aws:x-amz-cek-alg";
    /** Old writers put their key's id here. */
    private static final String KEY_ID_ENTRY = "kms_cmk_id";

    private static final Set<String> RESERVED = Set.of(CONTENT_ALGORITHM_ENTRY, KEY_ID_ENTRY);

    private ContextRules() {}

    /** Reserved entries are never the caller's to give. */
    static void requireCallersOwn(Map<String, String> encryptionContext) {
        for (String name : RESERVED) {
            if (encryptionContext.containsKey(name)) {
                throw new KeyringException(
                        KeyringException.Reason.CANNOT_BIND_CONTEXT,
                        "encryption context entry " + name + " is reserved; leave it out");
            }
        }
    }

    /** What a keyring bound must be the caller's context and the content algorithm, for KMS; nothing, for raw keys. */
    static void requireBound(KeyRequest request, WrappedDataKey wrapped) {
        if (!wrapped.algorithm().isKms()) {
            requireNoContext(request, wrapped);
            return;
        }
        Map<String, String> wanted = new TreeMap<>(request.encryptionContext());
        wanted.put(CONTENT_ALGORITHM_ENTRY, request.binding());
        if (!wanted.equals(wrapped.description())) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "the keyring bound an encryption context other than the one it was asked to bind");
        }
    }

    /** What is stored must be what the caller says, and name the object's content algorithm. */
    static void requireStored(KeyRequest request, WrappedDataKey wrapped) {
        if (!wrapped.algorithm().isKms()) {
            requireNoContext(request, wrapped);
            return;
        }
        if (wrapped.algorithm() == WrapAlgorithm.KMS) {
            requireNeverBound(request, wrapped);
            return;
        }
        if (!request.binding().equals(wrapped.description().get(CONTENT_ALGORITHM_ENTRY))) {
            throw new IntegrityException(
                    IntegrityException.Stage.WRAPPED_KEY,
                    "the stored encryption context does not name the object's content algorithm in "
                            + CONTENT_ALGORITHM_ENTRY + ": the envelope was altered");
        }
        Map<String, String> callers = new TreeMap<>(wrapped.description());
        callers.keySet().removeAll(RESERVED);
        if (!callers.equals(request.encryptionContext())) {
            throw new KeyringException(
                    KeyringException.Reason.CONTEXT_MISMATCH,
                    "the encryption context given, with entries "
                            + MetadataFields.shown(request.encryptionContext().keySet())
                            + ", is not the one the object was written with, with entries "
                            + MetadataFields.shown(callers.keySet()) + " (values are not shown)");
        }
    }

    /**
     * The older {@code kms} wrap binds no content algorithm and compares no context: a {@code kms+context} object must not
     * pass for one (SEC-008, SEC-030).
     */
    private static void requireNeverBound(KeyRequest request, WrappedDataKey wrapped) {
        requireNoContext(request, wrapped);
        if (wrapped.description().containsKey(CONTENT_ALGORITHM_ENTRY)) {
            throw new IntegrityException(
                    IntegrityException.Stage.WRAPPED_KEY,
                    "wrapped by kms, and the stored encryption context holds " + CONTENT_ALGORITHM_ENTRY
                            + ", which only kms+context has: the envelope was altered");
        }
    }

    private static void requireNoContext(KeyRequest request, WrappedDataKey wrapped) {
        if (!request.encryptionContext().isEmpty()) {
            throw new KeyringException(
                    KeyringException.Reason.CANNOT_BIND_CONTEXT,
                    wrapped.algorithm().wireName()
                            + " has no place for a caller's encryption context; give none, or use a KMS key");
        }
    }
}
