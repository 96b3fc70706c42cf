/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.cipher.ContentCipherBenchmark;
import dev.keywright.benchmarks.cipher.OneShotBenchmark;
import dev.keywright.benchmarks.cipher.WorkerCpuProfiler;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * One JMH measurement of a cipher, in a fork of its own.
 *
 * @param benchmark class and method
 * @param bytes the message's length
 */
record CipherSubject(Class<?> owner, String benchmark, int bytes, int threads, String provider) {
    static final String DEFAULT_PROVIDER = "SunJCE";

    private static final int[] SIZES = {1 << 26, 1 << 20, 1 << 16, 1 << 10
    }; // that which targets are about, beside OpenSSL
    private static final int WARMUPS = 2;
    private static final int ITERATIONS = 2;

    /** {@code cipher/encryptInSegments/1048576/1}, and the provider if it is not the JDK's own. */
    String subject() {
        return "cipher/" + benchmark + "/" + bytes + "/" + threads
                + (provider.equals(DEFAULT_PROVIDER) ? "" : "/" + provider);
    }

    /** All of them; for a quick look those that targets are about. */
    static List<CipherSubject> all(boolean quick, List<String> providers) {
        List<CipherSubject> all = new ArrayList<>();
        for (String provider : providers) {
            for (int bytes : quick ? new int[] {1 << 26} : SIZES) {
                for (String ours : List.of("encryptInSegments", "decryptStreaming", "decryptRange", "hash")) {
                    all.add(new CipherSubject(ContentCipherBenchmark.class, ours, bytes, 1, provider));
                }
                for (String oneShot : List.of("encrypt", "decrypt", "ctr")) {
                    if (!quick && !(provider.equals("ACCP") && oneShot.equals("ctr"))) {
                        all.add(new CipherSubject(OneShotBenchmark.class, oneShot, bytes, 1, provider));
                    }
                }
                all.add(new CipherSubject(ContentCipherBenchmark.class, "encryptInSegments", bytes, 2, provider));
                all.add(new CipherSubject(ContentCipherBenchmark.class, "decryptStreaming", bytes, 2, provider));
            }
        }
        return all;
    }

    /** 10^9 bytes a second: {@code gb} by the clock, all threads together; {@code gbCpu} by one thread's CPU time. */
    Map<String, Double> measure(Jdk jdk, int iterationMillis) throws RunnerException {
        RunResult result = new Runner(new OptionsBuilder()
                        .include(owner.getName().replace(".", "\\.") + "\\." + benchmark + "$")
                        .param("bytes", Integer.toString(bytes))
                        .param("provider", provider)
                        .threads(threads)
                        .forks(1)
                        .jvm(jdk.java())
                        .jvmArgs("-Xmx1g")
                        .warmupIterations(WARMUPS)
                        .warmupTime(TimeValue.milliseconds(iterationMillis))
                        .measurementIterations(ITERATIONS)
                        .measurementTime(TimeValue.milliseconds(iterationMillis))
                        .addProfiler(WorkerCpuProfiler.class)
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .runSingle();
        double perSecond = result.getPrimaryResult().getScore();
        double cpuNanos = Objects.requireNonNull(result.getSecondaryResults().get(WorkerCpuProfiler.LABEL))
                .getScore();
        return Map.of("gb", perSecond * bytes / 1e9, "gbCpu", bytes / cpuNanos);
    }
}
