/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A keyring that keeps every rule, written in small steps so that a subclass can break one: over a {@link MemoryHome}, with
 * a materials description or, as a KMS has it, with an encryption context. With a description, it also opens the legacy wrap
 * {@link #LEGACY}.
 */
class MemoryKeyring implements Keyring {
    static final String BINDING = "binding";
    static final WrapAlgorithm LEGACY = WrapAlgorithm.AES_WRAP;

    final MemoryHome home;
    final WrapAlgorithm algorithm;
    final Map<String, String> description;
    private volatile boolean closed;

    MemoryKeyring(MemoryHome home, WrapAlgorithm algorithm, Map<String, String> description) {
        this.home = home;
        this.algorithm = algorithm;
        this.description = description;
    }

    @Override
    public WrappedDataKey wrap(DataKey key, KeyRequest request) {
        requireOpen();
        requireBindable(request);
        Map<String, String> stored = stored(request);
        byte[] sealed = key.use(raw -> seal(raw, aad(stored, request)));
        return new WrappedDataKey(algorithm, Bytes.copyOf(sealed), stored);
    }

    @Override
    public Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request) {
        requireOpen();
        if (wrapped.algorithm() == LEGACY && !algorithm.isKms()) {
            return unwrapLegacy(wrapped, request);
        }
        if (wrapped.algorithm() != algorithm || !isMine(wrapped.description())) {
            return declined(wrapped);
        }
        requireBindable(request);
        if (algorithm.isKms() && !wrapped.description().equals(stored(request))) {
            return mismatch(wrapped, request);
        }
        byte[] sealed = wrapped.ciphertext().toByteArray();
        if (sealed.length < 12 + 16 + 16 || sealed.length > 12 + 16 + 32) {
            throw implausible();
        }
        try {
            return opened(wrapped, home.open(sealed, aad(wrapped.description(), request)));
        } catch (GeneralSecurityException e) {
            throw notOpening();
        }
    }

    Unwrap unwrapLegacy(WrappedDataKey wrapped, KeyRequest request) {
        if (!wrapped.description().equals(description)) {
            return new Unwrap.NotMine(this + " has another description");
        }
        if (!request.encryptionContext().isEmpty()) {
            throw new KeyringException(KeyringException.Reason.CANNOT_BIND_CONTEXT, "no place for a context");
        }
        int keyBytes = wrapped.ciphertext().size() - 8;
        if (keyBytes != 16 && keyBytes != 24 && keyBytes != 32) {
            throw notOpening();
        }
        try {
            return new Unwrap.Opened(
                    DataKey.adopt(home.openLegacy(wrapped.ciphertext().toByteArray())));
        } catch (GeneralSecurityException e) {
            throw notOpening();
        }
    }

    byte[] seal(byte[] raw, byte[] aad) {
        return home.seal(raw, aad);
    }

    Unwrap opened(WrappedDataKey wrapped, byte[] raw) {
        return new Unwrap.Opened(DataKey.adopt(raw));
    }

    Unwrap declined(WrappedDataKey wrapped) {
        return new Unwrap.NotMine(this + " wraps with " + algorithm + " and has another description");
    }

    Unwrap mismatch(WrappedDataKey wrapped, KeyRequest request) {
        Map<String, String> context = new HashMap<>(wrapped.description());
        if (request.binding().equals(context.remove(BINDING))) {
            throw new KeyringException(KeyringException.Reason.CONTEXT_MISMATCH, "another encryption context");
        }
        throw notOpening();
    }

    boolean isMine(Map<String, String> found) {
        return algorithm.isKms() || found.equals(description);
    }

    void requireBindable(KeyRequest request) {
        if (!algorithm.isKms() && !request.encryptionContext().isEmpty()) {
            throw new KeyringException(KeyringException.Reason.CANNOT_BIND_CONTEXT, "no place for a context");
        }
    }

    Map<String, String> stored(KeyRequest request) {
        Map<String, String> stored = new HashMap<>(description);
        if (algorithm.isKms()) {
            stored.putAll(request.encryptionContext());
            stored.put(BINDING, request.binding());
        }
        return stored;
    }

    byte[] aad(Map<String, String> stored, KeyRequest request) {
        String bound = algorithm.isKms() ? new TreeMap<>(stored).toString() : request.binding();
        return bound.getBytes(StandardCharsets.UTF_8);
    }

    IntegrityException implausible() {
        return notOpening();
    }

    IntegrityException notOpening() {
        return new IntegrityException(IntegrityException.Stage.WRAPPED_KEY, this + ": the wrapped key does not open");
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException(this + " is closed");
        }
    }

    @Override
    public void close() {
        closed = true;
    }

    @Override
    public String toString() {
        return "memory keyring";
    }
}
