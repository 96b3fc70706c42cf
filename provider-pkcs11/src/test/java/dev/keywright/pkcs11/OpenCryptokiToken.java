/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.testing.OpenCryptoki;
import org.junit.jupiter.api.Assumptions;

/** Keyrings over a token of openCryptoki, where that is installed. */
final class OpenCryptokiToken {
    private OpenCryptokiToken() {}

    /** The token; without openCryptoki the test is skipped, saying what is missing. */
    static OpenCryptoki orSkip() {
        String obstacle = OpenCryptoki.obstacle().orElse("");
        Assumptions.assumeTrue(obstacle.isEmpty(), obstacle);
        return OpenCryptoki.newToken();
    }

    static Pkcs11Quirks.Builder quirks() {
        return Pkcs11Profile.OPENCRYPTOKI.quirks().toBuilder();
    }

    static Pkcs11Keyring.Builder builder(OpenCryptoki token, String label, Pkcs11Quirks quirks) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri(label)))
                .pin(token::pin)
                .quirks(quirks);
    }
}
