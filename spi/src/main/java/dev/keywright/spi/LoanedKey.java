/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.util.Arrays;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * A {@link SecretKey} for one {@code Cipher.init} or {@code Mac.init}: unlike {@link javax.crypto.spec.SecretKeySpec} it
 * can be wiped, has identity equality, refuses serialization, and prints nothing.
 *
 * <p>Two habits keep a key out of a heap dump: close this right after {@code init}, and initialise the cipher or MAC again
 * with {@link #throwAway} before dropping it.
 */
public final class LoanedKey implements SecretKey, AutoCloseable {
    private static final long serialVersionUID = 1L;

    private final transient String algorithm;
    private transient byte @Nullable [] bytes; // guarded by this; null once closed

    private LoanedKey(byte[] owned, String algorithm) {
        this.bytes = owned;
        this.algorithm = algorithm;
    }

    /** A key over a copy of {@code raw}; {@code algorithm} is the JCA name, {@code AES} or {@code HmacSHA512}. */
    public static LoanedKey copyOf(byte[] raw, String algorithm) {
        return new LoanedKey(raw.clone(), algorithm);
    }

    /** A key of zeros, to drive the real one out of a cipher or MAC. */
    public static LoanedKey throwAway(int lengthBytes, String algorithm) {
        return new LoanedKey(new byte[lengthBytes], algorithm);
    }

    @Override
    public String getAlgorithm() {
        return algorithm;
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /** A copy, for the provider; it wipes it. @throws IllegalStateException if closed */
    @Override
    public synchronized byte[] getEncoded() {
        if (bytes == null) {
            throw new IllegalStateException("key is closed");
        }
        return bytes.clone();
    }

    /** Wipes the key. Idempotent. */
    @Override
    public synchronized void close() {
        if (bytes != null) {
            Arrays.fill(bytes, (byte) 0);
            bytes = null;
        }
    }

    @Override
    public void destroy() {
        close();
    }

    @Override
    public synchronized boolean isDestroyed() {
        return bytes == null;
    }

    @Override
    public String toString() {
        return "LoanedKey[" + algorithm + ", redacted]";
    }

    private void writeObject(java.io.ObjectOutputStream out) throws java.io.NotSerializableException {
        throw new java.io.NotSerializableException("a key is never serialized");
    }
}
