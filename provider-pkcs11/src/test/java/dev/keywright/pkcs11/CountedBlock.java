/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.concurrent.atomic.AtomicInteger;

/** Native memory that is counted until it is given back. */
record CountedBlock(NativeBlock block, AtomicInteger live) implements NativeBlock {
    CountedBlock {
        live.incrementAndGet();
    }

    @Override
    public long address() {
        return block.address();
    }

    @Override
    public int bytes() {
        return block.bytes();
    }

    @Override
    public void putUlong(int offset, long value) {
        block.putUlong(offset, value);
    }

    @Override
    public long ulong(int offset) {
        return block.ulong(offset);
    }

    @Override
    public void put(int offset, byte[] source) {
        block.put(offset, source);
    }

    @Override
    public byte[] get(int offset, int length) {
        return block.get(offset, length);
    }

    @Override
    public void close() {
        block.close();
        live.decrementAndGet();
    }
}
