/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BackOffTest {
    private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 700_000_000); // runs over, as System.nanoTime may
    private final BackOff backOff = new BackOff(500, 1_500, nanos::get);

    private void pass(long millis) {
        nanos.addAndGet(millis * 1_000_000);
    }

    @Test
    void first_isNow() {
        assertThat(backOff.millisLeft()).isZero();
    }

    @Test
    void failures_inARow_doubleItUpToTheLargest() {
        for (long expected : new long[] {500, 1_000, 1_500, 1_500}) {
            backOff.tried();
            assertThat(backOff.millisLeft()).isEqualTo(expected);
            pass(expected - 1);
            assertThat(backOff.millisLeft()).isEqualTo(1);
            pass(1);
            assertThat(backOff.millisLeft()).isZero();
        }
    }

    @Test
    void success_beginsWithTheFirstAgain_andDoesNotShortenTheOneThatRuns() {
        backOff.tried();
        backOff.worked();
        assertThat(backOff.millisLeft()).isEqualTo(500);
        pass(500);
        backOff.tried();
        assertThat(backOff.millisLeft()).isEqualTo(500);
    }

    @Test
    void failure_afterALongTry_countsFromItsEnd() {
        backOff.tried();
        pass(10_000);
        backOff.failed();
        assertThat(backOff.millisLeft()).isEqualTo(500);
    }

    @Test
    void failure_ofWhatWasNotBegun_countsAsATry() {
        backOff.failed();
        assertThat(backOff.millisLeft()).isEqualTo(500);
    }

    @Test
    void partOfAMillisecond_isNotOver() {
        backOff.tried();
        nanos.addAndGet(499_000_001);
        assertThat(backOff.millisLeft()).isEqualTo(1);
    }
}
