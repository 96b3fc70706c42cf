/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The SHA-256 of every run of plaintext that was ever given to be encrypted under one key and IV, where there is no digest
 * of the ciphertext to compare. Kept in memory only, and wiped: it would confirm a guess at the plaintext.
 */
final class SentPlaintext implements AutoCloseable {
    private final List<byte[]> runs = new ArrayList<>(); // guarded by this
    private boolean closed; // guarded by this

    /** Whether the run at {@code index} is the first of its place, or the same as that; keeps it if it is the first. */
    synchronized boolean admits(int index, ByteBuffer run) {
        if (closed) {
            throw new IllegalStateException("encrypted object is closed");
        }
        byte[] digest = sha256(run);
        if (index == runs.size()) {
            runs.add(digest);
            return true;
        }
        return MessageDigest.isEqual(runs.get(index), digest);
    }

    private static byte[] sha256(ByteBuffer run) {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(run.duplicate());
            return sha256.digest();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        runs.forEach(run -> Arrays.fill(run, (byte) 0));
    }
}
