/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The plaintext of an upload, part after part, for several threads. The last part is shorter than the others, or ends it. */
interface PartSource {
    /**
     * The next part; null after the last.
     *
     * @param spare a buffer of an earlier part that is done with; null for none
     */
    @Nullable
    Plaintext next(byte @Nullable [] spare) throws IOException, InterruptedException;

    /** A part's plaintext, at the start of a buffer with room for a tag behind it. */
    final class Plaintext {
        final int number;
        final long offsetBytes;
        final byte[] buffer;
        final int lengthBytes;
        final boolean isLast;

        Plaintext(int number, long offsetBytes, byte[] buffer, int lengthBytes, boolean isLast) {
            this.number = number;
            this.offsetBytes = offsetBytes;
            this.buffer = buffer;
            this.lengthBytes = lengthBytes;
            this.isLast = isLast;
        }
    }
}
