/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static dev.keywright.tck.WycheproofAssertions.assertAsPinned;

import dev.keywright.pkcs11.Pkcs11Primitives;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.testing.SoftHsm;
import org.junit.jupiter.api.Test;

/** What a token does with Wycheproof's vectors, through our own Cryptoki binding. */
class WycheproofOnTokenTest {
    @Test
    void softHsm_isAsPinned() {
        try (SoftHsm token = SoftHsm.newToken();
                Pkcs11Primitives primitives = Pkcs11Primitives.open(Pkcs11Uri.parse(token.uri("any")), token::pin)) {
            assertAsPinned(new TokenPrimitives(primitives), "SoftHSM");
        }
    }
}
