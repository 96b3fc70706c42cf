/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where an object's plaintext comes from. */
public interface PlaintextSource {
    /** How many bytes {@link #open} will give. */
    long lengthBytes();

    /**
     * The plaintext from its start; called again for every attempt. The caller closes the stream.
     *
     * @throws IOException if it can't be opened, or can't be opened again
     */
    InputStream open() throws IOException;

    /** Bytes in memory, which must not be changed while in use. */
    static PlaintextSource of(byte[] bytes) {
        return of(bytes.length, () -> new ByteArrayInputStream(bytes));
    }

    /** A file, as long as it is now. */
    static PlaintextSource of(Path file) throws IOException {
        return of(Files.size(file), () -> Files.newInputStream(file));
    }

    /** A stream that can be read once: a second attempt fails. */
    static PlaintextSource once(InputStream stream, long lengthBytes) {
        return of(lengthBytes, new Opener() {
            private boolean opened;

            @Override
            public synchronized InputStream open() throws IOException {
                if (opened) {
                    throw new IOException(
                            "the plaintext is a stream that can be read once, and it was: repeat the whole "
                                    + "operation with a new stream");
                }
                opened = true;
                return stream;
            }
        });
    }

    /** A source that opens as {@code opener} does. */
    static PlaintextSource of(long lengthBytes, Opener opener) {
        return new PlaintextSource() {
            @Override
            public long lengthBytes() {
                return lengthBytes;
            }

            @Override
            public InputStream open() throws IOException {
                return opener.open();
            }
        };
    }

    /** Opens the plaintext from its start. */
    @FunctionalInterface
    interface Opener {
        /** A stream at the first byte. */
        InputStream open() throws IOException;
    }
}
