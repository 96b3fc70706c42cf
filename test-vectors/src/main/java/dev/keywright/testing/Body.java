/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** A stored body: in memory if small, else a file. It lives until its last holder has released it. */
abstract class Body {
    private int holders = 1; // guarded by this; the object that it is the body of is the first

    abstract long length();

    /** The bytes from {@code offset} to the end; the caller closes the stream. */
    abstract InputStream open(long offset) throws IOException;

    /** Changes one byte. */
    abstract void flip(long offset, int bits) throws IOException;

    abstract void delete() throws IOException;

    synchronized void hold() {
        holders++;
    }

    void release() {
        synchronized (this) {
            if (--holders != 0) {
                return;
            }
        }
        try {
            delete();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A body in memory; takes the array. */
    static Body of(byte[] bytes) {
        return new Body() {
            @Override
            long length() {
                return bytes.length;
            }

            @Override
            InputStream open(long offset) {
                return new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
            }

            @Override
            void flip(long offset, int bits) {
                bytes[(int) offset] ^= (byte) bits;
            }

            @Override
            void delete() {}
        };
    }

    /** A body in a file, which is deleted with it. */
    static Body of(Path file, long length) {
        return new Body() {
            @Override
            long length() {
                return length;
            }

            @Override
            InputStream open(long offset) throws IOException {
                FileChannel channel = FileChannel.open(file);
                return Channels.newInputStream(channel.position(offset));
            }

            @Override
            void flip(long offset, int bits) throws IOException {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                    ByteBuffer one = ByteBuffer.allocate(1);
                    if (channel.read(one, offset) != 1) {
                        throw new IOException("no byte " + offset);
                    }
                    one.put(0, (byte) (one.get(0) ^ bits)).rewind();
                    channel.write(one, offset);
                }
            }

            @Override
            void delete() throws IOException {
                Files.deleteIfExists(file);
            }
        };
    }

    /** Several bodies as one; takes them over. */
    static Body joined(List<Body> parts) {
        return new Body() {
            @Override
            long length() {
                return parts.stream().mapToLong(Body::length).sum();
            }

            @Override
            InputStream open(long offset) throws IOException {
                int first = 0;
                long rest = offset;
                while (first < parts.size() && rest >= parts.get(first).length()) {
                    rest -= parts.get(first++).length();
                }
                if (first == parts.size()) {
                    return InputStream.nullInputStream();
                }
                InputStream head = parts.get(first).open(rest);
                return new JoinedInput(
                        head, parts.subList(first + 1, parts.size()).iterator());
            }

            @Override
            void flip(long offset, int bits) throws IOException {
                long rest = offset;
                for (Body part : parts) {
                    if (rest < part.length()) {
                        part.flip(rest, bits);
                        return;
                    }
                    rest -= part.length();
                }
                throw new IOException("no byte " + offset);
            }

            @Override
            void delete() {
                parts.forEach(Body::release);
            }
        };
    }
}
