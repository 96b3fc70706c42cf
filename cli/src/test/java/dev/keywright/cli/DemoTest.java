/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {
    /** As a user starts it: the child process, its environment, its exit code, and nothing left behind. */
    @Test
    void demo_asItsOwnProcess_endsWellAndLeavesNothing(@TempDir Path folder) throws IOException, InterruptedException {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Path output = folder.resolve("output");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Keywright.class.getName(),
                "demo");
        builder.environment().remove("SOFTHSM2_CONF");
        builder.redirectOutput(output.toFile()).redirectError(ProcessBuilder.Redirect.INHERIT);
        assertThat(builder.start().waitFor()).isZero();
        assertThat(Files.readString(output))
                .contains("A token, with two master keys in it", "Put and get", "What S3 holds", "One flipped bit")
                .contains("✓ AES key, format V2", "✓ RSA key, format V3")
                .contains("All 12 claims were checked")
                .doesNotContain("✗", "\u001b");
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith("keywright"));
        }
    }

    @Test
    void page_aClaimThatDoesNotHold_isShownAndCounted() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        DemoPage page = new DemoPage(new PrintStream(out, true, StandardCharsets.UTF_8), false);
        page.claim(true, "water is wet");
        page.claim(false, "the moon is made of cheese");
        assertThat(page.claims()).isEqualTo(2);
        assertThat(page.failed()).isEqualTo(List.of("the moon is made of cheese"));
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("✗ NOT TRUE: the moon is made of cheese");
    }
}
