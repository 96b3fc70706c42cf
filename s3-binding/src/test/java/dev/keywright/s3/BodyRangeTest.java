/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.FormatException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** Which part of a body a response says that it is of. */
class BodyRangeTest {
    private static GetObjectResponse response(@Nullable String contentRange, @Nullable Long length) {
        return GetObjectResponse.builder()
                .contentRange(contentRange)
                .contentLength(length)
                .build();
    }

    @Test
    void header_wellFormed_isRead() {
        assertThat(BodyRange.of(response("bytes 16-31/60", 16L))).isEqualTo(new BodyRange(16, 32, 60));
        assertThat(BodyRange.of(response("bytes 0-59/60", null))).isEqualTo(new BodyRange(0, 60, 60));
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "none, 60",
                "bytes */60, 60",
                "bytes 0-15/*, 16",
                "bytes 0-60/60, 61",
                "bytes 0-15/60, 15",
                "bytes 0-15/60, 17",
                "bytes 0-1234567890123456789/60, none",
                "items 0-15/60, 16",
                "'bytes 0-15/60,20-30/60', 16"
            })
    void header_missingOrContradictingItself_isRefused(@Nullable String contentRange, @Nullable Long length) {
        assertThatThrownBy(() -> BodyRange.of(response(contentRange, length)))
                .isInstanceOf(FormatException.class)
                .hasMessageContaining("a range was asked for that this is not");
    }

    @Test
    void range_thatLacksAByteOfWhatIsNeeded_isRefused() {
        BodyRange range = new BodyRange(16, 48, 60);
        assertThatCode(() -> range.requireHolds(16, 48)).doesNotThrowAnyException();
        assertThatCode(() -> range.requireHolds(17, 20)).doesNotThrowAnyException();
        for (long[] needed : new long[][] {{15, 48}, {16, 49}, {0, 16}, {48, 60}}) {
            assertThatThrownBy(() -> range.requireHolds(needed[0], needed[1]))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("bytes 16-47");
        }
    }

    @Test
    void range_thatIsAnotherThanTheVeryOne_isRefused() {
        BodyRange range = new BodyRange(16, 48, 60);
        assertThatCode(() -> range.requireExactly(16, 48)).doesNotThrowAnyException();
        for (long[] other : new long[][] {{0, 48}, {32, 48}, {16, 47}, {16, 60}}) {
            assertThatThrownBy(() -> range.requireExactly(other[0], other[1]))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("bytes 16-47");
        }
    }
}
