/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.ByteBuffer;

/** AES key wrap as RFC 3394, section 2.2.1 has it, over a block cipher that is handed in: for tokens whose keys nobody else has. */
final class Rfc3394 {
    private static final long INITIAL_VALUE = 0xA6A6_A6A6_A6A6_A6A6L;

    private Rfc3394() {}

    @FunctionalInterface
    interface Block<X extends Exception> {
        byte[] encrypt(byte[] block) throws X;
    }

    /** Wraps a key of a multiple of eight bytes. */
    static <X extends Exception> byte[] wrap(byte[] key, Block<X> cipher) throws X {
        int words = key.length / Long.BYTES;
        long integrity = INITIAL_VALUE;
        ByteBuffer wrapped = ByteBuffer.allocate(Long.BYTES + key.length).put(Long.BYTES, key);
        for (int step = 1; step <= 6 * words; step++) {
            int at = ((step - 1) % words + 1) * Long.BYTES;
            ByteBuffer block = ByteBuffer.wrap(cipher.encrypt(ByteBuffer.allocate(2 * Long.BYTES)
                    .putLong(integrity)
                    .putLong(wrapped.getLong(at))
                    .array()));
            integrity = block.getLong() ^ step;
            wrapped.putLong(at, block.getLong());
        }
        return wrapped.putLong(0, integrity).array();
    }
}
