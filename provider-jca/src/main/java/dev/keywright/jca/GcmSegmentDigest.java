/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.SegmentDigest;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;

/** A segment's hash, times H, with its place and the fingerprint of its key. */
final class GcmSegmentDigest implements SegmentDigest {
    private final long offset;
    private final long length;
    private final long[] hash; // guarded by this
    private final byte[] fingerprint; // guarded by this
    private boolean closed; // guarded by this

    /** Owns the arrays. */
    GcmSegmentDigest(long offset, long length, long[] hash, byte[] fingerprint) {
        this.offset = offset;
        this.length = length;
        this.hash = hash;
        this.fingerprint = fingerprint;
    }

    @Override
    public long offsetBytes() {
        return offset;
    }

    @Override
    public long lengthBytes() {
        return length;
    }

    @Override
    public boolean sameAs(SegmentDigest other) {
        if (!(other instanceof GcmSegmentDigest that) || offset != that.offset || length != that.length) {
            return false;
        }
        byte[] own = secret();
        byte[] others = that.secret();
        try {
            return MessageDigest.isEqual(own, others);
        } finally {
            Arrays.fill(own, (byte) 0);
            Arrays.fill(others, (byte) 0);
        }
    }

    /** A copy of hash and fingerprint, one after the other. */
    private synchronized byte[] secret() {
        requireOpen();
        byte[] secret = Arrays.copyOf(fingerprint, 2 * GaloisField.BYTES);
        GaloisField.store(hash, secret, GaloisField.BYTES);
        return secret;
    }

    /**
     * Appends this to the hash of what stands before it.
     *
     * @throws IllegalArgumentException if this was made under another key
     */
    synchronized void appendTo(PartialHash before, GcmKey key) {
        requireOpen();
        requireOf(key);
        before.append(hash, length);
    }

    /**
     * Writes offset, length and hash; the caller seals and wipes them.
     *
     * @throws IllegalArgumentException if this was made under another key
     */
    synchronized void storeIn(ByteBuffer into, GcmKey key) {
        requireOpen();
        requireOf(key);
        into.putLong(offset).putLong(length);
        GaloisField.store(hash, into.array(), into.arrayOffset() + into.position());
        into.position(into.position() + GaloisField.BYTES);
    }

    /** Reads what {@link #storeIn} wrote. */
    static GcmSegmentDigest storedIn(ByteBuffer from, GcmKey key) {
        long offset = from.getLong();
        long length = from.getLong();
        long[] hash = new long[2];
        GaloisField.load(from.array(), from.arrayOffset() + from.position(), hash);
        from.position(from.position() + GaloisField.BYTES);
        return new GcmSegmentDigest(offset, length, hash, key.fingerprint());
    }

    private void requireOf(GcmKey key) {
        if (!key.hasFingerprint(fingerprint)) {
            throw new IllegalArgumentException("the digest of bytes " + offset + " to " + (offset + length)
                    + " was made under another content key");
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("segment digest is closed");
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        GaloisField.wipe(hash);
        Arrays.fill(fingerprint, (byte) 0);
    }

    @Override
    public String toString() {
        return "SegmentDigest[offsetBytes=" + offset + ", lengthBytes=" + length + ", redacted]";
    }
}
