/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.IOException;
import java.nio.ByteBuffer;

/** Plaintext that may be released, piece by piece. Owns key and held body. For one thread at a time; waits for the disk. */
interface PlaintextPieces extends AutoCloseable {
    /** Whether there is one more. */
    boolean hasNext() throws IOException;

    /** The next, which is the caller's own; not empty. */
    ByteBuffer next() throws IOException;

    /** Wipes the key and drops the held body. Idempotent. */
    @Override
    void close() throws IOException;
}
