/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import dev.keywright.spi.Keyring;
import java.util.Map;
import java.util.function.Function;
import software.amazon.encryption.s3.materials.S3Keyring;

/**
 * One master key, as Keywright has it and as the peer has it.
 *
 * @param name the wrap, and where our half of the key is
 * @param bindsContext whether the key binds an encryption context, rather than having a materials description
 * @param ours makes our keyring, for a materials description; the caller closes it
 * @param peers makes the peer's
 */
record PeerKey(
        String name,
        boolean bindsContext,
        Function<Map<String, String>, Keyring> ours,
        Function<Map<String, String>, S3Keyring> peers) {
    @Override
    public String toString() {
        return name;
    }
}
