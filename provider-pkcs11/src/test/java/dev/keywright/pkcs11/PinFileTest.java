/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PinFileTest {
    @TempDir
    private Path folder;

    private PinFile file(byte[] content) throws IOException {
        return new PinFile(Files.write(folder.resolve("pin"), content));
    }

    private PinFile file(String content) throws IOException {
        return new PinFile(Files.writeString(folder.resolve("pin"), content));
    }

    @ParameterizedTest
    @ValueSource(strings = {"p\u00efn 1", "p\u00efn 1\n", "p\u00efn 1\r\n"})
    void pin_withOrWithoutLineEnd_isRead(String content) throws IOException {
        assertThat(file(content).get()).containsExactly("p\u00efn 1".toCharArray());
    }

    /** A token would count it as a wrong PIN. Letters, as a temporary folder's name may have any digits. */
    @ParameterizedTest
    @CsvSource({
        "'', no PIN in it",
        "'\n', no PIN in it",
        "'\r\n', no PIN in it",
        "'\uFEFFwxyz\n', begins with a byte order mark",
        "'wxyz\n\n', more than one line",
        "'wxyz\nstuv', more than one line",
        "'wxyz\r', more than one line",
        "'wx\tyz', a control character",
        "'wxyz\u0000', a control character",
        "'wxyz\u0085', a control character"
    })
    void content_thatCannotBeOnePin_isRefused_namingTheFileOnly(String content, String said) throws IOException {
        PinFile file = file(content);
        assertThatThrownBy(file::get)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED))
                .hasMessageContaining(folder.resolve("pin").toString())
                .hasMessageContaining(said)
                .hasMessageNotContaining("wxyz")
                .hasMessageNotContaining("stuv");
    }

    @Test
    void file_absent_isRefusedByItsPath() {
        assertThatThrownBy(() -> new PinFile(folder.resolve("none")).get())
                .isInstanceOf(KeyringException.class)
                .hasMessageContaining(folder.resolve("none").toString());
    }

    @Test
    void file_tooLong_isRefused() throws IOException {
        PinFile file = file("1".repeat(1025));
        assertThatThrownBy(file::get).isInstanceOf(KeyringException.class).hasMessageContaining("1024 bytes");
    }

    @Test
    void file_notText_isRefused() throws IOException {
        PinFile file = file(new byte[] {'1', (byte) 0xFF, '2'});
        assertThatThrownBy(file::get).isInstanceOf(KeyringException.class).hasMessageContaining("not UTF-8");
    }

    @Test
    void file_cutInsideACharacter_isRefused() throws IOException {
        PinFile file = file(new byte[] {'1', (byte) 0xC3});
        assertThatThrownBy(file::get).isInstanceOf(KeyringException.class).hasMessageContaining("not UTF-8");
    }
}
