/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.cipher.WorkerCpuProfiler;
import dev.keywright.benchmarks.token.AesWrapBenchmark;
import dev.keywright.benchmarks.token.BenchToken;
import dev.keywright.benchmarks.token.RsaUnwrapBenchmark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
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
 * An operation with a key on a token, one after the other, by one thread.
 *
 * @param operation {@code aes-wrap}, {@code aes-unwrap} or {@code rsa-unwrap}
 * @param path who asks the token: {@code keywright}, {@code sunpkcs11}, or {@code native}, a C program
 */
record TokenSubject(String operation, String path) {
    private static final int WARMUPS = 3;
    private static final int ITERATIONS = 3;
    private static final int ITERATION_MILLIS = 1_000;

    String subject() {
        return "token/" + operation + "/" + path;
    }

    /** What is compared, one after the other; whoever begins changes from round to round. */
    static List<TokenSubject> all(int round) {
        List<TokenSubject> all = new ArrayList<>();
        for (String operation : List.of("aes-wrap", "aes-unwrap", "rsa-unwrap")) {
            List<String> paths = operation.startsWith("rsa")
                    ? Arrays.asList("keywright", "native")
                    : Arrays.asList("keywright", "sunpkcs11", "native");
            Collections.rotate(paths, round - 1);
            paths.forEach(path -> all.add(new TokenSubject(operation, path)));
        }
        return all;
    }

    /** Operations {@code perSecond} by the clock, and {@code cpuMicros} of the asking thread for each. */
    Map<String, Double> measure(Jdk jdk, BenchToken token) throws IOException, InterruptedException, RunnerException {
        return path.equals("native")
                ? NativeProbe.measure(token, operation, ITERATIONS * ITERATION_MILLIS)
                : byJmh(jdk, token);
    }

    private Map<String, Double> byJmh(Jdk jdk, BenchToken token) throws RunnerException {
        Class<?> owner = operation.startsWith("rsa") ? RsaUnwrapBenchmark.class : AesWrapBenchmark.class;
        RunResult result = new Runner(new OptionsBuilder()
                        .include(owner.getName().replace(".", "\\.") + "\\."
                                + operation.substring(operation.indexOf('-') + 1) + "$")
                        .param("path", path)
                        .threads(1)
                        .forks(1)
                        .jvm(jdk.java())
                        .jvmArgs(token.jvmOptions().toArray(String[]::new))
                        .warmupIterations(WARMUPS)
                        .warmupTime(TimeValue.milliseconds(ITERATION_MILLIS))
                        .measurementIterations(ITERATIONS)
                        .measurementTime(TimeValue.milliseconds(ITERATION_MILLIS))
                        .addProfiler(WorkerCpuProfiler.class)
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .runSingle();
        double cpuNanos = Objects.requireNonNull(result.getSecondaryResults().get(WorkerCpuProfiler.LABEL))
                .getScore();
        return Map.of("perSecond", result.getPrimaryResult().getScore(), "cpuMicros", cpuNanos / 1e3);
    }
}
