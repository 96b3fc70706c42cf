/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.jca.HashingWay.Way;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashingWayTest {
    private static PieceSize warm() {
        PieceSize feed = new PieceSize();
        while (!feed.isWarm()) {
            feed.next();
        }
        return feed;
    }

    @Test
    void firstParts_goByGmac() {
        HashingWay hashing = HashingWay.measured(warm());
        for (int part = 0; part < HashingWay.UNTRIED_PARTS; part++) {
            assertThat(hashing.next()).isEqualTo(Way.GMAC);
        }
        assertThat(hashing.next()).isEqualTo(Way.REENCRYPTION);
    }

    @ParameterizedTest
    @CsvSource({"100,90,REENCRYPTION", "90,100,GMAC", "100,100,GMAC"})
    void bestTimes_decideForGood(long ofGmac, long ofReencryption, Way faster) {
        HashingWay hashing = HashingWay.measured(warm());
        Map<Way, Integer> parts = new EnumMap<>(Way.class);
        for (int part = 0; !hashing.isSettled(); part++) {
            Way way = hashing.next();
            parts.merge(way, 1, Integer::sum);
            // Late for once, as for a thread that waits; that is not the way's fault.
            hashing.took(way, (way == Way.GMAC ? ofGmac : ofReencryption) * (part % 3 == 0 ? 50 : 1));
            assertThat(part).isLessThan(200);
        }
        assertThat(parts.get(Way.REENCRYPTION)).isGreaterThanOrEqualTo(HashingWay.TIMED_PARTS);
        for (int part = 0; part < 100; part++) {
            assertThat(hashing.next()).isEqualTo(faster);
            hashing.took(Way.GMAC, part % 2);
            hashing.took(Way.REENCRYPTION, (part + 1) % 2);
        }
    }

    @Test
    void times_ofAPathThatIsNotCompiled_doNotCount() {
        PieceSize cold = new PieceSize();
        HashingWay hashing = HashingWay.measured(cold);
        for (int part = 0; part < 500; part++) {
            hashing.took(hashing.next(), 100);
        }
        assertThat(hashing.isSettled()).isFalse();
        assertThat(hashing.next()).as("what has to be compiled").isEqualTo(Way.REENCRYPTION);
    }

    @Test
    void always_isSettled() {
        for (Way way : Way.values()) {
            assertThat(HashingWay.always(way).isSettled()).isTrue();
            assertThat(HashingWay.always(way).next()).isEqualTo(way);
        }
    }
}
