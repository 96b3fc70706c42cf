/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Finds a module by name, in the folders where packages and administrators put modules. Whoever may write to one of them is
 * trusted with the PIN.
 */
final class ModuleName {
    private static final List<String> PARENTS = List.of("", "pkcs11", "softhsm", "nss", "opencryptoki");
    private static final List<Path> FOLDERS = List.of(
            Path.of("/usr/lib/x86_64-linux-gnu"),
            Path.of("/usr/lib/aarch64-linux-gnu"),
            Path.of("/usr/lib64"),
            Path.of("/usr/lib"),
            Path.of("/usr/local/lib"),
            Path.of("/opt/cloudhsm/lib"),
            Path.of("/opt/nfast/toolkits/pkcs11"));

    private ModuleName() {}

    /** What a URI says of its module: its path, or what a name leads to. */
    static Path of(Pkcs11Uri uri) {
        return uri.modulePath()
                .orElseGet(() -> uri.moduleName()
                        .map(name -> found(uri, name, FOLDERS))
                        .orElseThrow(() -> new KeyringException(
                                Reason.MISCONFIGURED,
                                uri + ": the URI has no module-path, the HSM's PKCS#11 library, and no module-name")));
    }

    /**
     * The one library of this name.
     *
     * @throws KeyringException with reason MISCONFIGURED if there is none, or more than one
     */
    static Path found(Pkcs11Uri uri, String name, List<Path> folders) {
        Set<Path> found = new LinkedHashSet<>();
        for (Path folder : folders) {
            for (String parent : PARENTS) {
                for (String file : List.of("lib" + name + ".so", name + ".so", "lib" + name + ".dylib")) {
                    Path path = folder.resolve(parent).resolve(file);
                    if (Files.isRegularFile(path)) {
                        found.add(real(path));
                    }
                }
            }
        }
        if (found.size() == 1) {
            return found.iterator().next();
        }
        throw new KeyringException(
                Reason.MISCONFIGURED,
                uri + ": wanted one PKCS#11 library of module-name " + name + " in " + folders + ", and "
                        + (found.isEmpty() ? "there is none" : "there are " + found) + "; give module-path");
    }

    /** One library under two names is one module. */
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path; // what is wrong with it, loading it tells
        }
    }
}
