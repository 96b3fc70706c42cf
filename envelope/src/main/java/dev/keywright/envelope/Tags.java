/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import java.security.MessageDigest;

/** The one comparison of content tags. */
final class Tags {
    private Tags() {}

    /** Compares in constant time. */
    static void requireSame(Bytes computed, Bytes stored) {
        if (!MessageDigest.isEqual(computed.toByteArray(), stored.toByteArray())) {
            throw new IntegrityException(
                    IntegrityException.Stage.CONTENT,
                    "the content does not verify: body, tag or envelope were altered, truncated or extended");
        }
    }
}
