/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A real module with a hand in between: what it is asked is noted, and chosen functions are answered, or their arguments
 * and answers changed, as another token would. Native memory is the real one.
 */
final class InterposedBackend implements CryptokiBackend {
    /** Answers in the module's place, or asks it. */
    @FunctionalInterface
    interface Hand {
        long call(CryptokiBackend module, long... arguments);
    }

    private final CryptokiBackend module;
    private final Map<CryptokiFunction, Hand> hands = new ConcurrentHashMap<>();
    private final List<CryptokiFunction> calls = new CopyOnWriteArrayList<>();

    private final AtomicInteger liveBlocks = new AtomicInteger();
    private final AtomicInteger running = new AtomicInteger();
    private final AtomicInteger besideFinalize = new AtomicInteger();

    InterposedBackend(Path module) {
        this.module = JnaBackend.load(module);
    }

    void interpose(CryptokiFunction function, Hand hand) {
        hands.put(function, hand);
    }

    /** Answers with this value from now on. */
    void answer(CryptokiFunction function, ReturnValue value) {
        interpose(function, (asked, arguments) -> value.code);
    }

    /** Answers with this value once, and then leaves the function to the module. */
    void answerOnce(CryptokiFunction function, ReturnValue value) {
        interpose(function, (asked, arguments) -> {
            hands.remove(function);
            return value.code;
        });
    }

    void leave(CryptokiFunction function) {
        hands.remove(function);
    }

    void leaveAll() {
        hands.clear();
    }

    /** Answers with this value until the module is finalised. */
    void answerUntilFinalized(CryptokiFunction function, ReturnValue value) {
        answer(function, value);
        interpose(CryptokiFunction.FINALIZE, (asked, arguments) -> {
            hands.remove(function);
            hands.remove(CryptokiFunction.FINALIZE);
            return asked.call(CryptokiFunction.FINALIZE, arguments);
        });
    }

    /** How many calls ran while the module was being finalised: it must be none. */
    int besideFinalize() {
        return besideFinalize.get();
    }

    long calls(CryptokiFunction function) {
        return calls.stream().filter(function::equals).count();
    }

    /** How many blocks of native memory have not been given back. */
    int liveBlocks() {
        return liveBlocks.get();
    }

    int calls() {
        return calls.size();
    }

    @Override
    public NativeBlock allocate(int bytes) {
        return new CountedBlock(module.allocate(bytes), liveBlocks);
    }

    @Override
    public long call(CryptokiFunction function, long... arguments) {
        calls.add(function);
        int before = running.getAndIncrement();
        if (function == CryptokiFunction.FINALIZE) {
            besideFinalize.addAndGet(before);
        }
        try {
            Hand hand = hands.get(function);
            return hand == null ? module.call(function, arguments) : hand.call(module, arguments);
        } finally {
            running.decrementAndGet();
        }
    }
}
