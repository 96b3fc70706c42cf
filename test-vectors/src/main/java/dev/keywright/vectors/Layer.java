/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.spi.FormatException;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeywrightException;
import java.util.Optional;

/** The layers that refuse an object, in the order in which they look at it. */
public enum Layer {
    /** There is no envelope at all. */
    NOT_ENCRYPTED("not-encrypted"),
    /** There is one, and it is incomplete, mixed, malformed or unknown. */
    FORMAT("format"),
    /** The reader's configuration forbids it. */
    POLICY("policy"),
    /** No key at hand is meant by it, or the caller's encryption context is another. */
    NO_KEY("no-key"),
    /** The wrapped data key does not open. */
    UNWRAP("unwrap"),
    /** The data key is not the one that the envelope commits to. */
    COMMITMENT("commitment"),
    /** The content does not verify, or does not decrypt. */
    INTEGRITY("integrity");

    private final String word;

    Layer(String word) {
        this.word = word;
    }

    /** The layer's name in the vector format. */
    public String word() {
        return word;
    }

    static Optional<Layer> named(String word) {
        for (Layer layer : values()) {
            if (layer.word.equals(word)) {
                return Optional.of(layer);
            }
        }
        return Optional.empty();
    }

    /** The layer that threw this; empty for a keyring that is denied, out of reach or set up wrongly: that refuses nothing. */
    static Optional<Layer> of(KeywrightException error) {
        if (error instanceof FormatException e) {
            return Optional.of(e.fault() == FormatException.Fault.NOT_ENCRYPTED ? NOT_ENCRYPTED : FORMAT);
        }
        if (error instanceof IntegrityException e) {
            return Optional.of(
                    switch (e.stage()) {
                        case WRAPPED_KEY -> UNWRAP;
                        case COMMITMENT -> COMMITMENT;
                        case CONTENT -> INTEGRITY;
                    });
        }
        if (error instanceof KeyringException e) {
            return switch (e.reason()) {
                case NO_MATCHING_KEY, CONTEXT_MISMATCH, CANNOT_BIND_CONTEXT -> Optional.of(NO_KEY);
                case DENIED, UNAVAILABLE, MISCONFIGURED -> Optional.empty();
            };
        }
        return Optional.of(POLICY);
    }

    @Override
    public String toString() {
        return word;
    }
}
