/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jcatest;

import java.security.Provider;
import java.security.Security;
import java.util.ServiceLoader;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/** Run in a JVM of its own by tests: says how the provider was found there, and uses it. */
public final class ProviderMain {
    private ProviderMain() {}

    /** Finds the provider by {@code list} or by {@code loader}. */
    public static void main(String[] args) throws Exception {
        if (args[0].equals("loader")) {
            for (Provider each : ServiceLoader.load(Provider.class)) {
                if (each.getName().equals("Keywright")) {
                    Security.addProvider(each);
                }
            }
        }
        Provider provider = Security.getProvider("Keywright");
        if (provider == null) {
            System.out.print("absent");
            return;
        }
        Cipher cipher = Cipher.getInstance("S3Content-AES-GCM-HKDF-SHA512-COMMIT");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(new byte[32], "AES"));
        int length = cipher.doFinal(new byte[5]).length;
        System.out.print(provider.getClass().getModule().isNamed() + " " + length);
    }
}
