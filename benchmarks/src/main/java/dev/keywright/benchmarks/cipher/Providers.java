/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.cipher;

import java.security.Provider;
import java.security.Security;

/** JCA providers by the names that they are known by. */
final class Providers {
    private Providers() {}

    /** The provider of that name; an IllegalArgumentException if there is none, or it does not load here. */
    static Provider named(String name) {
        Provider registered = Security.getProvider(name);
        if (registered != null) {
            return registered;
        }
        try {
            return switch (name) {
                case "BC" ->
                    Class.forName("org.bouncycastle.jce.provider.BouncyCastleProvider")
                            .asSubclass(Provider.class)
                            .getConstructor()
                            .newInstance();
                case "ACCP" ->
                    (Provider) Class.forName("com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider")
                            .getField("INSTANCE")
                            .get(null);
                default -> throw new IllegalArgumentException("no provider " + name + "; there are SunJCE, BC, ACCP");
            };
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("provider " + name + " does not load", e);
        }
    }
}
