/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

/** Opens wrapped data keys. Thread-safe. May block; never called on an event loop. Caches no data key. */
@FunctionalInterface
public interface KeyUnwrapper {
    /**
     * Opens a wrapped key, or says why it is not this keyring's: where algorithm or description rule it out, the answer
     * is {@link Unwrap.NotMine}, given without any call to the key's home.
     *
     * @return the data key, which the caller closes, or why not
     * @throws KeyringException if the master key can't be used just now, or may not be: an outage is never a miss
     * @throws IntegrityException if the wrapped key does not open under the master key
     */
    Unwrap unwrap(WrappedDataKey wrapped, KeyRequest request);
}
