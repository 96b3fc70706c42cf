/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.envelope.Envelope;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a reader is allowed to read.
 *
 * @param legacyWrap whether wraps that only older clients wrote are opened
 * @param legacyContent whether content that nothing authenticates is decrypted
 */
public record Permissions(CommitmentPolicy commitment, boolean legacyWrap, boolean legacyContent) {
    /** The least that opens an object of this envelope. */
    public static Permissions leastFor(Envelope envelope) {
        return new Permissions(
                envelope.suite().isCommitting()
                        ? CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
                        : CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT,
                envelope.wrapped().algorithm().isLegacy(),
                envelope.suite().tagBytes() == 0);
    }

    /** These with each permission that is granted withdrawn in turn, by the name of what was withdrawn. */
    public Map<String, Permissions> withdrawals() {
        Map<String, Permissions> withdrawals = new LinkedHashMap<>();
        if (commitment != CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT) {
            withdrawals.put(
                    "commitment",
                    new Permissions(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, legacyWrap, legacyContent));
        }
        if (legacyWrap) {
            withdrawals.put("legacyWrap", new Permissions(commitment, false, legacyContent));
        }
        if (legacyContent) {
            withdrawals.put("legacyContent", new Permissions(commitment, legacyWrap, false));
        }
        return withdrawals;
    }
}
