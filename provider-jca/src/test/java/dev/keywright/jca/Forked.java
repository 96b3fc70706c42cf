/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.jcatest.ProviderMain;
import dev.keywright.spi.DataKey;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs a main class of the tests in a JVM of its own, the same as this one's. */
final class Forked {
    private Forked() {}

    /** What it prints. */
    static String run(Class<?> main, List<String> options, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.add(main.getName());
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output;
    }

    /** SPI, this module and its tests. */
    static String classPath() throws URISyntaxException {
        return home(DataKey.class)
                + File.pathSeparator
                + home(KeywrightProvider.class)
                + File.pathSeparator
                + home(ProviderMain.class);
    }

    static String home(Class<?> of) throws URISyntaxException {
        return Path.of(of.getProtectionDomain().getCodeSource().getLocation().toURI())
                .toString();
    }
}
