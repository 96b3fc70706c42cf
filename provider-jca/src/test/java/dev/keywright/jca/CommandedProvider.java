/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.NoSuchAlgorithmException;
import java.security.Provider;
import java.security.Security;
import java.util.List;
import java.util.Map;

/** A provider with SunJCE's ciphers, each of them a {@link DelegatingCipher}. */
final class CommandedProvider extends Provider {
    private static final List<String> TRANSFORMATIONS = List.of(
            "AES/ECB/NoPadding",
            "AES/CTR/NoPadding",
            "AES/GCM/NoPadding",
            "AES/CBC/NoPadding",
            "AES/ECB/PKCS5Padding",
            "AESWrap",
            "RSA/ECB/OAEPPadding",
            "RSA/ECB/PKCS1Padding");

    CommandedProvider(DelegatingCipher.Command command) {
        this(command, TRANSFORMATIONS);
    }

    private CommandedProvider(DelegatingCipher.Command command, List<String> transformations) {
        super("Commanded", "1", "SunJCE, as a test commands");
        for (String transformation : transformations) {
            putService(new Service(this, "Cipher", transformation, "made below", List.of(), Map.of()) {
                @Override
                public Object newInstance(Object parameter) {
                    return new DelegatingCipher(transformation, command);
                }
            });
        }
        Service mac = Security.getProvider("SunJCE").getService("Mac", "HmacSHA512");
        putService(new Service(this, "Mac", "HmacSHA512", mac.getClassName(), List.of(), Map.of()) {
            @Override
            public Object newInstance(Object parameter) throws NoSuchAlgorithmException {
                return mac.newInstance(parameter);
            }
        });
    }

    static CommandedProvider lacking(String transformation) {
        return new CommandedProvider(
                (key, spec) -> key,
                TRANSFORMATIONS.stream()
                        .filter(each -> !each.equals(transformation))
                        .toList());
    }
}
