/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.LegacyContentCipher;

/**
 * A part of a plaintext: at least one byte.
 *
 * @param offset its first byte
 * @param length how many
 */
public record PlaintextRange(long offset, long length) {
    private static final int BLOCK_BYTES = LegacyContentCipher.BLOCK_BYTES;

    /** @throws IllegalArgumentException unless 0 <= offset and 1 <= length, and their sum is a {@code long} */
    public PlaintextRange {
        if (offset < 0 || length < 1 || length > Long.MAX_VALUE - offset) {
            throw new IllegalArgumentException("a range of " + length + " bytes from " + offset);
        }
    }

    /** The first byte after it. */
    public long end() {
        return offset + length;
    }

    /** The first byte of a body that is needed: whole blocks, and for the CBC suite the block before them. */
    public long bodyOffset(AlgorithmSuite suite) {
        long aligned = offset - offset % BLOCK_BYTES;
        return suite.tagBytes() > 0 ? aligned : Math.max(0, aligned - BLOCK_BYTES);
    }

    /** The end of what is needed of a body: that of a block, or of the body. */
    public long bodyEnd() {
        return RequestedRange.endOfBlock(end() - 1);
    }

    /** Its {@code Content-Range} in a whole of this length (RFC 9110, section 14.4). */
    public String contentRange(long wholeBytes) {
        return "bytes " + offset + "-" + (end() - 1) + "/" + wholeBytes;
    }
}
