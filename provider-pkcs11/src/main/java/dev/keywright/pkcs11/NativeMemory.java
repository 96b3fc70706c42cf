/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The native memory of one call: allocated as it is filled, wiped and given back together. For one thread. */
final class NativeMemory implements AutoCloseable {
    /** The width of CK_ULONG and of pointers: 8 bytes on the systems that are supported. */
    static final int ULONG_BYTES = 8;

    private record Block(long address, long bytes) {}

    private final CryptokiBackend backend;
    private final List<Block> blocks = new ArrayList<>();

    NativeMemory(CryptokiBackend backend) {
        this.backend = backend;
    }

    /** Zeroed memory; at least one byte, so that every address is one. */
    long zeros(int bytes) {
        long size = Math.max(1, bytes);
        long address = backend.allocate(size);
        blocks.add(new Block(address, size));
        return address;
    }

    /** A copy of these bytes. */
    long bytes(byte[] content) {
        long address = zeros(content.length);
        backend.write(address, content);
        return address;
    }

    /** A run of CK_ULONGs and pointers. */
    long ulongs(long... values) {
        ByteBuffer buffer = ByteBuffer.allocate(values.length * ULONG_BYTES).order(ByteOrder.nativeOrder());
        for (long value : values) {
            buffer.putLong(value);
        }
        return bytes(buffer.array());
    }

    byte[] read(long address, int length) {
        return backend.read(address, length);
    }

    long readUlong(long address) {
        return ulongAt(read(address, ULONG_BYTES), 0);
    }

    static long ulongAt(byte[] struct, int offset) {
        return ByteBuffer.wrap(struct).order(ByteOrder.nativeOrder()).getLong(offset);
    }

    static byte[] ulong(long value) {
        return ByteBuffer.allocate(ULONG_BYTES)
                .order(ByteOrder.nativeOrder())
                .putLong(value)
                .array();
    }

    @Override
    public void close() {
        blocks.forEach(block -> backend.free(block.address, block.bytes));
        blocks.clear();
    }

    /** Text in a fixed-width, blank-padded field. */
    static String text(byte[] struct, int offset, int length) {
        byte[] field = Arrays.copyOfRange(struct, offset, offset + length);
        return new String(field, java.nio.charset.StandardCharsets.UTF_8)
                .replace('\0', ' ')
                .strip();
    }
}
