/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import java.util.concurrent.locks.Lock;

/** A module that is called only while nobody finalises it: a call into a module that is being torn down can end the JVM. */
final class GatedBackend implements CryptokiBackend {
    private final CryptokiBackend module;
    private final Lock gate;

    GatedBackend(CryptokiBackend module, Lock gate) {
        this.module = module;
        this.gate = gate;
    }

    @Override
    public NativeBlock allocate(int bytes) {
        return module.allocate(bytes);
    }

    @Override
    public long call(CryptokiFunction function, long... arguments) {
        gate.lock();
        try {
            return module.call(function, arguments);
        } finally {
            gate.unlock();
        }
    }
}
