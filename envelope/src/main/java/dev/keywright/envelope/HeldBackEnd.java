/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.LegacyContentCipher;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Tells a body that comes in any pieces from its end, which is held back until nothing follows: the tag, or the last block
 * of a suite without one. Counts the body's length against what was announced. For one thread.
 */
final class HeldBackEnd {
    private final int endBytes;
    private final int unitBytes;
    private final long announcedBytes;
    private final long maxBodyBytes;
    private final byte[] held;
    private int heldBytes;
    private long seen;

    /** @param announcedBytes the body's length, or {@link Decryption#UNKNOWN_LENGTH} */
    HeldBackEnd(AlgorithmSuite suite, long announcedBytes) {
        this(
                suite.tagBytes() > 0 ? suite.tagBytes() : LegacyContentCipher.BLOCK_BYTES,
                suite.tagBytes() > 0 ? 1 : LegacyContentCipher.BLOCK_BYTES,
                announcedBytes,
                suite.tagBytes() > 0 ? suite.maxPlaintextBytes() + suite.tagBytes() : Long.MAX_VALUE);
    }

    private HeldBackEnd(int endBytes, int unitBytes, long announcedBytes, long maxBodyBytes) {
        this.endBytes = endBytes;
        this.unitBytes = unitBytes;
        this.announcedBytes = announcedBytes;
        this.maxBodyBytes = maxBodyBytes;
        this.held = new byte[endBytes + unitBytes - 1];
    }

    /** Of a run of whole blocks, which has no end of another kind. */
    static HeldBackEnd ofBlocks() {
        return new HeldBackEnd(0, LegacyContentCipher.BLOCK_BYTES, Decryption.UNKNOWN_LENGTH, Long.MAX_VALUE);
    }

    /** Takes all of {@code in}, and gives on what is not the end for certain; in one or two runs, valid for that call. */
    void pass(ByteBuffer in, Consumer<ByteBuffer> content) {
        int released = released(in);
        int ofHeld = Math.min(released, heldBytes);
        if (ofHeld > 0) {
            content.accept(ByteBuffer.wrap(held, 0, ofHeld).asReadOnlyBuffer());
            System.arraycopy(held, ofHeld, held, 0, heldBytes - ofHeld);
            heldBytes -= ofHeld;
        }
        if (released > ofHeld) {
            int after = in.position() + released - ofHeld;
            content.accept(in.duplicate().limit(after));
            in.position(after);
        }
        hold(in);
    }

    /**
     * Takes all of {@code in}, and gives back what is not the end for certain, in whole units: {@code in}'s own region,
     * shifted, or a buffer of its own where that has too little room.
     */
    ByteBuffer shift(ByteBuffer in) {
        int released = released(in);
        int taken = in.remaining();
        ByteBuffer out = released <= taken ? in.duplicate() : ByteBuffer.allocate(released);
        int ofHeld = Math.min(released, heldBytes);
        int ofIn = released - ofHeld;
        byte[] kept = Arrays.copyOfRange(held, ofHeld, ofHeld + held.length);
        int keptBytes = heldBytes - ofHeld;
        in.get(in.position() + ofIn, kept, keptBytes, taken - ofIn);
        out.put(out.position() + ofHeld, in, in.position(), ofIn);
        out.put(out.position(), held, 0, ofHeld);
        System.arraycopy(kept, 0, held, 0, held.length);
        heldBytes = keptBytes + taken - ofIn;
        in.position(in.limit());
        return out.limit(out.position() + released);
    }

    /** How much is let go when {@code in} has joined. */
    private int released(ByteBuffer in) {
        seen += in.remaining();
        if (seen > maxBodyBytes || (announcedBytes >= 0 && seen > announcedBytes)) {
            throw wrongLength("goes on after " + Math.min(maxBodyBytes, announcedBytes < 0 ? seen : announcedBytes));
        }
        int surplus = Math.max(0, heldBytes + in.remaining() - endBytes);
        return surplus - surplus % unitBytes;
    }

    private void hold(ByteBuffer in) {
        int rest = in.remaining();
        in.get(held, heldBytes, rest);
        heldBytes += rest;
    }

    /**
     * The body's end, once nothing follows.
     *
     * @throws IntegrityException if the body is not as long as was announced, or has no room for its end
     */
    Bytes end() {
        if (heldBytes != endBytes || seen < announcedBytes) {
            throw wrongLength("ends after " + seen);
        }
        return Bytes.copyOf(held, 0, endBytes);
    }

    private IntegrityException wrongLength(String what) {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "the body " + what + " bytes"
                        + (announcedBytes >= 0 ? "; " + announcedBytes + " were announced" : "")
                        + ", and its end takes " + endBytes + ": truncated or extended");
    }
}
