/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

/** A fresh data key and its wrapped form. The receiver closes it. */
public record EncryptionMaterials(DataKey dataKey, WrappedDataKey wrapped) implements AutoCloseable {
    /** Wipes the data key. */
    @Override
    public void close() {
        dataKey.close();
    }
}
