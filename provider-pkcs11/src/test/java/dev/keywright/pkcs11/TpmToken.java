/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.testing.Tpm2;
import org.junit.jupiter.api.Assumptions;

/** Keyrings over a TPM in software, where one is installed. */
final class TpmToken {
    private TpmToken() {}

    /** The TPM; without one the test is skipped, saying what is missing. */
    static Tpm2 orSkip() {
        String obstacle = Tpm2.obstacle().orElse("");
        Assumptions.assumeTrue(obstacle.isEmpty(), obstacle);
        return Tpm2.newToken();
    }

    static Pkcs11Quirks.Builder quirks() {
        return Pkcs11Profile.TPM2.quirks().toBuilder();
    }

    static Pkcs11Keyring.Builder builder(Tpm2 token, String label, Pkcs11Quirks quirks) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri(label)))
                .pin(token::pin)
                .quirks(quirks);
    }
}
