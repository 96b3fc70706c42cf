/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/** A run of one GCM message: checks, buffers and life cycle; what is done to the bytes is the subclass's. */
abstract class GcmSegment implements Segment {
    /** What a segment is, as it must be before and after each call. */
    private enum State {
        OPEN,
        FINISHED,
        CLOSED
    }

    final GcmKey key;
    private final boolean writes;
    private final boolean digests;
    private final long offset;
    private final long maxLength;
    private long length;
    private byte[] scratch = new byte[0];
    private State state = State.OPEN;

    /** Owns {@code key}. */
    GcmSegment(GcmKey key, Direction direction, long offset, long maxPlaintextBytes) {
        this.key = key;
        this.writes = direction != Direction.AUTHENTICATE;
        this.digests = direction != Direction.DECRYPT_UNAUTHENTICATED;
        this.offset = offset;
        this.maxLength = maxPlaintextBytes - offset;
    }

    static GcmSegment of(
            GcmKey key,
            Direction direction,
            long offset,
            long maxPlaintextBytes,
            boolean encryptsByComputedIv,
            HashingWay hashing) {
        if (direction == Direction.AUTHENTICATE) {
            return new HashingSegment(key, offset, maxPlaintextBytes);
        }
        return direction == Direction.ENCRYPT && encryptsByComputedIv
                ? new ComputedIvSegment(key, offset, maxPlaintextBytes)
                : new CounterSegment(key, direction, offset, maxPlaintextBytes, hashing);
    }

    /**
     * Takes {@code length} bytes of {@code in}, those at {@code position} of the content, and gives as many to {@code out};
     * {@code in} and {@code out} may be the same place.
     */
    abstract void process(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException;

    /** The hash of all ciphertext, which ends before {@code end}, times H; for the caller to wipe. */
    abstract long[] hash(long end) throws GeneralSecurityException;

    /** Drives the key out of the subclass's ciphers and wipes its buffers. */
    abstract void forget();

    @Override
    public final void update(ByteBuffer in, ByteBuffer out) {
        requireOpen();
        int total = in.remaining();
        if (writes) {
            if (out.isReadOnly()) {
                throw new ReadOnlyBufferException();
            }
            if (isOne(in, out)) {
                throw new IllegalArgumentException("one buffer for both in and out: duplicate() it");
            }
            if (out.remaining() < total) {
                throw new IllegalArgumentException(
                        "room for " + out.remaining() + " bytes, and " + total + " to write");
            }
        }
        if (total > maxLength - length) {
            throw new IllegalArgumentException(
                    "the content would pass " + (offset + maxLength) + " bytes, the most that AES-GCM encrypts");
        }
        try {
            for (int done = 0; done < total; ) {
                int piece = Math.min(PieceSize.FULL, total - done);
                piece(in, out, piece);
                done += piece;
            }
        } catch (GeneralSecurityException | RuntimeException e) {
            close();
            throw failed(e);
        }
    }

    @SuppressWarnings("ReferenceEquality") // equal buffers may be two; one buffer has one position for both
    private static boolean isOne(ByteBuffer in, ByteBuffer out) {
        return in == out;
    }

    private void piece(ByteBuffer in, ByteBuffer out, int size) throws GeneralSecurityException {
        boolean arrays = key.ciphers().keepToTheirPart();
        boolean inArray = arrays && in.hasArray();
        boolean outArray = arrays && writes && out.hasArray();
        byte[] spare = inArray && (outArray || !writes) ? scratch : scratch(size);
        byte[] from = spare;
        int fromOffset = 0;
        if (inArray) {
            from = in.array();
            fromOffset = in.arrayOffset() + in.position();
            in.position(in.position() + size);
        } else {
            in.get(from, 0, size);
        }
        byte[] to = outArray ? out.array() : spare;
        int toOffset = outArray ? out.arrayOffset() + out.position() : 0;
        process(offset + length, from, fromOffset, to, toOffset, size);
        length += size;
        if (outArray) {
            out.position(out.position() + size);
        } else if (writes) {
            out.put(to, 0, size);
        }
    }

    private byte[] scratch(int size) {
        if (scratch.length < size) {
            Arrays.fill(scratch, (byte) 0);
            scratch = new byte[size];
        }
        return scratch;
    }

    @Override
    public final SegmentDigest finish() {
        requireOpen();
        if (!digests) {
            throw new IllegalStateException("a segment that is decrypted unauthenticated has no digest");
        }
        state = State.FINISHED;
        try {
            return digest(hash(offset + length));
        } catch (GeneralSecurityException | RuntimeException e) {
            close();
            throw failed(e);
        }
    }

    private SegmentDigest digest(long[] hash) {
        try {
            return new GcmSegmentDigest(offset, length, hash, key.fingerprint());
        } finally {
            GaloisField.wipe(hash);
        }
    }

    private static IllegalStateException failed(Exception e) {
        return new IllegalStateException("the provider's AES failed in the middle of a segment", e);
    }

    private void requireOpen() {
        if (state != State.OPEN) {
            throw new IllegalStateException(state == State.FINISHED ? "segment is finished" : "segment is closed");
        }
    }

    @Override
    public final void close() {
        if (state != State.CLOSED) {
            state = State.CLOSED;
            Arrays.fill(scratch, (byte) 0);
            try {
                forget();
            } finally {
                key.close();
            }
        }
    }
}
