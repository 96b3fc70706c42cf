/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.cli.Run.Outcome;
import dev.keywright.testing.MiniKms;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** On a corpus of a few cases of the project's own. */
class VectorsTest {
    private static final Path OWN = Path.of(System.getProperty("keywright.root"), "test-vectors", "corpus");
    private static final String V1 = "made/known-answer-v1";
    private static final String V3 = "made/known-answer-v3";
    private static final String KMS = "s3ec-java-4/s3ecj4-V3-0073-kmscontext-kmsa-instruction-ascii-17";
    private static final String BAD = "faults/bad-v3-body-15-bytes";

    @TempDir
    private Path folder;

    private Path corpus;

    @BeforeEach
    void makeCorpus() throws IOException {
        corpus = Files.createDirectory(folder.resolve("corpus"));
        for (String file : List.of("keys.json", "flags.json")) {
            Files.copy(OWN.resolve(file), corpus.resolve(file));
        }
        for (String each : List.of(V1, V3, KMS, BAD)) {
            Path target = Files.createDirectories(corpus.resolve(each));
            try (Stream<Path> files = Files.list(OWN.resolve(each))) {
                for (Path file : files.toList()) {
                    Files.copy(file, target.resolve(file.getFileName()));
                }
            }
        }
        String origin = text(BAD + "/case.json").replaceFirst("(?s).*\"derivedFrom\": \"([^\"]+)\".*", "$1");
        edit(BAD + "/case.json", "\"" + origin + "\"", "\"known-answer-v3\"");
        Files.writeString(
                corpus.resolve("corpus.json"),
                "{\"schema\": \"corpus-1\", \"cases\": 4, \"producers\": [\"faults\", \"made\", \"s3ec-java-4\"],"
                        + " \"licence\": \"Apache-2.0\"}");
    }

    private String text(String file) {
        try {
            return Files.readString(corpus.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Replaces a text that must be there. */
    private void edit(String file, String from, String to) throws IOException {
        assertThat(text(file)).contains(from);
        Files.writeString(corpus.resolve(file), text(file).replace(from, to));
    }

    private Outcome vectors(String command, Object... more) {
        return Run.keywright(Stream.concat(Stream.of("vectors", command, corpus), Arrays.stream(more))
                .toArray());
    }

    @Test
    void vectors_withoutACommand_isMisuse() {
        Outcome outcome = Run.keywright("vectors");
        assertThat(outcome.exitCode()).isEqualTo(2);
        assertThat(outcome.errorLine()).contains("verify, report, list, add or wycheproof is missing");
    }

    @Nested
    class Verify {
        @Test
        void rightCorpus_passes_andSaysWhatWasDone() {
            Outcome outcome = vectors("verify");
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.err()).isEmpty();
            assertThat(outcome.out())
                    .contains(
                            "4 cases of 3 producers in " + corpus + ", read 48 times",
                            "passed         4",
                            "failed         0",
                            "way            verified, in a temporary file",
                            "way            verified, by segments in parallel",
                            "way            unverified, by ranges",
                            "way            S3 client, unverified",
                            "absent         asynchronous client");
        }

        @Test
        void rightCorpus_asJson_isOneLine() {
            Outcome outcome = vectors("verify", "--json");
            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out().strip())
                    .startsWith("{\"corpus\":\"")
                    .contains(
                            "\"cases\":4,\"passed\":4,\"failed\":0,\"readings\":48,"
                                    + "\"readingsWithAPermissionWithdrawn\":21",
                            "\"absentWays\":[\"asynchronous client")
                    .endsWith("\"failures\":[]}")
                    .doesNotContain("\n");
        }

        @Test
        void wrongExpectation_fails_withIdExpectedAndGot() throws IOException {
            edit(BAD + "/case.json", "\"expect\": \"integrity\"", "\"expect\": \"commitment\"");
            Outcome outcome = vectors("verify");
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertThat(outcome.errorLine()).isEqualTo("keywright: 1 of 4 cases failed");
            assertThat(outcome.out())
                    .contains(
                            "failed         1",
                            "  bad-v3-body-15-bytes\n",
                            "    way        verified, in memory (and 6 readings more, which --json lists)",
                            "    expected   a refusal by commitment",
                            "    got        a refusal by integrity (");
            assertThat(vectors("verify", "--json").out())
                    .contains("{\"id\":\"bad-v3-body-15-bytes\",\"way\":\"S3 client, verified\",\"expected\":"
                            + "\"a refusal by commitment\",\"got\":\"a refusal by integrity (");
        }

        @Test
        void wrongPlaintext_fails() throws IOException {
            edit(V3 + "/case.json", "\"bytes\": 44", "\"bytes\": 43");
            String hex = text(V3 + "/case.json").replaceFirst("(?s).*(, \"hex\": \"[0-9a-f]+\").*", "$1");
            edit(V3 + "/case.json", hex, "");
            Outcome outcome = vectors("verify");
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertThat(outcome.out()).contains("got        a plaintext of 44 bytes, not 43");
        }

        @Test
        void permissionNotNeeded_fails() throws IOException {
            edit(V3 + "/case.json", "\"legacyWrap\": false", "\"legacyWrap\": true");
            Outcome outcome = vectors("verify");
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertThat(outcome.out())
                    .contains(
                            "verified, in memory, without legacyWrap",
                            "expected   a refusal by policy",
                            "got        success, with 44 bytes of plaintext");
        }

        @Test
        void wrongLabel_fails() throws IOException {
            edit(V3 + "/case.json", "\"location\": \"metadata\"", "\"location\": \"instruction\"");
            Files.writeString(corpus.resolve(V3).resolve("instruction.json"), "{}");
            Outcome outcome = vectors("verify");
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertThat(outcome.out())
                    .contains("the object is of V3 0x0073 AES/GCM metadata, and the case says V3 0x0073 AES/GCM"
                            + " instruction");
        }

        @Test
        void kmsAnswer_ofAnotherContext_isNoAnswer() throws IOException {
            String answers = text(KMS + "/case.json");
            int kms = answers.indexOf("\"kms\":");
            int bound = answers.indexOf("\"aws:x-amz-cek-alg\": \"115\"", kms);
            Files.writeString(
                    corpus.resolve(KMS).resolve("case.json"),
                    answers.substring(0, bound) + answers.substring(bound).replaceFirst("\"115\"", "\"116\""));
            Outcome outcome = vectors("verify", "--only", "*kms*");
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertThat(outcome.out()).contains("a refusal by unwrap", "KMS does not open the wrapped data key");
        }

        @Test
        void only_runsWhatMatches() {
            assertThat(vectors("verify", "--only", "known-answer-*").out()).startsWith("2 cases of 1 producers");
            assertThat(vectors("verify", "--only", "none*").errorLine()).contains("no case of", "is meant");
            assertThat(vectors("verify", "--only", "none*").exitCode()).isEqualTo(2);
        }

        @Test
        void malformedCorpus_isAnErrorOfFormat_andNothingIsRun() throws IOException {
            edit("corpus.json", "\"cases\": 4", "\"cases\": 5");
            Outcome outcome = vectors("verify");
            assertThat(outcome.exitCode()).isEqualTo(5);
            assertThat(outcome.out()).isEmpty();
            assertThat(outcome.errorLine()).isEqualTo("keywright: corpus.json says 5 cases, and there are 4");
        }

        @Test
        void folderThatIsNotThere_isAnErrorOfTheFile() {
            Outcome outcome = Run.keywright("vectors", "verify", folder.resolve("none"));
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).endsWith("none: no such file or folder");
        }
    }

    @Nested
    class ListCases {
        @Test
        void list_showsEachCase() {
            Outcome outcome = vectors("list");
            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out())
                    .containsPattern("bad-v3-body-15-bytes +V3 0x0073 metadata +integrity +AES/GCM\n")
                    .containsPattern("known-answer-v1 +V1 0x0070 metadata +success +AES\n")
                    .endsWith("4 of 4 cases\n");
        }

        @ParameterizedTest
        @CsvSource({
            "--producer, made, 2",
            "--format, V1, 1",
            "--suite, 0x0073, 3",
            "--wrap, kms+context, 1",
            "--location, instruction, 1",
            "--expect, integrity, 1",
            "--flag, KnownAnswer, 2",
            "--only, *-v?, 2",
        })
        void filter_leavesOutTheRest(String option, String value, int left) {
            assertThat(vectors("list", option, value).out()).endsWith(left + " of 4 cases\n");
        }

        @Test
        void list_asJson_tellsOfEachCase() {
            assertThat(vectors("list", "--json", "--only", "bad-*").out())
                    .contains("\"id\":\"bad-v3-body-15-bytes\"", "\"derivedFrom\":\"known-answer-v3\"", "\"fault\":\"");
        }
    }

    @Nested
    class Report {
        private Path page() {
            return folder.resolve("report.html");
        }

        private String html() throws IOException {
            return Files.readString(page());
        }

        @Test
        void report_showsPassedAndAbsent_byProducerWrapSuiteAndLocation() {
            Outcome outcome = vectors("report");
            assertThat(outcome.exitCode()).isZero();
            assertThat(outcome.out())
                    .containsPattern("1 +made\n")
                    .containsPattern("2 +s3ec-java-4\n")
                    .containsPattern("V3 0x0073 metadata +AES/GCM +1 +-\n")
                    .containsPattern("V3 0x0073 instruction kms\\+context +- +1\n")
                    .containsPattern("bad cases by flag\n.*\n\\w+ +1 +0 +integrity\n");
        }

        @Test
        void report_ofAFailedCase_marksIt_andFails() throws IOException {
            edit(V3 + "/case.json", "\"legacyWrap\": false", "\"legacyWrap\": true");
            Outcome outcome = vectors("report", "--html", page());
            assertThat(outcome.exitCode()).isEqualTo(8);
            assertThat(outcome.out()).containsPattern("V3 0x0073 metadata +AES/GCM +1/1! +-\n");
            assertThat(html())
                    .contains(
                            "<h1>1 of 4 stored objects did not end as they must</h1>",
                            "<span class=\"fail\">\u2717 1/1</span>",
                            "verified, in memory, without legacyWrap");
        }

        @Test
        void report_asJson_listsCellsAbsencesAndLayers() {
            assertThat(vectors("report", "--json").out())
                    .contains(
                            "{\"producer\":\"made\",\"format\":\"V3\",\"suite\":\"0x0073\",\"wrap\":\"AES/GCM\","
                                    + "\"location\":\"metadata\",\"passed\":1,\"failed\":0}",
                            "\"absent\":[{\"producer\":\"s3ec-java-4\",\"format\":\"V3\",\"suite\":\"0x0073\","
                                    + "\"wrap\":\"AES/GCM\",\"location\":\"metadata\"}",
                            "\"passed\":1,\"failed\":0,\"refusedBy\":[\"integrity\"]}");
        }

        @Test
        void page_loadsNothing_andShowsAll() throws IOException {
            Outcome outcome = vectors("report", "--html", page());
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.err()).isEqualTo("wrote " + page() + "\n");
            assertThat(html())
                    .startsWith("<!DOCTYPE html>")
                    .contains(
                            "<h1>3 stored objects open, and 1 spoiled one is refused</h1>",
                            "<span class=\"pass\">1</span>",
                            "<span class=\"none\">\u2013</span>",
                            "<b>BodyTruncated</b><small>The end or the beginning of th",
                            "prefers-color-scheme: dark",
                            "@media print",
                            "<code>known-answer-v1</code>",
                            "refused: integrity",
                            "parallel segments",
                            "S3EC Java 4.0.1")
                    .doesNotContain("<script", "<link", "<img", "url(", "@import", "http://", "https://", " src=");
        }

        @Test
        void page_escapesWhatTheCorpusSays() throws IOException {
            String comment = text(V3 + "/case.json").replaceFirst("(?s).*\"comment\": (\"[^\"]+\").*", "$1");
            edit(V3 + "/case.json", comment, "\"<script>alert('a' & \\\"b\\\")</script>\"");
            assertThat(vectors("report", "--html", page()).exitCode()).isZero();
            assertThat(html())
                    .contains("&lt;script&gt;alert(&#39;a&#39; &amp; &quot;b&quot;)&lt;/script&gt;")
                    .doesNotContain("<script");
        }

        @Test
        void page_thatIsThere_isKept_unlessForced() throws IOException {
            Files.writeString(page(), "mine");
            Outcome outcome = vectors("report", "--html", page());
            assertThat(outcome.exitCode()).isEqualTo(7);
            assertThat(outcome.errorLine()).contains("is there already; --force overwrites it");
            assertThat(page()).hasContent("mine");
            assertThat(vectors("report", "--html", page(), "--force").exitCode())
                    .isZero();
            assertThat(html()).contains("<h1>");
        }
    }

    @Test
    void progress_isDrawnForAPerson_andWiped() throws IOException {
        for (int i = 0; i < 10; i++) {
            String id = "known-answer-v3-" + i;
            Path copy = Files.createDirectories(corpus.resolve("made").resolve(id));
            for (String file : List.of("meta.json", "object.bin")) {
                Files.copy(corpus.resolve(V3).resolve(file), copy.resolve(file));
            }
            Files.writeString(
                    copy.resolve("case.json"),
                    text(V3 + "/case.json").replace("\"id\": \"known-answer-v3\"", "\"id\": \"" + id + "\""));
        }
        edit("corpus.json", "\"cases\": 4", "\"cases\": 14");
        Outcome outcome = new Run().watched().run("vectors", "verify", corpus);
        assertThat(outcome.exitCode()).isZero();
        assertThat(outcome.err()).contains("\rverifying  10 of 14 cases").endsWith(" \r");
    }

    @Nested
    class Add {
        private Path key;
        private Path body;
        private Path metadata;

        @BeforeEach
        void seal() throws IOException {
            key = folder.resolve("key");
            Files.write(key, Arrays.copyOf(new byte[] {1, 2, 3}, 32));
            Path plain = Files.writeString(folder.resolve("plain"), "a letter");
            body = folder.resolve("sealed");
            metadata = folder.resolve("sealed.envelope.json");
            Run.succeed("seal", "--key", "aes:" + key, plain, body);
        }

        private Outcome add(Object... more) {
            return addWith(new Run(), more);
        }

        private Outcome addWith(Run run, Object... more) {
            Object[] arguments = Stream.concat(
                            Stream.of(
                                    "vectors",
                                    "add",
                                    corpus,
                                    "--body",
                                    body,
                                    "--metadata",
                                    metadata,
                                    "--producer",
                                    "mine",
                                    "--sdk",
                                    "keywright",
                                    "--sdk-version",
                                    "1",
                                    "--comment",
                                    "A letter."),
                            Arrays.stream(more))
                    .toArray();
            return run.run(arguments);
        }

        private String corpusText() throws IOException {
            StringBuilder text = new StringBuilder();
            try (Stream<Path> tree = Files.walk(corpus)) {
                for (Path each : tree.sorted().toList()) {
                    text.append(each).append('\n');
                    if (each.toString().endsWith(".json")) {
                        text.append(Files.readString(each));
                    }
                }
            }
            return text.toString();
        }

        @Test
        void object_becomesACase_thatIsCountedAndRuns() throws IOException {
            Outcome outcome = add("--id", "letter", "--key", "aes:" + key, "--include-key", "mine");
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.err())
                    .contains(
                            "warning: the master key itself is recorded in keys.json as mine",
                            "recorded letter (V3, AES/GCM): 8 bytes, opened under mine; the corpus has 5 cases");
            assertThat(text("mine/letter/case.json"))
                    .contains(
                            "\"commitment\": \"REQUIRE_ENCRYPT_REQUIRE_DECRYPT\"",
                            "\"legacyWrap\": false",
                            "\"bytes\": 8",
                            "\"location\": \"metadata\"")
                    .doesNotContain("a letter", "hex");
            assertThat(text("keys.json")).contains(Base64.getEncoder().encodeToString(Files.readAllBytes(key)));
            assertThat(text("corpus.json")).contains("\"cases\": 5", "\"mine\"");
            assertThat(corpus.resolve("mine/letter/object.bin")).hasSameBinaryContentAs(body);
            assertThat(vectors("verify").out()).contains("passed         5", "failed         0");
        }

        @Test
        void secondObject_underAKnownKey_recordsNoKey() throws IOException {
            add("--id", "letter", "--key", "aes:" + key, "--include-key", "mine");
            String keys = text("keys.json");
            Outcome outcome = add("--id", "letter-2", "--key", "mine", "--json");
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(outcome.out()).contains("\"id\":\"letter-2\",\"cases\":6,\"plaintextBytes\":8,\"key\":\"mine\"");
            assertThat(outcome.err()).isEmpty();
            assertThat(text("keys.json")).isEqualTo(keys);
        }

        @Test
        void keysOfTheCorpus_keepTheirText() throws IOException {
            String before = text("keys.json").strip();
            add("--id", "letter", "--key", "aes:" + key, "--include-key", "zz-mine");
            assertThat(text("keys.json"))
                    .startsWith(before.substring(0, before.lastIndexOf('}')).stripTrailing());
        }

        @Test
        void keyThatIsNotInTheCorpus_isNotRecorded_unlessAskedFor() throws IOException {
            String before = corpusText();
            Outcome outcome = add("--id", "letter", "--key", "aes:" + key);
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.errorLine()).contains("add --include-key ID", "never do so");
            assertThat(corpusText()).isEqualTo(before);
        }

        @ParameterizedTest
        @ValueSource(strings = {"known-answer-v1", "../letter", "a letter"})
        void id_takenOrMalformed_isRefused(String id) throws IOException {
            String before = corpusText();
            Outcome outcome = add("--id", id, "--key", "aes:" + key, "--include-key", "mine");
            assertThat(outcome.exitCode()).isEqualTo(5);
            assertThat(outcome.errorLine()).contains(id);
            assertThat(corpusText()).isEqualTo(before);
        }

        @Test
        void objectThatDoesNotOpen_isNotRecorded() throws IOException {
            String before = corpusText();
            assertThat(add("--id", "letter", "--key", "aes-256-a").exitCode()).isEqualTo(4);
            byte[] altered = Files.readAllBytes(body);
            altered[0] ^= 1;
            Files.write(body, altered);
            assertThat(add("--id", "letter", "--key", "aes:" + key, "--include-key", "mine")
                            .exitCode())
                    .isEqualTo(4);
            assertThat(corpusText()).isEqualTo(before);
        }

        @ParameterizedTest
        @CsvSource({
            "aes-256-a, mine, is a key of the corpus already",
            "aws-kms:alias/one, mine, only aes:FILE",
            "pkcs11:object=one, mine, only aes:FILE",
            "aes:KEY, aes-256-a, has another key aes-256-a",
        })
        void keyThatCantBeRecorded_isMisuse(String uri, String include, String problem) {
            Outcome outcome =
                    add("--id", "letter", "--key", uri.replace("KEY", key.toString()), "--include-key", include);
            assertThat(outcome.exitCode()).isEqualTo(2);
            assertThat(outcome.errorLine()).contains(problem);
        }

        @Test
        void objectWithAnInstructionFile_isRecordedWithIt() throws IOException {
            Path stored = OWN.resolve("s3ec-java-4/s3ecj4-V2-0072-RSAOAEPSHA1-rsa2048a-instruction-17");
            body = stored.resolve("object.bin");
            metadata = stored.resolve("meta.json");
            Outcome none = add("--id", "filed", "--key", "rsa-2048-a");
            assertThat(none.exitCode()).isEqualTo(5);
            assertThat(none.errorLine()).contains("no --instruction is given");
            Outcome outcome = add(
                    "--id",
                    "filed",
                    "--key",
                    "rsa-2048-a",
                    "--instruction",
                    stored.resolve("instruction.json"),
                    "--instruction-suffix",
                    ".share");
            assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
            assertThat(text("mine/filed/case.json"))
                    .contains(
                            "\"location\": \"instruction\"",
                            "\"instructionSuffix\": \".share\"",
                            "\"commitment\": \"REQUIRE_ENCRYPT_ALLOW_DECRYPT\"");
            assertThat(vectors("verify", "--only", "filed").exitCode()).isZero();
        }

        @Test
        void objectOfKms_isRecordedWithWhatKmsAnswers_andRunsWithoutIt() throws IOException {
            System.setProperty("aws.accessKeyId", "test");
            System.setProperty("aws.secretAccessKey", "test");
            try (MiniKms kms = MiniKms.start()) {
                String arn = "aws-kms:" + kms.createKey();
                Object[] options = {"--key-option", "endpoint=" + kms.endpoint(), "--key-option", "region=eu-central-1"
                };
                Path plain = folder.resolve("plain");
                Run.succeed(Stream.concat(
                                Stream.of("seal", "--force", "--key", arn, "--context", "tenant=7"),
                                Stream.concat(Arrays.stream(options), Stream.of(plain, body)))
                        .toArray());
                Outcome outcome = add(Stream.concat(
                                Stream.of(
                                        "--id",
                                        "of-kms",
                                        "--key",
                                        arn,
                                        "--include-key",
                                        "mine",
                                        "--context",
                                        "tenant=7"),
                                Arrays.stream(options))
                        .toArray());
                assertThat(outcome.exitCode()).as(outcome.toString()).isZero();
                assertThat(outcome.err()).contains("warning: the object's data key is recorded in the case");
            } finally {
                System.clearProperty("aws.accessKeyId");
                System.clearProperty("aws.secretAccessKey");
            }
            assertThat(text("mine/of-kms/case.json")).contains("\"tenant\": \"7\"", "\"ciphertextBlob\"");
            assertThat(vectors("verify", "--only", "of-kms").exitCode()).isZero();
        }
    }
}
