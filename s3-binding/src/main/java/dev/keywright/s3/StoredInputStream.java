/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body as it arrives. Remembers whether it was the connection that failed; its closing is left to the SDK. */
final class StoredInputStream extends FilterInputStream {
    private boolean failed;

    StoredInputStream(InputStream body) {
        super(body);
    }

    boolean failed() {
        return failed;
    }

    @Override
    public int read() throws IOException {
        try {
            return super.read();
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        try {
            return super.read(into, offset, length);
        } catch (IOException e) {
            failed = true;
            throw e;
        }
    }

    @Override
    public void close() {}
}
