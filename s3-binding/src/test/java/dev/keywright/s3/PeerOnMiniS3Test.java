/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.testing.MiniS3;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The table on the kit's loopback S3, which returns metadata beyond ASCII in S3's double encoding. */
class PeerOnMiniS3Test extends PeerTable {
    PeerOnMiniS3Test() throws IOException {
        super(start());
    }

    private static Server start() {
        MiniS3 s3 = MiniS3.start();
        return new Server("MiniS3", s3.endpoint(), s3);
    }

    /**
     * The peer writes such values raw, we escape them; outside the table, as only S3's own encoding carries the former. Letters
     * of Latin-1 only: the HTTP client makes question marks of all others, before any server sees them.
     */
    @Test
    @Order(3)
    void contextBeyondAscii_eachOpensWhatTheOtherWrote() {
        for (PeerKey key : keys().stream().filter(PeerKey::bindsContext).toList()) {
            for (Format format : Format.values()) {
                exchange(key, format, Map.of("café", "déjà vu"), 1000);
            }
        }
    }
}
