/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.Provider;
import java.util.List;
import java.util.Map;

/** A provider with SunJCE's ciphers, each of them a {@link DelegatingCipher}. */
final class CommandedProvider extends Provider {
    CommandedProvider(DelegatingCipher.Command command) {
        super("Commanded", "1", "SunJCE, as a test commands");
        for (String transformation :
                List.of("AES/ECB/NoPadding", "AES/CTR/NoPadding", "AES/GCM/NoPadding", "RSA/ECB/OAEPPadding")) {
            putService(new Service(this, "Cipher", transformation, "made below", List.of(), Map.of()) {
                @Override
                public Object newInstance(Object parameter) {
                    return new DelegatingCipher(transformation, command);
                }
            });
        }
    }
}
