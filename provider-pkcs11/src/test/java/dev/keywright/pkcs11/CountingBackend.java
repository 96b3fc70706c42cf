/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** A real module whose calls, open sessions and native memory are counted, for as long a run as may be. */
final class CountingBackend implements CryptokiBackend {
    private final CryptokiBackend module;
    private final Map<CryptokiFunction, LongAdder> calls = new EnumMap<>(CryptokiFunction.class);
    private final AtomicInteger liveBlocks = new AtomicInteger();
    private final AtomicInteger openSessions = new AtomicInteger();
    private final LongAdder sessionsLeft = new LongAdder();

    CountingBackend(Path module) {
        this.module = JnaBackend.load(module);
        for (CryptokiFunction function : CryptokiFunction.values()) {
            calls.put(function, new LongAdder());
        }
    }

    /** Calls to a function, whatever was answered. */
    long calls(CryptokiFunction function) {
        return calls.get(function).sum();
    }

    long calls() {
        return calls.values().stream().mapToLong(LongAdder::sum).sum();
    }

    /** Blocks of native memory that have not been given back. */
    int liveBlocks() {
        return liveBlocks.get();
    }

    int openSessions() {
        return openSessions.get();
    }

    /** Sessions that were not closed before the module was finalised, all times together. */
    long sessionsLeft() {
        return sessionsLeft.sum();
    }

    @Override
    public NativeBlock allocate(int bytes) {
        return new CountedBlock(module.allocate(bytes), liveBlocks);
    }

    @Override
    public long call(CryptokiFunction function, long... arguments) {
        calls.get(function).increment();
        long result = module.call(function, arguments);
        if (result == ReturnValue.OK) {
            switch (function) {
                case OPEN_SESSION -> openSessions.incrementAndGet();
                case CLOSE_SESSION -> openSessions.decrementAndGet();
                case FINALIZE -> sessionsLeft.add(openSessions.getAndSet(0));
                default -> {}
            }
        }
        return result;
    }
}
