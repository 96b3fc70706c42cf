/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static dev.keywright.cli.Run.keywright;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import dev.keywright.tck.WycheproofAssertions;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WycheproofCommandTest {
    @TempDir
    private Path folder;

    private static Outcome wycheproof(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("vectors", "wycheproof"));
        all.addAll(Arrays.asList(arguments));
        return keywright(all.toArray());
    }

    /** With the vectors, wherever they are. */
    private static Outcome onVectors(Object... arguments) {
        List<Object> all =
                new ArrayList<>(List.of("--dir", WycheproofAssertions.vectors().folder()));
        all.addAll(Arrays.asList(arguments));
        return wycheproof(all.toArray());
    }

    private static void assertRow(Outcome outcome, String title, int passed, int failed, int acceptable, int absent) {
        assertThat(outcome.out())
                .containsPattern(
                        "(?m)^" + title + " +" + passed + " +" + failed + " +" + acceptable + " +" + absent + "$");
    }

    @Nested
    class Providers {
        @Test
        void provider_byClass_thatIsRight_passesWhatItOffers() {
            Outcome outcome = onVectors("--provider", HmacProvider.class.getName());
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.out())
                    .startsWith("RightHmac 1.0\n2032 cases of Wycheproof, in ")
                    .doesNotContain("\nfailed\n");
            assertRow(outcome, "HKDF-SHA-512", 83, 0, 0, 0);
            assertRow(outcome, "AES-GCM", 0, 0, 0, 316);
        }

        @Test
        void provider_thatIsWrong_fails_caseByCase() {
            Outcome outcome = onVectors("--provider", HmacProvider.Wrong.class.getName());
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertRow(outcome, "HKDF-SHA-512", 3, 80, 0, 0);
            assertThat(outcome.out()).contains("\nfailed\n  hkdf_sha512_test.json 1: gave 20 other bytes\n");
            assertThat(outcome.errorLine()).isEqualTo("keywright: WrongHmac 1.0: 80 of 2032 cases failed");
        }

        @Test
        void provider_thatIsWrong_json_hasCountsAndFailures() {
            Outcome outcome = onVectors("--json", "--provider", HmacProvider.Wrong.class.getName());
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertThat(outcome.out())
                    .startsWith("{\"implementation\":\"WrongHmac 1.0\",\"vectors\":\"")
                    .contains("\"cases\":2032,\"algorithms\":[{\"algorithm\":\"AES-GCM\",\"pass\":0,\"fail\":0,")
                    .contains("{\"algorithm\":\"HKDF-SHA-512\",\"pass\":3,\"fail\":80,\"acceptable-accepted\":0,"
                            + "\"acceptable-rejected\":0,\"not-offered\":0}]")
                    .contains("\"failures\":[{\"file\":\"hkdf_sha512_test.json\",\"tcId\":1,\"comment\":\"\","
                            + "\"detail\":\"gave 20 other bytes\"}")
                    .hasLineCount(1);
            assertThat(outcome.errorLine())
                    .startsWith("{\"error\":\"vectors\",\"message\":")
                    .endsWith("\"exitCode\":8}");
        }

        /** The JDK's own, which takes an empty ciphertext of CBC. */
        @Test
        void provider_notGiven_isTheJdks() {
            Outcome outcome = new Run()
                    .environment(
                            "WYCHEPROOF_DIR",
                            WycheproofAssertions.vectors().folder().toString())
                    .run("vectors", "wycheproof");
            assertThat(outcome.out()).startsWith("SunJCE ");
            assertRow(outcome, "AES-KW", 162, 0, 3, 0);
            assertThat(outcome.out())
                    .contains("aes_cbc_pkcs5_test.json 25 (empty ciphertext): accepted, and must be refused");
            assertThat(outcome.exitCode()).isEqualTo(8);
        }

        @Test
        void provider_onItsPath_isFound() throws IOException {
            Path source = folder.resolve("Elsewhere.java");
            Files.writeString(source, """
                    public final class Elsewhere extends java.security.Provider {
                        public Elsewhere() {
                            super("Elsewhere", "2", "offers nothing");
                        }
                    }
                    """);
            assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, source.toString()))
                    .isZero();
            Outcome outcome = onVectors("--provider", "Elsewhere", "--provider-path", folder);
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.out()).startsWith("Elsewhere 2\n");
            assertRow(outcome, "HKDF-SHA-512", 0, 0, 0, 83);
        }
    }

    @Nested
    class Tokens {
        @Test
        void token_isTried_withItsPinFromAFile() throws IOException {
            try (SoftHsm token = SoftHsm.newToken()) {
                String pin = new String(token.pin());
                Path pinFile = Files.writeString(folder.resolve("pin"), pin + "\n");
                Outcome outcome =
                        onVectors("--pkcs11-module", token.module(), "--token", token.label(), "--pin-file", pinFile);
                assertThat(outcome.exitCode()).as(outcome.toString()).isEqualTo(8);
                assertThat(outcome.out())
                        .startsWith(token.label() + ", SoftHSM project")
                        .doesNotContain(pin);
                assertRow(outcome, "AES-GCM", 307, 9, 0, 0);
                assertRow(outcome, "HKDF-SHA-512", 0, 0, 0, 83);
            }
        }

        @Test
        void token_thatIsNotThere_isAKeyringError() {
            try (SoftHsm token = SoftHsm.newToken()) {
                Outcome outcome = onVectors("--pkcs11-module", token.module(), "--token", "no such token");
                assertThat(outcome.exitCode()).isEqualTo(3);
                assertThat(outcome.errorLine()).contains("'no such token'");
            }
        }
    }

    @Nested
    class Misuse {
        @ParameterizedTest
        @CsvSource({
            "--token x, belong to --pkcs11-module",
            "--pin-file x, belong to --pkcs11-module",
            "--provider-path ., belongs to --provider",
            "--pkcs11-module x, needs --token",
            "--pkcs11-module x --token y --provider SunJCE, are two implementations",
            "--pkcs11-module x --token y --provider-path ., are two implementations"
        })
        void options_thatDoNotFit_areMisuse(String options, String said) {
            assertMisuse(wycheproof((Object[]) options.split(" ", -1)), said);
        }

        @ParameterizedTest
        @CsvSource({
            "NoSuchProvider, neither a registered provider's name",
            "java.lang.String, java.lang.String can't be used"
        })
        void provider_thatIsNone_isMisuse(String provider, String said) {
            assertMisuse(onVectors("--provider", provider), said);
        }

        private void assertMisuse(Outcome outcome, String said) {
            assertThat(outcome.exitCode()).as(outcome.toString()).isEqualTo(2);
            assertThat(outcome.errorLine()).contains(said);
            assertThat(outcome.out()).isEmpty();
        }

        @Test
        void providerPath_thatIsNotThere_isAFileError() {
            Outcome outcome = onVectors("--provider", "X", "--provider-path", folder.resolve("absent.jar"));
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).contains("absent.jar: no such file");
        }

        @Test
        void vectors_withoutWhich_isMisuse() {
            assertThat(keywright("vectors").errorLine()).contains("add or wycheproof is missing");
        }
    }

    @Nested
    class Absent {
        @Test
        void vectors_nowhere_areSaidNotToBeRun_withTheirNumber() {
            Outcome outcome = wycheproof();
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).contains("2032 cases are not run", "--dir", "git clone");
        }

        @Test
        void folder_withoutThem_isAFileError() {
            Outcome outcome = wycheproof("--dir", folder);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).contains("aes_gcm_test.json: no such file");
        }

        @Test
        void file_thatIsNotAsItShouldBe_isAFileError() throws IOException {
            Files.writeString(folder.resolve("aes_gcm_test.json"), "{\"algorithm\": \"AES-EAX\"}");
            Outcome outcome = wycheproof("--dir", folder);
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).contains("algorithm is 'AES-EAX', and 'AES-GCM' is wanted");
        }
    }
}
