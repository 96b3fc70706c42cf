/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The checkout these tests look at, and its modules as they were built. */
final class House {
    /** The top of the checkout. */
    static final Path ROOT = Path.of(Objects.requireNonNull(
            System.getProperty("keywright.root"), "the system property keywright.root, which the build sets"));

    private House() {}

    /** One Maven module that is published or run. */
    enum Floor {
        SPI("spi"),
        ENVELOPE("envelope"),
        JCA("provider-jca"),
        PKCS11("provider-pkcs11"),
        KMS("provider-kms"),
        S3("s3-binding"),
        TEST_VECTORS("test-vectors"),
        CLI("cli");

        private final String folder;

        Floor(String folder) {
            this.folder = folder;
        }

        String folderName() {
            return folder;
        }

        Path folder() {
            return ROOT.resolve(folder);
        }

        Path classes() {
            return folder().resolve("target/classes");
        }

        ModuleDescriptor descriptor() {
            try (InputStream in = Files.newInputStream(classes().resolve("module-info.class"))) {
                return ModuleDescriptor.read(in);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The files below a folder whose names end so; none if there is no such folder. */
    static List<Path> files(Path folder, String ending) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            return walk.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
