/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static dev.keywright.cli.Run.keywright;
import static dev.keywright.cli.Run.succeed;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a terminal is shown of text that others wrote, and text that did not come whole. */
class TerminalTextTest {
    private static final String HOSTILE = "x\u001b[2J\u202emoc\nformat         V9\u009b31m";
    private static final String SHOWN = "x\\u001b[2J\\u202emoc\\u000aformat         V9\\u009b31m";

    @TempDir
    private Path folder;

    private Path plain;
    private Path sealed;
    private String key;

    @BeforeEach
    void files() throws IOException {
        plain = Files.writeString(folder.resolve("plain"), "text");
        sealed = folder.resolve("sealed");
        key = "aes:" + Files.write(folder.resolve("key"), new byte[32]);
    }

    @Nested
    class Hostile {
        @BeforeEach
        void sealUnderAHostileDescription() {
            succeed("seal", "--key", key, "--description", "key=" + HOSTILE, plain, sealed);
        }

        @Test
        void inspect_showsItByNumbers_inTheOneLineThatItBelongsTo() {
            assertThat(succeed("inspect", sealed).out())
                    .contains("materials description {key=" + SHOWN + "}\n")
                    .doesNotContain("\u001b", "\u202e", "\u009b");
        }

        @Test
        void inspectJson_hasItAsItIs() {
            assertThat(succeed("inspect", "--json", sealed).out())
                    .contains("{\"key\":\"x\\u001b[2J\\u202emoc\\u000aformat         V9\\u009b31m\"}");
        }

        @Test
        void errors_showItByNumbers() {
            Outcome outcome = keywright("open", "--key", key, sealed, "-");
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("\\u001b[2J").doesNotContain("\u001b", "\u202e", "\u009b");
        }

        @Test
        void reports_showItByNumbers() throws IOException {
            Path hostile = Files.copy(plain, folder.resolve("a\u001b[1mb"));
            assertThat(succeed("seal", "--key", key, hostile, folder.resolve("c"))
                            .err())
                    .contains("a\\u001b[1mb")
                    .doesNotContain("\u001b");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\u0000", "\u0007", "\t", "\r", "\u007f", "\u0085", "\u061c", "\u200e", "\u2028", "\u2066"})
    void characterThatSteers_isShownByItsNumber(String steering) {
        String shown = String.format("a\\u%04xb", (int) steering.charAt(0));
        assertThat(Printable.line("a" + steering + "b")).isEqualTo(shown);
        assertThat(Printable.lines("a" + steering + "b")).isEqualTo(shown);
    }

    @Test
    void otherText_isShownAsItIs() {
        String text = "Zürich, 鍵, 🔒, עברית";
        assertThat(Printable.line(text)).isEqualTo(text);
        assertThat(Printable.lines(text + "\n" + text)).isEqualTo(text + "\n" + text);
    }

    @Nested
    class NotInThisLocale {
        @Test
        void argument_isRefused_asItWouldBeAnotherName() {
            Outcome outcome = keywright("seal", "--key", key, plain, folder.resolve("Z\ufffd\ufffdrich"));
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.errorLine()).contains("is not text in this locale", "LC_ALL=C.UTF-8");
            assertThat(folder).isDirectoryNotContaining("glob:**rich*");
        }

        @Test
        void argument_refusedWithJson_isJson() {
            Outcome outcome = keywright("inspect", "--json", "\ufffd");
            assertThat(outcome.err()).startsWith("{\"error\":\"usage\"").contains("locale");
        }

        @Test
        void pinOfTheEnvironment_isRefused_andNotShown() {
            Outcome outcome = new Run()
                    .environment("KEYWRIGHT_PIN", "geheim\ufffd\ufffd")
                    .run("open", "--key", "rsa:" + encryptedKey(), sealed, "-");
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine())
                    .contains("KEYWRIGHT_PIN is not text in this locale")
                    .doesNotContain("geheim");
        }

        /** Any that asks for a passphrase: PKCS#12 begins with a SEQUENCE. */
        private Path encryptedKey() {
            succeed("seal", "--key", key, plain, sealed);
            try {
                return Files.write(folder.resolve("key.p12"), new byte[] {0x30, 0});
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Nested
    class OutputThatIsFull {
        @BeforeEach
        void seal() {
            succeed("seal", "--key", key, plain, sealed);
        }

        @Test
        void answer_isAnIoError() {
            for (Object[] command : new Object[][] {{"inspect", sealed}, {"inspect", "--json", sealed}, {"--help"}}) {
                Outcome outcome = new Run().outIsFull().run(command);
                assertThat(outcome.exitCode()).isEqualTo(7);
                assertThat(outcome.err()).contains("standard output was closed, or is full, before all was written");
            }
        }

        @Test
        void plaintext_isAnIoError_saidOnce() {
            Outcome outcome = new Run().outIsFull().run("open", "--key", key, sealed, "-");
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).contains("standard output was closed, or is full, before all was written");
        }

        @Test
        void otherErrors_keepTheirCode() {
            Outcome outcome = new Run().outIsFull().run("inspect", plain);
            assertThat(outcome.exitCode()).isEqualTo(5);
            assertThat(outcome.errorLine()).doesNotContain("standard output");
        }
    }
}
