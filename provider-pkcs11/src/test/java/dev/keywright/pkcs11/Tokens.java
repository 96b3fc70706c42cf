/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.Keyrings;
import dev.keywright.testing.SoftHsm;
import java.util.Map;

/** Keyrings over a test token. */
final class Tokens {
    private Tokens() {}

    static Pkcs11Keyring.Builder builder(SoftHsm token, String keyLabel) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri(keyLabel))).pin(token::pin);
    }

    static Pkcs11Keyring keyring(SoftHsm token, String keyLabel) {
        return builder(token, keyLabel).build();
    }

    static Pkcs11Keyring described(SoftHsm token, String keyLabel, Map<String, String> description) {
        return builder(token, keyLabel)
                .description(description)
                .reads(Keyrings.Reads.OWN_DESCRIPTION)
                .build();
    }
}
