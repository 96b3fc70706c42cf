/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.cipher;

import dev.keywright.jca.JcaContentCipher;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher.Direction;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Our content cipher: a message of a length under a fresh key, tag included. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class ContentCipherBenchmark {
    @Param("SunJCE")
    public String provider;

    @Param({"1024", "65536", "1048576", "67108864"})
    public int bytes;

    private Message message;

    @Setup
    public void cipher() {
        message = new Message(JcaContentCipher.with(Providers.named(provider)), bytes);
    }

    /** As for a put: in segments of 1 MiB. */
    @Benchmark
    public Bytes encryptInSegments() {
        return message.inSegments(Direction.ENCRYPT);
    }

    /** As for an unverified get: plaintext and digest of what arrives. */
    @Benchmark
    public Bytes decryptStreaming() {
        return message.streaming(Direction.DECRYPT);
    }

    /** As for the first pass of a verified get: the digest alone. */
    @Benchmark
    public Bytes hash() {
        return message.inSegments(Direction.AUTHENTICATE);
    }

    /** As for a range: plaintext without a digest. */
    @Benchmark
    public void decryptRange() {
        message.unauthenticated();
    }
}
