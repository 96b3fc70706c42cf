/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.util.Map;
import org.junit.jupiter.api.Test;

class NativeProbeTest {
    @Test
    void figures_areRatesOfWhatWasCounted() throws Exception {
        assertThat(NativeProbe.figures("ops=3000\nwallNanos=3000000000\ncpuNanos=1500000000\n"))
                .isEqualTo(Map.of("perSecond", 1000.0, "cpuMicros", 500.0));
    }

    @Test
    void output_withoutFigures_fails() {
        assertThatIOException().isThrownBy(() -> NativeProbe.figures("ops=3\n")).withMessageContaining("no figures");
    }
}
