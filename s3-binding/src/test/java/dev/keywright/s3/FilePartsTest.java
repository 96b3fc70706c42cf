/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilePartsTest {
    @TempDir
    Path folder;

    @Test
    void file_thatHasBecomeShorter_isRefused_andWhatWasReadOfItIsWiped() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "plaintext");
        byte[] buffer = new byte[32 + 16];
        try (FileParts parts = new FileParts(file, 100, 32, 16, () -> false)) {
            assertThatThrownBy(() -> parts.next(buffer))
                    .isInstanceOf(EOFException.class)
                    .hasMessage(file + " ended after 9 of 100 bytes");
        }
        assertThat(buffer).containsOnly(0);
    }
}
