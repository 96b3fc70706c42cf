/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static dev.keywright.cli.Run.keywright;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTest {
    /** Of a key that the token would show to whoever asks. */
    private static final byte[] KNOWN = HexFormat.of().parseHex("c0ffee".repeat(10) + "0102");

    private static SoftHsm token;
    private static String pin;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeToken() {
        token = SoftHsm.newToken();
        pin = new String(token.pin());
        token.generateAes("aes", "01", 32);
        token.generateRsa("rsa", "02", 2048);
        token.generateAes("twice", "03", 32);
        token.generateAes("twice", "04", 32);
        token.generateAes("loose", "05", 32, "--extractable");
        token.importAes("known", "06", KNOWN, "--extractable");
    }

    @AfterAll
    static void deleteToken() {
        token.close();
    }

    private Path pinFile() throws IOException {
        return Files.writeString(folder.resolve("pin"), pin + "\n");
    }

    private static Outcome withPin(Object... arguments) {
        return new Run().environment("KEYWRIGHT_PIN", pin).run(arguments);
    }

    @Nested
    class Listing {
        @Test
        void list_moduleGiven_showsItsTokensAndHowToNameThem() {
            Outcome outcome = keywright("token", "list", "--module", token.module());
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.out())
                    .contains(
                            token.module().toString(),
                            "token      " + token.label(),
                            "login    by PIN",
                            "as URI   pkcs11:token=" + token.label() + ";serial=");
        }

        @Test
        void list_json_hasTheSame() {
            assertThat(keywright("token", "list", "--json", "--module", token.module())
                            .out())
                    .startsWith("[{\"module\":\"" + token.module() + "\",\"tokens\":[")
                    .contains("\"label\":\"" + token.label() + "\"", "\"pinLocked\":false")
                    .hasLineCount(1);
        }

        @Test
        void list_moduleThatIsNotThere_isAKeyringError() {
            Outcome outcome = keywright("token", "list", "--module", folder.resolve("absent.so"));
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("absent.so");
        }

        @Test
        void percentEncoding_keepsWhatAUriMayHold() {
            assertThat(PercentEncoding.encode("a b;c/ü%")).isEqualTo("a%20b%3Bc/%C3%BC%25");
        }

        @Test
        void token_withoutAVerb_isMisuse() {
            assertThat(keywright("token").errorLine()).contains("list or check is missing");
        }
    }

    @Nested
    class Checking {
        @ParameterizedTest
        @CsvSource({"aes, AES/GCM, RSA-OAEP-SHA1", "rsa, RSA-OAEP-SHA1, AES/GCM"})
        void check_goodKey_namesTheWrapItCanDo_andProvesIt(String key, String can, String cannot) throws IOException {
            Outcome outcome = keywright("token", "check", "--pin-file", pinFile(), token.uri(key));
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.out())
                    .contains(token.label(), can + ": yes", cannot + ": no", "proved     wrapped and opened")
                    .doesNotContain(pin);
        }

        @Test
        void check_json_hasTheVerdicts() {
            assertThat(withPin("token", "check", "--json", token.uri("aes")).out())
                    .contains("\"keyType\":\"AES\"", "\"extractable\":false", "\"proved\":true")
                    .contains("{\"wrap\":\"AES/GCM\",\"possible\":true,\"why\":")
                    .hasLineCount(1);
        }

        @Test
        void check_timesAndSaysWhatTheKeyIsGoodFor() {
            Outcome outcome = withPin("token", "check", "--rounds", "5", token.uri("aes"));
            assertThat(outcome.out())
                    .contains("time       wrap: ", "time       unwrap: ", "(median of 5)")
                    .contains("serves     writes and reads formats V3 and V2, wrapping data keys by AES/GCM")
                    .contains("serves     reads what older clients stored in format V2 (AESWrap)");
            assertThat(withPin("token", "check", "--rounds", "1", token.uri("rsa"))
                            .out())
                    .contains("advice     only if objects wrapped by", "set raw-rsa-oaep=true");
            assertThat(withPin("token", "check", "--rounds", "0", token.uri("aes"))
                            .exitCode())
                    .isEqualTo(2);
        }

        @Test
        void check_withOptions_triesThem() {
            Outcome outcome =
                    withPin("token", "check", "--rounds", "1", "--key-option", "raw-rsa-oaep=true", token.uri("rsa"));
            assertThat(outcome.out())
                    .contains("option     raw-rsa-oaep=true", "by CKM_RSA_X_509")
                    .doesNotContain("advice");
            assertThat(withPin("token", "check", "--key-option", "gcm-iv=x", token.uri("aes"))
                            .errorLine())
                    .contains("gcm-iv", "token-writes-back");
        }

        @Test
        void check_keyThatFails_saysWhyOnThePageToo() throws IOException {
            Path page = folder.resolve("failed.html");
            Outcome outcome = withPin(
                    "token",
                    "check",
                    "--html",
                    page,
                    "--key-option",
                    "mechanism.CKM_AES_GCM=0x80001234",
                    token.uri("aes"));
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.out())
                    .contains("AES/GCM: no", "has no CKM 0x80001234")
                    .doesNotContain("proved", "time ");
            assertThat(page).content().contains("can do none of the S3 wraps", "has no CKM 0x80001234");
        }

        @Test
        void check_html_isAPageWithoutSecretsThatLoadsNothing() throws IOException {
            Path page = folder.resolve("check.html");
            Outcome outcome = withPin("token", "check", "--html", page, "--rounds", "3", token.uri("loose"));
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(page)
                    .content()
                    .contains("loose", token.label(), "EXTRACTABLE", "AES/GCM", "CKM_AES_GCM", "median of 3")
                    .doesNotContain(pin, "http", "<script", "<link", "src=");
            assertThat(outcome.out() + outcome.err()).doesNotContain(pin);
            assertThat(withPin("token", "check", "--html", page, token.uri("aes"))
                            .exitCode())
                    .isEqualTo(7);
        }

        @ParameterizedTest
        @ValueSource(strings = {"--force", "--json"})
        void check_keyThatCouldBeRead_isNotShown(String form) throws IOException {
            Path page = folder.resolve("known.html");
            Outcome outcome = withPin("token", "check", form, "--html", page, "--rounds", "1", token.uri("known"));
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            String shown = (outcome.out() + outcome.err() + Files.readString(page)).toLowerCase(Locale.ROOT);
            assertThat(shown)
                    .contains("known")
                    .doesNotContain(HexFormat.of().formatHex(KNOWN, 0, 4))
                    .doesNotContain(HexFormat.ofDelimiter(":").formatHex(KNOWN, 0, 4))
                    .doesNotContain(Arrays.toString(KNOWN).substring(1, 12))
                    .doesNotContain(Base64.getEncoder()
                            .encodeToString(KNOWN)
                            .substring(0, 8)
                            .toLowerCase(Locale.ROOT));
        }

        @Test
        void check_sessionOptions_areTaken() {
            assertThat(withPin("token", "check", "--rounds", "1", "--key-option", "max-sessions=1", token.uri("aes"))
                            .out())
                    .contains("option     max-sessions=1", "proved");
            assertThat(withPin("token", "check", "--key-option", "max-sessions=0", token.uri("aes"))
                            .errorLine())
                    .contains("maxSessions is 0");
        }

        @Test
        void check_pinNamedTwice_isRefused() throws IOException {
            String uri = token.uri("aes") + "&pin-source=file:" + pinFile();
            assertThat(keywright("token", "check", "--rounds", "1", uri).exitCode())
                    .isZero();
            assertThat(keywright("token", "check", "--pin-file", pinFile(), uri).errorLine())
                    .contains("named twice", "pin-source", "--pin-file");
        }

        @Test
        void check_wrongPin_isTriedOnceAndNotShown() throws IOException {
            Path page = folder.resolve("wrong.html");
            Outcome outcome = new Run()
                    .environment("KEYWRIGHT_PIN", "47114711")
                    .run("token", "check", "--html", page, token.uri("aes"));
            assertThat(outcome.exitCode()).isEqualTo(3);
            assertThat(outcome.out() + outcome.err()).contains("tried once").doesNotContain("47114711");
            assertThat(page).doesNotExist();
        }

        @Test
        void check_extractableKey_isWarnedOf() {
            Outcome outcome = withPin("token", "check", token.uri("loose"));
            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out()).contains("warning", "CKA_EXTRACTABLE is true");
        }

        @Test
        void check_prompt_isAskedOnce() {
            StringBuilder asked = new StringBuilder();
            Outcome outcome = new Run()
                    .prompt(question -> {
                        asked.append(question);
                        return token.pin();
                    })
                    .run("token", "check", token.uri("aes"));
            assertThat(outcome.exitCode()).isZero();
            assertThat(asked.toString()).isEqualTo("keywright: pin of " + token.uri("aes") + ": ");
        }
    }

    @Nested
    class Sealing {
        private Path plain() throws IOException {
            return Files.writeString(folder.resolve("plain"), "nobody else's business");
        }

        @ParameterizedTest
        @CsvSource({"aes, v2", "aes, v3", "rsa, v2", "rsa, v3"})
        void seal_underAKeyOfTheToken_opensUnderIt(String key, String format) throws IOException {
            Path sealed = folder.resolve("sealed");
            Path opened = folder.resolve("opened");
            Run run = new Run().environment("KEYWRIGHT_PIN", pin);
            run.mustSucceed("seal", "--format", format, "--key", token.uri(key), plain(), sealed);
            run.mustSucceed(
                    "open", "--policy", "require-encrypt-allow-decrypt", "--key", token.uri(key), sealed, opened);
            assertThat(opened).hasSameBinaryContentAs(plain());
        }

        private void assertRefused(Outcome outcome, String reason, String... words) {
            assertThat(outcome.exitCode()).as(outcome.toString()).isEqualTo(3);
            assertThat(outcome.errorLine()).contains("\"" + reason + "\"").contains(words);
            assertThat(folder.resolve("sealed")).doesNotExist();
        }

        private Outcome seal(Run run, String uri) throws IOException {
            return run.run("seal", "--json", "--key", uri, plain(), folder.resolve("sealed"));
        }

        @Test
        void seal_wrongPin_isDenied_andThePinNotRepeated() throws IOException {
            Outcome outcome = seal(new Run().environment("KEYWRIGHT_PIN", "47114711"), token.uri("aes"));
            assertRefused(outcome, "DENIED", token.label());
            assertThat(outcome.err()).doesNotContain("47114711");
        }

        @Test
        void seal_pinNamedTwice_isRefused() throws IOException {
            String uri = token.uri("aes") + "&pin-source=file:" + pinFile();
            assertThat(keywright("seal", "--key", uri, "--pin-file", pinFile(), plain(), folder.resolve("sealed"))
                            .errorLine())
                    .contains("named twice", "pin-source", "--pin-file");
        }

        @Test
        void seal_noPin_saysWhereOneIsLookedFor() throws IOException {
            assertRefused(seal(new Run(), token.uri("aes")), "MISCONFIGURED", "--pin-file", "KEYWRIGHT_PIN");
        }

        @Test
        void seal_missingToken_namesWhatThereIs() throws IOException {
            String uri = token.uri("aes").replace(token.label(), "no-such-token");
            assertRefused(
                    seal(new Run().environment("KEYWRIGHT_PIN", pin), uri),
                    "MISCONFIGURED",
                    "no-such-token",
                    token.label());
        }

        @Test
        void seal_missingKey_namesWhatThereIs() throws IOException {
            assertRefused(
                    seal(new Run().environment("KEYWRIGHT_PIN", pin), token.uri("absent")), "MISCONFIGURED", "absent");
        }

        @Test
        void seal_ambiguousLabel_namesTheIds() throws IOException {
            assertRefused(
                    seal(new Run().environment("KEYWRIGHT_PIN", pin), token.uri("twice")), "MISCONFIGURED", "03", "04");
        }
    }
}
