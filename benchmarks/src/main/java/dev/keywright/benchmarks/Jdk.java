/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * A JDK to measure on.
 *
 * @param feature 17, 25
 * @param title version and maker
 */
record Jdk(Path home, int feature, String title) {
    static Jdk at(Path home) throws IOException {
        Properties release = new Properties();
        try (var in = Files.newBufferedReader(home.resolve("release"))) {
            release.load(in);
        }
        String version = unquoted(release, "JAVA_VERSION");
        int feature = Runtime.Version.parse(version).feature();
        return new Jdk(home, feature, (version + " " + unquoted(release, "IMPLEMENTOR")).trim());
    }

    private static String unquoted(Properties release, String name) {
        return release.getProperty(name, "").replace("\"", "");
    }

    String java() {
        return home.resolve("bin/java").toString();
    }
}
