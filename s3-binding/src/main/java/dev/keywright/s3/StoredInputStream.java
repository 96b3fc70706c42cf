/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.envelope.Decryption;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * A body as it arrives. Tells a broken transfer, also one that ends early without saying so, from what was stored short.
 * Remembers whether it broke. Its closing is left to whoever has the connection.
 */
final class StoredInputStream extends FilterInputStream {
    private final long announcedBytes;
    private long arrived;
    private boolean broken;

    /** @param announcedBytes the length in the response's header, or {@link Decryption#UNKNOWN_LENGTH} */
    StoredInputStream(InputStream body, long announcedBytes) {
        super(body);
        this.announcedBytes = announcedBytes;
    }

    /** Whether all that was announced has arrived. */
    boolean complete() {
        return arrived == announcedBytes;
    }

    boolean broken() {
        return broken;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        try {
            int count = super.read(into, offset, length);
            arrived += Math.max(count, 0);
            if (count < 0 && arrived < announcedBytes) {
                throw new IOException(
                        "the connection ended after " + arrived + " of " + announcedBytes + " bytes of the body");
            }
            return count;
        } catch (IOException e) {
            broken = true;
            throw e;
        }
    }

    @Override
    public void close() {}
}
