/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Objects;

/**
 * A text that is made, not stored: SHA-256(seed, counter) for the counters 0, 1, 2, ..., cut to a length. The recipe {@code
 * sha256-counter} of the vector format, section 4.
 *
 * @param seed taken as UTF-8
 * @param bytes the length, not negative
 */
public record Recipe(String seed, long bytes) {
    static final String NAME = "sha256-counter";

    /** The text from its start. Holds one block of it at a time. */
    public InputStream open() {
        return new Blocks(seed.getBytes(StandardCharsets.UTF_8), bytes);
    }

    private static final class Blocks extends InputStream {
        private final MessageDigest sha256 = Sha256.digest();
        private final byte[] seed;
        private byte[] block = new byte[0];
        private int at;
        private long counter;
        private long left;

        Blocks(byte[] seed, long bytes) {
            this.seed = seed;
            this.left = bytes;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) {
            Objects.checkFromIndexSize(offset, length, into.length);
            if (left == 0 && length > 0) {
                return -1;
            }
            int done = 0;
            while (done < length && left > 0) {
                if (at == block.length) {
                    sha256.update(seed);
                    block = sha256.digest(
                            ByteBuffer.allocate(Long.BYTES).putLong(counter).array());
                    counter++;
                    at = 0;
                }
                int some = (int) Math.min(Math.min(length - done, block.length - at), left);
                System.arraycopy(block, at, into, offset + done, some);
                at += some;
                done += some;
                left -= some;
            }
            return done;
        }
    }
}
