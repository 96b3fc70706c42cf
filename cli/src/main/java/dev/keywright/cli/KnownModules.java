/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** PKCS#11 modules at the places where their packages put them. */
final class KnownModules {
    private static final List<String> FOLDERS = List.of(
            "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib");
    private static final List<String> NAMES = List.of(
            "softhsm/libsofthsm2.so",
            "opensc-pkcs11.so",
            "libykcs11.so",
            "libtpm2_pkcs11.so.1",
            "pkcs11/yubihsm_pkcs11.so");
    private static final String CLOUD_HSM = "/opt/cloudhsm/lib/libcloudhsm_pkcs11.so";

    private KnownModules() {}

    static List<Path> present() {
        return Stream.concat(
                        NAMES.stream().flatMap(name -> FOLDERS.stream().map(folder -> Path.of(folder, name))),
                        Stream.of(Path.of(CLOUD_HSM)))
                .filter(Files::isReadable)
                .map(KnownModules::real)
                .distinct()
                .toList();
    }

    /** One library under two names is one module. */
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
