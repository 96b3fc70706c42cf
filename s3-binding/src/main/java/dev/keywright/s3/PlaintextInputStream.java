/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A plaintext stream that may be closed from another thread, as the SDK does when it aborts a response nobody reads. */
final class PlaintextInputStream extends FilterInputStream {
    private final Closeable connection;

    /** @param connection closed with the plaintext */
    PlaintextInputStream(InputStream plaintext, Closeable connection) {
        super(plaintext);
        this.connection = connection;
    }

    @Override
    public synchronized int read() throws IOException {
        return super.read();
    }

    @Override
    public synchronized int read(byte[] into, int offset, int length) throws IOException {
        return super.read(into, offset, length);
    }

    @Override
    public synchronized long skip(long bytes) throws IOException {
        return super.skip(bytes);
    }

    @Override
    public synchronized int available() throws IOException {
        return super.available();
    }

    @Override
    public synchronized void close() throws IOException {
        try (connection) {
            super.close();
        }
    }
}
