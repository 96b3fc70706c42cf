/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusTest {
    @TempDir
    private Path folder;

    private TestCorpus corpus;

    @BeforeEach
    void write() {
        corpus = new TestCorpus(folder);
    }

    private void refused(String... words) {
        assertThatThrownBy(() -> Corpus.read(folder))
                .isInstanceOf(CorpusException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void rightCorpus_isRead() throws IOException {
        Corpus read = Corpus.read(folder);
        assertThat(read.cases()).extracting(VectorCase::id).containsExactly("bad", "good", "with-kms", "recipe");
        assertThat(read.producers()).containsExactly("made", "other");
        assertThat(read.keys().keySet()).containsExactlyInAnyOrder("aes", "kms");
        VectorCase made = corpus.read("recipe");
        assertThat(made.producer().name()).isEqualTo("other");
        assertThat(made.bodyBytes()).isEqualTo(1008);
        assertThat(Sha256.of(made.openBody())).isEqualTo(RecipeTest.SHA256_OF_CBC_BODY);
        assertThat(corpus.read("bad").expect()).hasToString("a refusal by integrity");
    }

    @Test
    void ownCorpus_isRead() throws IOException {
        Corpus own = Corpus.read(Path.of("corpus"));
        assertThat(own.cases()).isNotEmpty();
        assertThat(own.licence()).isEqualTo("Apache-2.0");
    }

    @Test
    void folder_thatIsNotThere_isAnErrorOfTheFile() {
        assertThatThrownBy(() -> Corpus.read(folder.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void keys_areNotPrinted() throws IOException {
        Corpus read = Corpus.read(folder);
        assertThat(read.toString()).doesNotContain("gIGCg4S", "AAAAAAA");
    }

    @Nested
    class Folder {
        @ParameterizedTest
        @ValueSource(strings = {"corpus.json", "keys.json", "flags.json", "made/good/case.json", "made/good/meta.json"})
        void file_missing_isRefused(String file) {
            corpus.delete(file);
            refused(Path.of(file).getFileName().toString());
        }

        @Test
        void body_missing_isRefused() {
            corpus.delete("made/good/object.bin");
            refused("made/good", "neither object.bin nor bodyFrom");
        }

        @Test
        void instructionFile_missing_isRefused() {
            corpus.delete("made/with-kms/instruction.json");
            refused("with-kms", "no instruction.json");
        }

        @ParameterizedTest
        @ValueSource(strings = {"made/good/instructions.json", "made/stray", "notes.txt"})
        void file_unknown_isRefused(String file) {
            corpus.write(file, "{}");
            refused(Path.of(file).getFileName().toString());
        }

        @Test
        void filesForPeople_besideTheProducers_areNotMinded() throws IOException {
            corpus.write("README.md", "What this is.");
            corpus.write(".gitattributes", "*.bin binary");
            assertThat(Corpus.read(folder).cases()).hasSize(4);
        }

        @Test
        void count_wrong_isRefused() {
            corpus.edit("corpus.json", "\"cases\": 4", "\"cases\": 5");
            refused("says 5 cases, and there are 4");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                value = {"\"made\", \"other\"|\"made\"", "\"made\", \"other\"|\"made\", \"other\", \"third\""})
        void producers_otherThanFolders_areRefused(String from, String to) {
            corpus.edit("corpus.json", from, to);
            refused("corpus.json lists the producers");
        }

        @Test
        void schema_unknown_isRefused() {
            corpus.edit("corpus.json", "corpus-1", "corpus-2");
            refused("schema is not corpus-1");
        }

        @Test
        void case_inAFolderOfAnotherName_isRefused() throws IOException {
            Files.move(folder.resolve("made/good"), folder.resolve("made/better"));
            refused("made/better", "its id is 'good'");
        }

        @Test
        void id_usedTwice_isRefused() {
            for (String file : new String[] {"case.json", "meta.json"}) {
                corpus.write("other/bad/" + file, corpus.text("made/bad/" + file));
            }
            corpus.write("other/bad/object.bin", new byte[60]);
            corpus.edit("corpus.json", "\"cases\": 4", "\"cases\": 5");
            refused("bad: in made and in other");
        }

        @Test
        void allProblems_areSaidAtOnce() {
            corpus.edit("corpus.json", "\"cases\": 4", "\"cases\": 5");
            corpus.edit(TestCorpus.GOOD, "[\"KnownAnswer\"]", "[\"Unknown\"]");
            corpus.edit(TestCorpus.BAD, "\"key\": \"aes\"", "\"key\": \"none\"");
            refused("says 5 cases", "'Unknown'", "'none'");
        }
    }

    @Nested
    class Keys {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '\u0000',
                value = {
                    "\"bits\": 256|\"bits\": 128|said to have 128 bits",
                    "\"type\": \"AES\"|\"type\": \"DES\"|'DES' is no type of key",
                    "gIGCg4SF|gIGCg4S|base64",
                    "\"type\": \"AES\"|\"type\": \"AES\", \"use\": \"wrap\"|unknown fields [use]",
                    "\"aliases\": [\"alias/one\"]|\"aliases\": \"alias/one\"|a list",
                })
        void key_malformed_isRefused(String from, String to, String problem) {
            corpus.edit("keys.json", from, to);
            refused("keys.json", problem);
        }

        @Test
        void rsaKey_whoseHalvesDoNotBelongTogether_isRefused() throws IOException {
            String own = Files.readString(Path.of("corpus/keys.json"));
            int from = own.indexOf("\"spki\"", own.indexOf("rsa-2048-a"));
            String first = own.substring(from, own.indexOf('\n', from));
            from = own.indexOf("\"spki\"", own.indexOf("rsa-2048-b"));
            String second = own.substring(from, own.indexOf('\n', from));
            corpus.write("keys.json", own.replace(first, second));
            refused("rsa-2048-a", "not one RSA key");
        }
    }

    @Nested
    class Case {
        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '\u0000',
                value = {
                    "\"comment\": |\"remark\": |no comment",
                    "\"format\": \"V3\"|\"format\": \"V3\", \"colour\": \"red\"|unknown fields [colour]",
                    "\"format\": \"V3\"|\"format\": \"V4\"|'V4' is no format",
                    "\"format\": \"V3\"|\"format\": \"V2\"|format and suite",
                    "\"suite\": \"0x0073\"|\"suite\": \"0x0074\"|'0x0074' is no suite",
                    "\"wrap\": \"AES/GCM\"|\"wrap\": \"02\"|'02' is no wrap",
                    "\"wrap\": \"AES/GCM\"|\"wrap\": \"AES\"|format and wrap",
                    "\"wrap\": \"AES/GCM\"|\"wrap\": \"RSA-OAEP-SHA1\"|a key of type AES does not open",
                    "\"wrap\": \"AES/GCM\"|\"wrap\": \"kms+context\"|a KMS wrap, and no kms",
                    "\"location\": \"metadata\"|\"location\": \"header\"|'header' is no location",
                    "\"location\": \"metadata\"|\"location\": \"metadata\", \"instructionSuffix\": \"\"|empty instructionSuffix",
                    "\"key\": \"aes\"|\"key\": \"none\"|its key 'none' is not in keys.json",
                    "REQUIRE_ENCRYPT_REQUIRE_DECRYPT|FORBID_ENCRYPT_ALLOW_DECRYPT|commitment is",
                    "\"legacyWrap\": false|\"legacyWrap\": 0|true or false",
                    "\"legacyWrap\": false, |\"legacyWrap\": false, \"delayed\": true, |unknown fields [delayed]",
                    "\"expect\": \"success\"|\"expect\": \"fine\"|'fine' is no layer",
                    "\"expect\": \"success\"|\"expect\": \"success\", \"alsoAllowed\": [\"format\"]|beside success",
                    "\"expect\": \"success\"|\"expect\": \"integrity\"|plaintext belongs to a case that succeeds",
                    "\"expect\": \"success\"|\"expect\": \"success\", \"fault\": \"none\"|derivedFrom and fault",
                    "\"flags\": [\"KnownAnswer\"]|\"flags\": [\"Unknown\"]|'Unknown' is not explained",
                    "\"flags\": [\"KnownAnswer\"]|\"flags\": \"KnownAnswer\"|a list",
                    "\"flags\": [\"KnownAnswer\"],||no flags",
                    "\"bytes\": 44|\"bytes\": -1|a whole number",
                    "\"bytes\": 44|\"bytes\": 44, \"hex\": \"00\"|not of one text",
                    "\"bytes\": 44|\"bytes\": 44, \"from\": {\"prng\": \"sha256-counter\", \"seed\": \"\", \"bytes\": 43}|makes 43 bytes",
                    "\"bytes\": 44|\"bytes\": 44, \"from\": {\"prng\": \"zeros\", \"seed\": \"\", \"bytes\": 44}|'zeros' is no recipe",
                    "bytes=16-43|bytes=16|is no range",
                    "bytes=16-43|bytes=43-16|is no range",
                    "bytes=16-43|bytes=17-43|does not have the length",
                    "bytes=44-50|bytes=43-50|does not have the length",
                    "\"status\": 416|\"status\": 404|the only status",
                })
        void field_wrong_isRefused(String from, String to, String problem) {
            corpus.edit(TestCorpus.GOOD, from, to == null ? "" : to);
            refused("good", problem);
        }

        @Test
        void json_malformed_isRefused() {
            corpus.write(TestCorpus.GOOD, "{\"id\": \"good\", \"id\": \"good\"}");
            refused("made/good", "a name twice");
        }

        @Test
        void json_nestedWithoutEnd_isRefused() {
            corpus.write(TestCorpus.GOOD, "[".repeat(100_000));
            refused("made/good", "nested too deeply");
        }

        @Test
        void json_notUtf8_isRefused() {
            corpus.write(TestCorpus.GOOD, new byte[] {'{', (byte) 0xff, '}'});
            refused("made/good", "not UTF-8");
        }

        @Test
        void metadata_thatIsNoText_isRefused() {
            corpus.edit("made/good/meta.json", "\"115\"", "115");
            refused("made/good/meta.json", "x-amz-c must be a string");
        }

        @Test
        void origin_thatIsNotThere_isRefused() {
            corpus.edit(TestCorpus.BAD, "\"derivedFrom\": \"good\"", "\"derivedFrom\": \"best\"");
            refused("bad: derived from 'best'");
        }

        @ParameterizedTest
        @CsvSource(
                delimiter = '|',
                quoteCharacter = '\u0000',
                value = {
                    "\"ciphertextBlob\": \"AQI=\"|\"ciphertextBlob\": \"AQI\"|base64",
                    "\"ciphertextBlob\": \"AQI=\",|\"blob\": \"AQI=\",|no ciphertextBlob",
                    "\"hex\": \"61\"|\"hex\": \"6g\"|hexadecimal",
                    "\"hex\": \"61\"|\"hex\": \"62\"|not of one text",
                    "\"wrap\": \"kms\"|\"wrap\": \"AESWrap\"|kms belongs to the wraps",
                })
        void kmsCase_wrong_isRefused(String from, String to, String problem) {
            corpus.edit(TestCorpus.KMS, from, to);
            refused("with-kms", problem);
        }

        @Test
        void bodyRecipe_withoutTag_isRefused_whereTheSuiteHasOne() {
            corpus.edit(TestCorpus.RECIPE, "0x0070", "0x0072");
            refused("recipe", "no tag");
        }

        @Test
        void bodyFile_besideItsRecipe_mustBeThatBody() {
            corpus.write("other/recipe/object.bin", new byte[1008]);
            refused("recipe", "not what bodyFrom describes");
        }
    }
}
