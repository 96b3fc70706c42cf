/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is timed, once. */
class TokenBenchmarksTest {
    @BeforeAll
    static void token() throws Exception {
        TokenOfThisJvm.make();
    }

    @ParameterizedTest
    @ValueSource(strings = {"keywright", "sunpkcs11"})
    void aesKey_byEitherPath_wrapsAfreshAndUnwraps(String path) throws Exception {
        AesWrapBenchmark benchmark = new AesWrapBenchmark();
        benchmark.path = path;
        benchmark.token();
        assertThat(benchmark.wrap()).isNotEqualTo(benchmark.wrap());
        assertThat(benchmark.unwrap()).isNotNull();
        benchmark.close();
    }

    @Test
    void rsaKey_unwraps() {
        RsaUnwrapBenchmark benchmark = new RsaUnwrapBenchmark();
        benchmark.token();
        assertThat(benchmark.unwrap()).isNotNull();
        benchmark.close();
    }
}
