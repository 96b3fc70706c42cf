/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.token;

import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.spi.Keyring;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import java.util.Objects;
import javax.crypto.SecretKey;

/** The keys of {@link BenchToken} in a measuring process, which has the token from its system properties. */
public final class TokenKeys {
    static final String MODULE = "keywright.bench.token.module";
    static final String TOKEN = "keywright.bench.token.label";
    static final String SLOT = "keywright.bench.token.slot";
    static final String PIN_FILE = "keywright.bench.token.pin-file";

    private TokenKeys() {}

    /** Keywright's keyring for the AES key. */
    public static Keyring aes() {
        return keyring(BenchToken.AES);
    }

    static Keyring rsa() {
        return keyring(BenchToken.RSA);
    }

    private static Keyring keyring(String label) {
        return Pkcs11Keyring.builder(Pkcs11Uri.parse("pkcs11:token=" + property(TOKEN) + ";object=" + label
                        + "?module-path=" + property(MODULE) + "&pin-source=file:" + property(PIN_FILE)))
                .build();
    }

    /** The JDK's own provider for the token. */
    static Provider sunPkcs11() {
        return Security.getProvider("SunPKCS11")
                .configure("--name=Bench\nlibrary=" + property(MODULE) + "\nslot=" + property(SLOT) + "\n");
    }

    /** The AES key as that provider sees it. */
    static SecretKey sunAes(Provider sunPkcs11) throws GeneralSecurityException, IOException {
        byte[] bytes = Files.readAllBytes(Path.of(property(PIN_FILE)));
        char[] pin = StandardCharsets.US_ASCII
                .decode(ByteBuffer.wrap(bytes))
                .toString()
                .toCharArray();
        try {
            KeyStore keys = KeyStore.getInstance("PKCS11", sunPkcs11);
            keys.load(null, pin);
            return (SecretKey) Objects.requireNonNull(keys.getKey(BenchToken.AES, null));
        } finally {
            Arrays.fill(bytes, (byte) 0);
            Arrays.fill(pin, '\0');
        }
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), name);
    }
}
