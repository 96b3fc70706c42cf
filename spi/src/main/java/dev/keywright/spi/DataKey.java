/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.security.SecureRandom;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One object's data key. Owns its bytes, lends copies of them for the length of a call, and wipes them at
 * {@link #close()}. Identity equality, no encoded form, not serializable. Safe for use by several threads.
 *
 * <p>Whoever receives a data key closes it: a keyring hands its keys to the core, and the core closes them.
 */
public final class DataKey implements AutoCloseable {
    private byte @Nullable [] bytes; // guarded by this; null once closed

    private DataKey(byte[] owned) {
        this.bytes = owned;
    }

    /** Takes ownership of {@code bytes}: the caller must neither read nor write the array again. */
    public static DataKey adopt(byte[] bytes) {
        return new DataKey(bytes);
    }

    /** A fresh key of {@code lengthBytes} bytes. */
    public static DataKey random(int lengthBytes, SecureRandom random) {
        byte[] fresh = new byte[lengthBytes];
        random.nextBytes(fresh);
        return adopt(fresh);
    }

    /**
     * Lends a copy of the key for the length of the call, then wipes the copy.
     *
     * @throws IllegalStateException if the key is closed
     */
    public <R extends @Nullable Object> R use(Function<byte[], R> body) {
        byte[] loan;
        synchronized (this) {
            if (bytes == null) {
                throw new IllegalStateException("data key is closed");
            }
            loan = bytes.clone();
        }
        try {
            return body.apply(loan);
        } finally {
            Arrays.fill(loan, (byte) 0);
        }
    }

    /**
     * The key's length in bytes.
     *
     * @throws IllegalStateException if the key is closed
     */
    public synchronized int lengthBytes() {
        if (bytes == null) {
            throw new IllegalStateException("data key is closed");
        }
        return bytes.length;
    }

    /** Wipes the key. Idempotent; calls already inside {@link #use} finish with their copy. */
    @Override
    public synchronized void close() {
        if (bytes != null) {
            Arrays.fill(bytes, (byte) 0);
            bytes = null;
        }
    }

    @Override
    public String toString() {
        return "DataKey[redacted]";
    }
}
