/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.Pkcs11Check.Timing;
import dev.keywright.spi.MasterKeyOps;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/** Times a master key over throw-away data keys, in one thread. */
final class MasterKeyTiming {
    private static final int DATA_KEY_BYTES = 32;
    private static final int WARMING = 5;
    private static final double MICROS = 1e3;
    private static final double SECOND = 1e9;

    private final MasterKeyOps ops;
    private final byte[] aad;

    /** @param aad what AES-GCM binds the data key to; empty for RSA */
    MasterKeyTiming(MasterKeyOps ops, byte[] aad) {
        this.ops = ops;
        this.aad = aad;
    }

    List<Timing> run(int rounds, SecureRandom random) throws GeneralSecurityException {
        byte[] dataKey = new byte[DATA_KEY_BYTES];
        random.nextBytes(dataKey);
        long[] wrapping = new long[rounds];
        long[] unwrapping = new long[rounds];
        try {
            for (int i = -WARMING; i < rounds; i++) {
                long begun = System.nanoTime();
                byte[] sealed = ops.seal(dataKey, aad);
                long between = System.nanoTime();
                byte[] opened = ops.open(sealed, aad);
                long ended = System.nanoTime();
                Arrays.fill(opened, (byte) 0);
                if (i >= 0) {
                    wrapping[i] = between - begun;
                    unwrapping[i] = ended - between;
                }
            }
        } finally {
            Arrays.fill(dataKey, (byte) 0);
        }
        return List.of(timing("wrap", wrapping), timing("unwrap", unwrapping));
    }

    private static Timing timing(String operation, long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        double sum = Arrays.stream(sorted).sum();
        return new Timing(operation, nanos.length, sorted[nanos.length / 2] / MICROS, nanos.length * SECOND / sum);
    }
}
