/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** RSA-OAEP unwraps under a key on a token, which the token's own rate is compared with. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class RsaUnwrapBenchmark {
    @Param("keywright")
    public String path;

    private KeywrightWrapping wrapping;

    @Setup
    public void token() {
        wrapping = new KeywrightWrapping(TokenKeys.rsa());
    }

    @TearDown
    public void close() {
        wrapping.close();
    }

    /** What a get has done. */
    @Benchmark
    public Object unwrap() {
        return wrapping.unwrap();
    }
}
