/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;

/** Wraps with a master key's {@code seal}. */
final class MasterKeyWrapper implements KeyWrapper {
    private final String name;
    private final WrapLayout layout;
    private final Map<String, String> description;
    private final MasterKeyOps.Sealer sealer;

    MasterKeyWrapper(String name, WrapLayout layout, Map<String, String> description, MasterKeyOps.Sealer sealer) {
        this.name = name;
        this.layout = layout;
        this.description = Map.copyOf(description);
        this.sealer = sealer;
    }

    @Override
    public WrappedDataKey wrap(DataKey key, KeyRequest request) {
        requireNoContext(name, layout, request);
        byte[] sealed = key.use(raw -> seal(raw, request.binding()));
        if (!layout.plausible(sealed.length)) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    name + ": its seal operation gave " + sealed.length + " bytes, which is no "
                            + layout.algorithm.wireName() + " wrapped key");
        }
        return new WrappedDataKey(layout.algorithm, Bytes.copyOf(sealed), description);
    }

    private byte[] seal(byte[] raw, String binding) {
        byte[] plaintext = layout.plaintext(raw, binding);
        try {
            return sealer.seal(plaintext, layout.aad(binding));
        } catch (GeneralSecurityException e) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    name + ": the master key can't do " + layout.algorithm.wireName(),
                    e);
        } finally {
            Arrays.fill(plaintext, (byte) 0);
        }
    }

    static void requireNoContext(String name, WrapLayout layout, KeyRequest request) {
        if (!request.encryptionContext().isEmpty()) {
            throw new KeyringException(
                    KeyringException.Reason.CANNOT_BIND_CONTEXT,
                    name + ": " + layout.algorithm.wireName()
                            + " has no place for an encryption context; use a KMS keyring, or put what chooses the key "
                            + "into the materials description");
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
