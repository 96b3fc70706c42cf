/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import java.io.IOException;
import java.io.UncheckedIOException;

/** One token for all tests of a JVM: a module that runs sees no token that is made later. Deleted when the JVM ends. */
public final class TokenOfThisJvm {
    private static boolean made; // guarded by the class

    private TokenOfThisJvm() {}

    /** Makes it, if it is not there yet, so that {@link TokenKeys} find it. */
    public static synchronized void make() throws IOException {
        if (made) {
            return;
        }
        BenchToken token = BenchToken.create();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(token)));
        token.tellThisJvm();
        made = true;
    }

    private static void delete(BenchToken token) {
        try {
            token.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
