/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.testing;

import java.security.SecureRandom;

/** A key of {@link MiniKms}. */
final class KmsKey {
    final String id;
    final String arn;
    final byte[] material = new byte[32];
    /** {@code Enabled}, {@code Disabled} or {@code PendingDeletion}. */
    volatile String state = "Enabled";

    KmsKey(String id, String arn, SecureRandom random) {
        this.id = id;
        this.arn = arn;
        random.nextBytes(material);
    }

    void requireUsable() {
        if (state.equals("Disabled")) {
            throw new KmsError("DisabledException", arn + " is disabled.");
        }
        if (!state.equals("Enabled")) {
            throw new KmsError("KMSInvalidStateException", arn + " is pending deletion.");
        }
    }
}
