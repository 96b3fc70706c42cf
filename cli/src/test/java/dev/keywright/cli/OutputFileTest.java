/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputFileTest {
    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static void write(Path target, boolean overwrite) throws IOException {
        try (OutputFile file = new OutputFile(target, overwrite)) {
            file.stream().write("new".getBytes(StandardCharsets.US_ASCII));
            file.keep();
        }
    }

    @Test
    void pipe_isNotReplaced_alsoByForce() throws Exception {
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        for (boolean overwrite : new boolean[] {false, true}) {
            assertThatThrownBy(() -> write(pipe, overwrite))
                    .isInstanceOf(IOException.class)
                    .hasMessage(pipe + ": is no regular file, and only those are replaced; standard output is -");
        }
        assertThat(Files.readAttributes(pipe, "isOther")).containsEntry("isOther", true);
        assertThat(names()).containsExactly("pipe");
    }

    @Test
    void device_behindALink_isNotReplaced() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("null"), Path.of("/dev/null"));
        assertThatThrownBy(() -> write(link, true)).hasMessageContaining("is no regular file");
        assertThat(link).isSymbolicLink();
        assertThat(names()).containsExactly("null");
    }

    @Test
    void fileThatFewMayRead_replaced_isReadByNoMore() throws IOException {
        Path target = Files.writeString(folder.resolve("secret"), "old");
        Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
        write(target, true);
        assertThat(target).hasContent("new");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(target)))
                .isEqualTo("rw-------");
    }

    @Test
    void missingFolder_isNamed_notTheTemporaryFile() {
        Path target = folder.resolve("none").resolve("file");
        assertThatThrownBy(() -> OutputFile.requireFree(target, false))
                .isInstanceOf(NoSuchFileException.class)
                .hasMessage(folder.resolve("none").toString());
    }

    @Test
    void emptyName_isCalledThat() {
        assertThatThrownBy(() -> OutputFile.requireFree(Path.of(""), true)).hasMessage("the name of a file is empty");
    }

    @Test
    void fileThatAppearsMeanwhile_withoutForce_isLeftAsItIs() throws IOException {
        Path target = folder.resolve("file");
        try (OutputFile file = new OutputFile(target, false)) {
            Files.writeString(target, "another's");
            assertThatThrownBy(file::keep).isInstanceOf(FileAlreadyExistsException.class);
        }
        assertThat(target).hasContent("another's");
        assertThat(names()).containsExactly("file");
    }

    @Test
    void pipeThatAppearsMeanwhile_withForce_isNotReplaced() throws Exception {
        Path target = folder.resolve("pipe");
        try (OutputFile file = new OutputFile(target, true)) {
            assertThat(new ProcessBuilder("mkfifo", target.toString()).start().waitFor())
                    .isZero();
            assertThatThrownBy(file::keep).hasMessageContaining("is no regular file");
        }
        assertThat(names()).containsExactly("pipe");
    }
}
