/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.spi.KeyringException;
import dev.keywright.testing.SoftHsm;
import java.io.File;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code keywright demo}: the main job before your eyes. SoftHSM reads its configuration from the environment that its
 * process was started with, so the demo runs in a child of this one, on a token folder of its own.
 */
@Command(
        name = "demo",
        header = "Shows the main job on a software HSM and a loopback S3, and checks every claim.",
        description =
                "Makes a SoftHSM token in a temporary folder, and removes it again. Needs no account and no network.")
final class DemoCommand extends Subcommand {
    @Option(names = "--stage", hidden = true, paramLabel = "FOLDER", description = "where the child's token folder is")
    @Nullable
    Path stage;

    DemoCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    public Integer call() throws IOException {
        if (!SoftHsm.isInstalled()) {
            throw new KeyringException(
                    KeyringException.Reason.MISCONFIGURED,
                    "the demo needs SoftHSM and pkcs11-tool; on Debian and Ubuntu: apt-get install softhsm2 opensc");
        }
        return stage == null ? inChild() : new Demo(terminal, output).run();
    }

    private int inChild() throws IOException {
        try (TemporaryPath folder = new TemporaryPath(Files.createTempDirectory("keywright-demo-"))) {
            ProcessBuilder builder = new ProcessBuilder(command(folder.path())).inheritIO();
            builder.environment()
                    .put("SOFTHSM2_CONF", folder.path().resolve("softhsm2.conf").toString());
            return builder.start().waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the demo ran");
        }
    }

    private List<String> command(Path folder) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:+UseSerialGC", "-Xshare:auto", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", classPath(), Keywright.class.getName(), "demo", "--stage", folder.toString()));
        if (output.json) {
            command.add("--json");
        }
        if (output.quiet) {
            command.add("--quiet");
        }
        if (output.verbose) {
            command.add("--verbose");
        }
        return command;
    }

    /** Modules run from the class path just as well. */
    private static String classPath() {
        String modules = System.getProperty("jdk.module.path");
        String classes = System.getProperty("java.class.path");
        return modules == null ? classes : classes.isEmpty() ? modules : modules + File.pathSeparator + classes;
    }

    @Override
    void perform() {
        throw new IllegalStateException("the demo has exit codes of its own");
    }
}
