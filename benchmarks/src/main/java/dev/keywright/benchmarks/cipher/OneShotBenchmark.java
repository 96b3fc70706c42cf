/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.cipher;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.spec.AlgorithmParameterSpec;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What stands beside it: a provider's own ciphers, the whole message in one call. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class OneShotBenchmark {
    private static final int TAG_BYTES = 16;
    /** The JIT counts calls, not bytes: without this, long messages would be measured interpreted, and for ever. */
    private static final int CALLS_UNTIL_COMPILED = 20_000;

    private static final int SHORT = 512;

    @Param("SunJCE")
    public String provider;

    @Param({"1024", "65536", "1048576", "67108864"})
    public int bytes;

    private Provider chosen;
    private final byte[] key = new byte[32];
    private byte[] plaintext;
    private byte[] ciphertext;
    private byte[] out;

    @Setup
    public void buffers() throws GeneralSecurityException {
        chosen = Providers.named(provider);
        plaintext = new byte[bytes];
        ciphertext = new byte[bytes + TAG_BYTES];
        out = new byte[bytes + TAG_BYTES];
        byte[] shortSealed = gcm(Cipher.ENCRYPT_MODE).doFinal(new byte[SHORT]);
        for (int i = 0; i < CALLS_UNTIL_COMPILED; i++) {
            gcm(Cipher.DECRYPT_MODE).doFinal(shortSealed);
            key[0]++;
            shortSealed = gcm(Cipher.ENCRYPT_MODE).doFinal(new byte[SHORT]);
            ctr(SHORT);
        }
        gcm(Cipher.ENCRYPT_MODE).doFinal(plaintext, 0, bytes, ciphertext);
    }

    private Cipher gcm(int mode) throws GeneralSecurityException {
        return cipher("AES/GCM/NoPadding", mode, new GCMParameterSpec(TAG_BYTES * Byte.SIZE, new byte[12]));
    }

    private Cipher cipher(String transformation, int mode, AlgorithmParameterSpec iv) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(transformation, chosen);
        cipher.init(mode, new SecretKeySpec(key, "AES"), iv);
        return cipher;
    }

    @Benchmark
    public int encrypt() throws GeneralSecurityException {
        key[0]++;
        return gcm(Cipher.ENCRYPT_MODE).doFinal(plaintext, 0, bytes, out);
    }

    /** The key stays, or the tag would not be right. */
    @Benchmark
    public int decrypt() throws GeneralSecurityException {
        return gcm(Cipher.DECRYPT_MODE).doFinal(ciphertext, 0, ciphertext.length, out);
    }

    /** What a range costs at least. */
    @Benchmark
    public int ctr() throws GeneralSecurityException {
        return ctr(bytes);
    }

    private int ctr(int length) throws GeneralSecurityException {
        return cipher("AES/CTR/NoPadding", Cipher.DECRYPT_MODE, new IvParameterSpec(new byte[16]))
                .doFinal(ciphertext, 0, length, out);
    }
}
