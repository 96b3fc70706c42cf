/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import org.jspecify.annotations.Nullable;

/** The one kind of {@link ContentKey}. */
final class DerivedContentKey implements ContentKey {
    private final AlgorithmSuite suite;
    private final DataKey key;
    private final Bytes iv;
    private final Bytes aad;

    DerivedContentKey(AlgorithmSuite suite, DataKey key, Bytes iv, Bytes aad) {
        this.suite = suite;
        this.key = key;
        this.iv = iv;
        this.aad = aad;
    }

    @Override
    public AlgorithmSuite suite() {
        return suite;
    }

    @Override
    public <R extends @Nullable Object> R use(KeyBody<R> body) {
        return key.use(raw -> body.apply(raw, iv.toByteArray(), aad.toByteArray()));
    }

    @Override
    public void close() {
        key.close();
    }

    @Override
    public String toString() {
        return "ContentKey[" + suite + ", redacted]";
    }
}
