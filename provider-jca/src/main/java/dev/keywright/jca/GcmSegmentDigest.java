/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.SegmentDigest;
import java.nio.ByteBuffer;

/**
 * A segment's hash, times H, with its place and the fingerprint of its key. 64 bytes of heap, as there may be one for each
 * MiB of an object.
 */
final class GcmSegmentDigest implements SegmentDigest {
    private final long offset;
    private final long length;
    private long hash0; // these five guarded by this
    private long hash1;
    private long fingerprint0;
    private long fingerprint1;
    private boolean closed;

    /** Copies the arrays. */
    GcmSegmentDigest(long offset, long length, long[] hash, long[] fingerprint) {
        this.offset = offset;
        this.length = length;
        this.hash0 = hash[0];
        this.hash1 = hash[1];
        this.fingerprint0 = fingerprint[0];
        this.fingerprint1 = fingerprint[1];
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
        long[] others = that.secret();
        try {
            return isSecret(others);
        } finally {
            GaloisField.wipe(others);
        }
    }

    /** A copy of hash and fingerprint, one after the other. */
    private synchronized long[] secret() {
        requireOpen();
        return new long[] {hash0, hash1, fingerprint0, fingerprint1};
    }

    /** Looks at all of both, whatever differs. */
    private synchronized boolean isSecret(long[] other) {
        requireOpen();
        return ((hash0 ^ other[0]) | (hash1 ^ other[1]) | (fingerprint0 ^ other[2]) | (fingerprint1 ^ other[3])) == 0;
    }

    /**
     * Appends this to the hash of what stands before it.
     *
     * @throws IllegalArgumentException if this was made under another key
     */
    synchronized void appendTo(PartialHash before, GcmKey key) {
        requireOpen();
        requireOf(key);
        long[] hash = {hash0, hash1};
        before.append(hash, length);
        GaloisField.wipe(hash);
    }

    /**
     * Writes offset, length and hash; the caller seals and wipes them.
     *
     * @throws IllegalArgumentException if this was made under another key
     */
    synchronized void storeIn(ByteBuffer into, GcmKey key) {
        requireOpen();
        requireOf(key);
        into.putLong(offset).putLong(length).putLong(hash0).putLong(hash1);
    }

    /** Reads what {@link #storeIn} wrote. */
    static GcmSegmentDigest storedIn(ByteBuffer from, GcmKey key) {
        long offset = from.getLong();
        long length = from.getLong();
        long[] hash = {from.getLong(), from.getLong()};
        long[] fingerprint = key.fingerprint();
        try {
            return new GcmSegmentDigest(offset, length, hash, fingerprint);
        } finally {
            GaloisField.wipe(hash);
            GaloisField.wipe(fingerprint);
        }
    }

    private void requireOf(GcmKey key) {
        long[] keys = key.fingerprint();
        boolean same = ((keys[0] ^ fingerprint0) | (keys[1] ^ fingerprint1)) == 0;
        GaloisField.wipe(keys);
        if (!same) {
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
        hash0 = 0;
        hash1 = 0;
        fingerprint0 = 0;
        fingerprint1 = 0;
    }

    @Override
    public String toString() {
        return "SegmentDigest[offsetBytes=" + offset + ", lengthBytes=" + length + ", redacted]";
    }
}
