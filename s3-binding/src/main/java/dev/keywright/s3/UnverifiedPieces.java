/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.RangeDecryption;
import dev.keywright.envelope.UnverifiedDecryption;
import java.nio.ByteBuffer;

/** Decrypts stored bytes as they come: a whole body, or a range of one. Owns the key. For one thread at a time. */
interface UnverifiedPieces extends AutoCloseable {
    /** Gives what plaintext can be told by now, in memory of its own or in {@code body}'s, which is overwritten. */
    ByteBuffer update(ByteBuffer body);

    /** What is left at the end, if the end is right. */
    ByteBuffer end();

    @Override
    void close();

    /** Of a whole body. */
    static UnverifiedPieces of(UnverifiedDecryption decryption) {
        return new UnverifiedPieces() {
            @Override
            public ByteBuffer update(ByteBuffer body) {
                return decryption.update(body);
            }

            @Override
            public ByteBuffer end() {
                return decryption.end();
            }

            @Override
            public void close() {
                decryption.close();
            }
        };
    }

    /** Of a range, whose end nothing tells but its length. */
    static UnverifiedPieces of(RangeDecryption decryption) {
        return new UnverifiedPieces() {
            @Override
            public ByteBuffer update(ByteBuffer body) {
                return decryption.update(body);
            }

            @Override
            public ByteBuffer end() {
                decryption.end();
                return ByteBuffer.allocate(0);
            }

            @Override
            public void close() {
                decryption.close();
            }
        };
    }
}
