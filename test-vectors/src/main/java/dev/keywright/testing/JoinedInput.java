/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;

/** The streams of several bodies as one, each opened when its turn comes. */
final class JoinedInput extends InputStream {
    private final Iterator<Body> rest;
    private InputStream current;

    JoinedInput(InputStream first, Iterator<Body> rest) {
        this.current = first;
        this.rest = rest;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int got = current.read(target, offset, length);
        while (got < 0 && rest.hasNext()) {
            current.close();
            current = rest.next().open(0);
            got = current.read(target, offset, length);
        }
        return got;
    }

    @Override
    public void close() throws IOException {
        current.close();
    }
}
