/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/hsm/softhsm.md is a walk that can be walked: its commands, in an empty folder, end with an object in S3. */
class SoftHsmWalkTest {
    private static final Path PAGE = Path.of(Objects.requireNonNull(System.getProperty("keywright.root")))
            .resolve("docs/hsm/softhsm.md");
    private static final Pattern BLOCK = Pattern.compile("```sh\\n(.*?)```", Pattern.DOTALL);

    @TempDir
    private Path folder;

    /** All but the first block, which says where the checkout is. */
    private static String commands() throws IOException {
        StringBuilder commands = new StringBuilder();
        Matcher block = BLOCK.matcher(Files.readString(PAGE));
        assertThat(block.find()).isTrue();
        while (block.find()) {
            commands.append(block.group(1));
        }
        return commands.toString();
    }

    @Test
    void everyCommand_inAnEmptyFolder_endsWithAnObjectThatComesBack() throws Exception {
        String java = Path.of(System.getProperty("java.home"), "bin").toString();
        String classPath = System.getProperty("java.class.path");
        Path tools = Files.createDirectory(folder.resolve("tools"));
        Path launcher = Files.writeString(
                tools.resolve("keywright"),
                "#!/bin/sh\nexec java -XX:+UseSerialGC -cp \"$KEYWRIGHT_LIB\" dev.keywright.cli.Keywright \"$@\"\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
        Path place = Files.createDirectory(folder.resolve("empty"));
        Path said = folder.resolve("said");
        ProcessBuilder builder = new ProcessBuilder("sh", "-eu", "-c", commands())
                .directory(place.toFile())
                .redirectErrorStream(true)
                .redirectOutput(said.toFile());
        builder.environment().put("KEYWRIGHT_LIB", classPath);
        builder.environment().put("PATH", tools + ":" + java + ":" + System.getenv("PATH"));
        builder.environment().remove("SOFTHSM2_CONF");
        Process walk = builder.start();
        try {
            assertThat(walk.waitFor(3, TimeUnit.MINUTES)).isTrue();
        } finally {
            walk.destroy();
        }
        String output = Files.readString(said);
        assertThat(walk.exitValue()).as(output).isZero();
        assertThat(place.resolve("report.again.txt")).hasContent("nobody else has to know\n");
        assertThat(output).contains("AES/GCM: yes", "serves     writes and reads formats V3 and V2");
        assertThat(place.resolve("check.html")).content().doesNotContain("blue4711");
    }
}
