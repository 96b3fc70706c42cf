/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchService;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left behind: a complete file, or nothing. */
class TemporaryPathTest {
    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void outputFile_kept_appearsWhole() throws IOException {
        Path target = folder.resolve("target");
        try (OutputFile file = new OutputFile(target, false)) {
            file.stream().write("whole".getBytes(StandardCharsets.US_ASCII));
            assertThat(target).doesNotExist();
            file.keep();
        }
        assertThat(target).hasContent("whole");
        assertThat(names()).containsExactly("target");
    }

    @Test
    void outputFile_notKept_leavesNothing() throws IOException {
        try (OutputFile file = new OutputFile(folder.resolve("target"), false)) {
            file.stream().write(1);
            assertThat(names())
                    .singleElement()
                    .asString()
                    .startsWith(".target.")
                    .endsWith(".part");
        }
        assertThat(names()).isEmpty();
    }

    @Test
    void outputFile_targetThatAppearsMeanwhile_isNotOverwritten() throws IOException {
        Path target = folder.resolve("target");
        try (OutputFile file = new OutputFile(target, false)) {
            file.stream().write(1);
            Files.writeString(target, "somebody else's");
            assertThatThrownBy(file::keep).isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(target).hasContent("somebody else's");
        assertThat(names()).containsExactly("target");
    }

    @Test
    void outputFile_ontoAFolder_isRefused() {
        assertThatThrownBy(() -> new OutputFile(folder, true))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is a folder");
    }

    @Test
    void temporaryPath_folder_isDeletedWithAllInIt() throws IOException {
        Path inner = Files.createDirectories(folder.resolve("top/inner"));
        Files.writeString(inner.resolve("file"), "x");
        new TemporaryPath(folder.resolve("top")).close();
        assertThat(names()).isEmpty();
    }

    /** A command that was interrupted, as by Ctrl-C, while it had a file open. */
    @Test
    void interruptedProcess_leavesNothing() throws IOException, InterruptedException {
        Path temporary = Files.createDirectory(folder.resolve("tmp"));
        Path key = Files.write(folder.resolve("key"), new byte[32]);
        try (WatchService watch = temporary.getFileSystem().newWatchService()) {
            temporary.register(watch, StandardWatchEventKinds.ENTRY_MODIFY);
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Djava.io.tmpdir=" + temporary,
                            "-cp",
                            System.getProperty("java.class.path"),
                            Keywright.class.getName(),
                            "seal",
                            "--key",
                            "aes:" + key,
                            "-",
                            folder.resolve("sealed").toString())
                    .redirectErrorStream(true)
                    .start();
            try (OutputStream in = process.getOutputStream()) {
                in.write(new byte[100_000]);
                in.flush();
                assertThat(watch.poll(60, TimeUnit.SECONDS))
                        .as("the spool is written")
                        .isNotNull();
                process.destroy(); // SIGTERM: as SIGINT, it runs the shutdown hooks
                assertThat(process.waitFor()).isGreaterThan(128);
            } catch (IOException e) {
                // closing a pipe whose reader has gone
                assertThat(process.isAlive()).isFalse();
            }
        }
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).isEmpty();
        }
        assertThat(names()).containsExactly("key", "tmp");
    }
}
