/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.testing.Nss;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** Keyrings over a token of NSS, where that is installed. */
final class NssToken {
    private NssToken() {}

    /** The token; without NSS the test is skipped, saying what is missing. */
    static Nss orSkip() {
        List<String> missing = Nss.missing();
        Assumptions.assumeTrue(missing.isEmpty(), () -> "NSS is not here, missing: " + String.join(", ", missing));
        return Nss.newToken();
    }

    static Pkcs11Quirks.Builder quirks(Nss token) {
        return Pkcs11Profile.NSS.quirks().toBuilder().initArgument(token.initArgument());
    }

    static Pkcs11Keyring.Builder builder(Nss token, String label) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri(label)))
                .pin(token::pin)
                .quirks(quirks(token).build());
    }
}
