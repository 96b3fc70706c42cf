/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.envelope.CommitmentPolicy;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.PolicyException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The runner, with ways of reading that do as the test says. */
class CorpusRunTest {
    private static final byte[] PLAINTEXT = TestCorpus.PLAINTEXT.getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private TestCorpus corpus;
    private final List<Permissions> tried = new ArrayList<>();

    @BeforeEach
    void write() {
        corpus = new TestCorpus(folder);
    }

    /** What a way does with a case. */
    private interface Reading {
        Outcome read(Permissions allowed, OutputStream plaintext) throws IOException;
    }

    private CaseResult run(String id, boolean verified, Reading reading) throws IOException {
        WayOfReading way = new WayOfReading() {
            @Override
            public String name() {
                return "scripted";
            }

            @Override
            public boolean releasesOnlyVerified() {
                return verified;
            }

            @Override
            public Optional<String> absentFor(VectorCase vector) {
                return Optional.empty();
            }

            @Override
            public Outcome read(VectorCase vector, Permissions allowed, OutputStream plaintext) throws IOException {
                tried.add(allowed);
                return reading.read(allowed, plaintext);
            }
        };
        return new CorpusRun(List.of(way)).run(corpus.read(id));
    }

    private CaseResult run(String id, Reading reading) throws IOException {
        return run(id, true, reading);
    }

    private static Outcome give(OutputStream plaintext, byte[] bytes) throws IOException {
        plaintext.write(bytes);
        return new Outcome.Opened();
    }

    /** The recipe of the case with that id, read under its policy only. */
    private static Outcome giveRecipe(Permissions allowed, OutputStream plaintext) throws IOException {
        if (!allowed.legacyWrap() || !allowed.legacyContent() || !allows(allowed.commitment())) {
            throw new PolicyException("not allowed");
        }
        new Recipe("recipe", 1000).open().transferTo(plaintext);
        return new Outcome.Opened();
    }

    private static boolean allows(CommitmentPolicy policy) {
        return policy == CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    }

    private static void assertFailed(CaseResult result, String... words) {
        assertThat(result.passed()).isFalse();
        assertThat(result.failures())
                .singleElement()
                .satisfies(failure -> assertThat(failure.toString()).contains(words));
    }

    @Test
    void run_withoutAWay_isRefused() {
        assertThatThrownBy(() -> new CorpusRun(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void run_ofSeveralCases_tellsEachAndKeepsTheirOrder() throws IOException {
        List<String> told = new ArrayList<>();
        WayOfReading absent = new WayOfReading() {
            @Override
            public String name() {
                return "absent";
            }

            @Override
            public boolean releasesOnlyVerified() {
                return true;
            }

            @Override
            public Optional<String> absentFor(VectorCase vector) {
                return Optional.of("of no use");
            }

            @Override
            public Outcome read(VectorCase vector, Permissions allowed, OutputStream plaintext) {
                throw new AssertionError("absent, and read");
            }
        };
        List<VectorCase> cases = Corpus.read(folder).cases();
        List<CaseResult> results = new CorpusRun(List.of(absent))
                .run(cases, result -> told.add(result.vector().id()));
        assertThat(results).extracting(CaseResult::vector).isEqualTo(cases);
        assertThat(told).containsExactlyInAnyOrder("bad", "good", "with-kms", "recipe");
        assertThat(results).allSatisfy(result -> {
            assertThat(result.readings()).isZero();
            assertThat(result.absences()).containsExactly(new CaseResult.Absence("absent", "of no use"));
        });
    }

    @Nested
    class GoodCase {
        @Test
        void rightPlaintext_passes() throws IOException {
            CaseResult result = run("good", (allowed, plaintext) -> give(plaintext, PLAINTEXT));
            assertThat(result.failures()).isEmpty();
            assertThat(result.readings()).isEqualTo(1);
        }

        @Test
        void refusal_fails() throws IOException {
            assertFailed(
                    run("good", (allowed, plaintext) -> {
                        throw new IntegrityException(IntegrityException.Stage.CONTENT, "the tag differs");
                    }),
                    "expected success",
                    "a refusal by integrity (the tag differs)");
        }

        @Test
        void otherPlaintext_fails() throws IOException {
            byte[] other = PLAINTEXT.clone();
            other[3] ^= 1;
            assertFailed(run("good", (allowed, plaintext) -> give(plaintext, other)), "another SHA-256");
        }

        @Test
        void shorterPlaintext_fails() throws IOException {
            assertFailed(
                    run("good", (allowed, plaintext) -> give(plaintext, new byte[43])),
                    "a plaintext of 43 bytes, not 44");
        }

        @Test
        void wrongHashOfARange_fails() throws IOException {
            corpus.edit(
                    TestCorpus.GOOD,
                    Sha256.of(TestCorpus.PLAINTEXT.substring(16).getBytes(StandardCharsets.US_ASCII)),
                    Sha256.of(new byte[0]));
            assertFailed(
                    run("good", (allowed, plaintext) -> {
                        for (byte one : PLAINTEXT) {
                            plaintext.write(one);
                        }
                        return new Outcome.Opened();
                    }),
                    "the range bytes=16-43");
        }

        @Test
        void brokenWay_fails() throws IOException {
            assertFailed(
                    run("good", (allowed, plaintext) -> {
                        throw new IllegalStateException("out of order");
                    }),
                    "no answer",
                    "out of order");
        }

        @Test
        void plaintextRecipe_ofAnotherHash_fails() throws IOException {
            corpus.edit(TestCorpus.RECIPE, RecipeTest.SHA256_OF_1000, Sha256.of(new byte[0]));
            assertThat(run("recipe", CorpusRunTest::giveRecipe).failures())
                    .anySatisfy(failure -> assertThat(failure.way()).isEqualTo("the recipe"));
        }

        @Test
        void bodyRecipe_ofAnotherHash_fails() throws IOException {
            corpus.edit(TestCorpus.RECIPE, RecipeTest.SHA256_OF_CBC_BODY, Sha256.of(new byte[0]));
            assertFailed(run("recipe", CorpusRunTest::giveRecipe), "the recipe", "the body recorded");
        }

        @Test
        void bodyRecipe_ofAnotherTag_fails() throws IOException {
            corpus.edit(TestCorpus.RECIPE, "0x0070", "0x0072")
                    .edit(TestCorpus.RECIPE, "\"dataKey\"", "\"tag\": \"IC7BkoNdb0zymatdws3eKQ==\", \"dataKey\"")
                    .edit(
                            TestCorpus.RECIPE,
                            RecipeTest.SHA256_OF_CBC_BODY,
                            "36a38b57595b48a402d85f496d1efc2202063d2a237f0bf27fe4a574f2f1f442")
                    .edit("other/recipe/meta.json", "AAAAAAAAAAAAAAAAAAAAAA==", "AAAAAAAAAAAAAAAA");
            assertFailed(run("recipe", CorpusRunTest::giveRecipe), "the recipe", "the body recorded");
            corpus.edit(TestCorpus.RECIPE, "zymatdws3eKQ==", "zymatdws3eKA==");
            assertThat(run("recipe", CorpusRunTest::giveRecipe).failures()).isEmpty();
        }

        @Test
        void bodyRecipe_withoutAnIv_fails() throws IOException {
            corpus.write("other/recipe/meta.json", "{}");
            assertFailed(run("recipe", CorpusRunTest::giveRecipe), "no x-amz-iv");
        }
    }

    @Nested
    class Withdrawal {
        @Test
        void eachPermission_isWithdrawnInTurn() throws IOException {
            CaseResult result = run("recipe", CorpusRunTest::giveRecipe);
            assertThat(result.failures()).isEmpty();
            assertThat(result.readings()).isEqualTo(4);
            CommitmentPolicy both = CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT;
            assertThat(tried)
                    .containsExactly(
                            new Permissions(both, true, true),
                            new Permissions(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT, true, true),
                            new Permissions(both, false, true),
                            new Permissions(both, true, false));
        }

        @Test
        void permission_thatIsNotNeeded_fails() throws IOException {
            assertFailed(
                    run(
                            "recipe",
                            (allowed, plaintext) -> giveRecipe(
                                    new Permissions(allowed.commitment(), true, allowed.legacyContent()), plaintext)),
                    "scripted, without legacyWrap",
                    "expected a refusal by policy",
                    "success");
        }

        @Test
        void refusalByAnotherLayer_fails() throws IOException {
            assertFailed(
                    run("recipe", (allowed, plaintext) -> {
                        if (!allowed.legacyContent()) {
                            throw new IntegrityException(IntegrityException.Stage.WRAPPED_KEY, "too late");
                        }
                        return giveRecipe(allowed, plaintext);
                    }),
                    "without legacyContent",
                    "a refusal by unwrap");
        }

        @Test
        void plaintextBeforeTheRefusal_fails_alsoFromAnUnverifiedWay() throws IOException {
            assertFailed(
                    run("recipe", false, (allowed, plaintext) -> {
                        if (!allows(allowed.commitment())) {
                            plaintext.write(1);
                        }
                        return giveRecipe(allowed, plaintext);
                    }),
                    "without commitment",
                    "after 1 bytes of plaintext");
        }
    }

    @Nested
    class BadCase {
        private Outcome integrity() {
            return Outcome.of(new IntegrityException(IntegrityException.Stage.CONTENT, "the tag differs"));
        }

        @Test
        void refusalByItsLayer_passes_andIsRead_once() throws IOException {
            CaseResult result = run("bad", (allowed, plaintext) -> integrity());
            assertThat(result.failures()).isEmpty();
            assertThat(result.readings()).isEqualTo(1);
            assertThat(result.refusedBy()).containsExactly(Layer.INTEGRITY);
        }

        @Test
        void success_fails() throws IOException {
            assertFailed(
                    run("bad", (allowed, plaintext) -> give(plaintext, PLAINTEXT)),
                    "expected a refusal by integrity",
                    "success, with 44 bytes of plaintext");
        }

        @Test
        void emptySuccess_fails() throws IOException {
            assertFailed(run("bad", (allowed, plaintext) -> new Outcome.Opened()), "success, with 0 bytes");
        }

        @Test
        void refusalByAnEarlierLayer_fails_unlessItIsAlsoAllowed() throws IOException {
            Reading reading = (allowed, plaintext) -> new Outcome.Refused(Layer.FORMAT, "no JSON");
            assertFailed(run("bad", reading), "a refusal by format (no JSON)");
            corpus.edit(
                    TestCorpus.BAD,
                    "\"expect\": \"integrity\"",
                    "\"expect\": \"integrity\", \"alsoAllowed\": [\"format\"]");
            assertThat(run("bad", reading).failures()).isEmpty();
        }

        @ParameterizedTest
        @EnumSource
        void anyRefusal_willDo_whereTheCaseSaysRefused(Layer layer) throws IOException {
            corpus.edit(TestCorpus.BAD, "\"expect\": \"integrity\"", "\"expect\": \"refused\"");
            assertThat(run("bad", (allowed, plaintext) -> new Outcome.Refused(layer, "so"))
                            .failures())
                    .isEmpty();
            assertFailed(run("bad", (allowed, plaintext) -> new Outcome.Opened()), "a refusal by any layer");
        }

        @Test
        void plaintextBeforeTheRefusal_fails_whereTheWayReleasesOnlyVerified() throws IOException {
            Reading reading = (allowed, plaintext) -> {
                plaintext.write(PLAINTEXT, 0, 16);
                return integrity();
            };
            assertFailed(run("bad", reading), "after 16 bytes of plaintext");
            assertThat(run("bad", false, reading).failures()).isEmpty();
        }

        @Test
        void keyringOutOfReach_isNoRefusal() throws IOException {
            corpus.edit(TestCorpus.BAD, "\"expect\": \"integrity\"", "\"expect\": \"refused\"");
            assertFailed(
                    run("bad", (allowed, plaintext) -> {
                        throw new KeyringException(KeyringException.Reason.UNAVAILABLE, "the token is gone");
                    }),
                    "no answer: the token is gone");
        }
    }

    @Nested
    class Kms {
        private RecordedKms kms() throws IOException {
            Corpus read = Corpus.read(folder);
            VectorCase vector = corpus.read("with-kms");
            return new RecordedKms((VectorKey.Kms) read.key(vector), vector.kms());
        }

        @Test
        void decrypt_ofARecord_answers_forItsKeyAndAliases() throws IOException {
            VectorCase.KmsRecord record = corpus.read("with-kms").kms().get(0);
            for (String keyId : new String[] {null, record.keyId(), "alias/one"}) {
                assertThat(kms().decrypt(record.ciphertextBlob(), record.encryptionContext(), keyId))
                        .contains(record);
            }
            assertThat(kms().decrypt(record.ciphertextBlob(), record.encryptionContext(), "alias/two"))
                    .isEmpty();
        }

        @Test
        void decrypt_ofAnythingElse_doesNot() throws IOException {
            VectorCase.KmsRecord record = corpus.read("with-kms").kms().get(0);
            assertThat(kms().decrypt(record.plaintext(), record.encryptionContext(), null))
                    .isEmpty();
            assertThat(kms().decrypt(record.ciphertextBlob(), java.util.Map.of(), null))
                    .isEmpty();
        }
    }
}
