/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import java.io.IOException;
import java.security.GeneralSecurityException;
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

/** AES/GCM wraps under a key on a token. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class AesWrapBenchmark {
    @Param({"keywright", "sunpkcs11"})
    public String path;

    private AesWrapping wrapping;

    @Setup
    public void token() throws GeneralSecurityException, IOException {
        wrapping = path.equals("keywright") ? new KeywrightWrapping(TokenKeys.aes()) : new SunPkcs11Wrapping();
    }

    @TearDown
    public void close() {
        wrapping.close();
    }

    /** What a put has done. */
    @Benchmark
    public Object wrap() throws GeneralSecurityException {
        return wrapping.wrap();
    }

    /** What a get has done. */
    @Benchmark
    public Object unwrap() throws GeneralSecurityException {
        return wrapping.unwrap();
    }
}
