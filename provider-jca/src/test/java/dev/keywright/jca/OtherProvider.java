/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Provider;
import java.util.Optional;

/**
 * JCA providers that are not on the class path of the tests, as two of one name or one package would be; each in a class
 * loader of its own, from the folder to which the build copies them.
 */
final class OtherProvider {
    private static final Optional<Provider> BOUNCY_CASTLE_LTS =
            loaded("bcprov-lts8on.jar", "org.bouncycastle.jce.provider.BouncyCastleProvider");
    private static final Optional<Provider> CONSCRYPT =
            loaded("conscrypt-openjdk-uber.jar", "org.conscrypt.OpenSSLProvider");

    private OtherProvider() {}

    /** BouncyCastle's long-term support line, which has native code. */
    static Optional<Provider> bouncyCastleLts() {
        return BOUNCY_CASTLE_LTS;
    }

    /** Google's, which takes 12-byte IVs only and gives no ciphertext before the end. */
    static Optional<Provider> conscrypt() {
        return CONSCRYPT;
    }

    /** Empty where it does not load, as native code may not. */
    private static Optional<Provider> loaded(String jar, String className) {
        try {
            Path file = Path.of(OtherProvider.class
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .resolveSibling("providers")
                    .resolve(jar);
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            // Never closed: a provider may load classes for as long as it is used.
            ClassLoader own =
                    new URLClassLoader(new URL[] {file.toUri().toURL()}, ClassLoader.getPlatformClassLoader());
            return Optional.of(
                    (Provider) own.loadClass(className).getDeclaredConstructor().newInstance());
        } catch (MalformedURLException | URISyntaxException e) {
            throw new AssertionError(e);
        } catch (ReflectiveOperationException | LinkageError e) {
            return Optional.empty();
        }
    }
}
