/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.IntegrityException;
import dev.keywright.testing.MiniS3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ranged reads, by a client that gives what the test says. */
class RangedReadingTest {
    private static final byte[] PLAINTEXT = TestCorpus.PLAINTEXT.getBytes(StandardCharsets.US_ASCII);

    @TempDir
    private Path folder;

    private TestCorpus corpus;
    private final List<String> asked = new ArrayList<>();
    private boolean closed;

    @BeforeEach
    void write() {
        corpus = new TestCorpus(folder);
    }

    private CaseResult run(String id, boolean verified, RangedReading.Ranges ranges) throws IOException {
        try (MiniS3 s3 = MiniS3.start()) {
            RangedReading way = new RangedReading("ranges", verified, s3, "bucket", (vector, allowed, bucket) -> {
                assertThat(s3.object(bucket, vector.id())).isNotNull();
                return new RangedReading.Ranges() {
                    @Override
                    public Optional<byte[]> read(String range) throws IOException {
                        asked.add(range);
                        return ranges.read(range);
                    }

                    @Override
                    public void close() {
                        closed = true;
                    }
                };
            });
            return new CorpusRun(List.of(way)).run(corpus.read(id));
        }
    }

    /** As S3 would. */
    private static Optional<byte[]> right(String range) {
        RangeCheck check = new RangeCheck(range, 0, "");
        int first = (int) check.first(PLAINTEXT.length);
        return first >= PLAINTEXT.length
                ? Optional.empty()
                : Optional.of(Arrays.copyOfRange(PLAINTEXT, first, (int) check.end(PLAINTEXT.length)));
    }

    private void assertFailed(CaseResult result, String got) {
        assertThat(result.failures())
                .singleElement()
                .satisfies(failure -> assertThat(failure.got()).contains(got));
        assertThat(closed).isTrue();
    }

    @Test
    void goodCase_isAskedForListedRanges_thenForAllInPieces_thenForWhatIsBehind() throws IOException {
        CaseResult result = run("good", true, RangedReadingTest::right);
        assertThat(result.failures()).isEmpty();
        assertThat(asked)
                .startsWith("bytes=16-43", "bytes=44-50", "bytes=0-16", "bytes=17-43", "bytes=44-")
                .hasSize(5);
        assertThat(closed).isTrue();
    }

    @Test
    void listedRange_ofOtherBytes_fails() throws IOException {
        assertFailed(
                run("good", true, range -> range.equals("bytes=16-43") ? Optional.of(new byte[28]) : right(range)),
                "bytes=16-43: bytes with another SHA-256");
    }

    @Test
    void listedRange_ofOtherLength_fails() throws IOException {
        assertFailed(
                run("good", true, range -> range.equals("bytes=16-43") ? Optional.of(new byte[27]) : right(range)),
                "bytes=16-43: 27 bytes, not 28");
    }

    @Test
    void listedRange_refused_fails() throws IOException {
        assertFailed(
                run("good", true, range -> range.equals("bytes=16-43") ? Optional.empty() : right(range)),
                "bytes=16-43: status 416, not 28 bytes");
    }

    @Test
    void rangeThatMustBeRefused_given_fails() throws IOException {
        assertFailed(
                run("good", true, range -> range.equals("bytes=44-50") ? Optional.of(new byte[7]) : right(range)),
                "bytes=44-50: 7 bytes, not status 416");
    }

    @Test
    void piece_tooShortOrRefused_fails() throws IOException {
        assertFailed(
                run("good", true, range -> range.equals("bytes=17-43") ? Optional.of(new byte[26]) : right(range)),
                "bytes=17-43: 26 bytes, not 27 bytes");
        assertFailed(
                run("good", true, range -> range.equals("bytes=17-43") ? Optional.empty() : right(range)),
                "bytes=17-43: status 416, not 27 bytes");
    }

    @Test
    void piece_ofOtherBytes_fails() throws IOException {
        assertFailed(
                run("good", true, range -> range.equals("bytes=17-43") ? Optional.of(new byte[27]) : right(range)),
                "another SHA-256");
    }

    @Test
    void bytesBehindTheEnd_fail() throws IOException {
        assertFailed(
                run("good", true, range -> range.equals("bytes=44-") ? Optional.of(new byte[16]) : right(range)),
                "bytes=44-: 16 bytes behind the end");
    }

    @Test
    void badCase_givingAnything_fails_andRefusedAsItMust_passes() throws IOException {
        assertFailed(run("bad", true, RangedReadingTest::right), "with 44 bytes of plaintext");
        CaseResult refused = run("bad", true, range -> {
            throw new IntegrityException(IntegrityException.Stage.CONTENT, "the tag");
        });
        assertThat(refused.failures()).isEmpty();
    }

    @Test
    void unverifiedRanges_ofWhatOnlyTheTagTells_areNotTried() throws IOException {
        CaseResult result = run("bad", false, RangedReadingTest::right);
        assertThat(result.readings()).isZero();
        assertThat(result.absences())
                .containsExactly(new CaseResult.Absence("ranges", "nothing verifies a range by itself"));
    }

    @Test
    void verifiedRanges_ofCbcContent_areNotTried() throws IOException {
        CaseResult result = run("recipe", true, RangedReadingTest::right);
        assertThat(result.readings()).isZero();
        assertThat(result.absences())
                .containsExactly(new CaseResult.Absence("ranges", "nothing verifies AES-CBC content"));
    }

    @Test
    void verifiedRanges_ofAnObjectSpoiledIntoCbc_areNotTried() throws IOException {
        corpus.write("made/bad/meta.json", """
                {"x-amz-key-v2": "wMHCw8TFxsfIycrLZD2Cgbio5cQKJj1ETqw+PznQGFL2FeRCMfe2pg==", "x-amz-iv": "AAAAAAAAAAAAAAAAAAAAAA==",
                 "x-amz-matdesc": "{}", "x-amz-wrap-alg": "AESWrap", "x-amz-cek-alg": "AES/CBC/PKCS5Padding"}
                """);
        assertThat(run("bad", true, RangedReadingTest::right).absences())
                .containsExactly(new CaseResult.Absence("ranges", "nothing verifies AES-CBC content"));
    }

    @Test
    void caseThatHttpCannotCarry_isNotTried() throws IOException {
        corpus.edit("made/good/meta.json", "\"02\"", "\"02\", \"a\": \"\\u9375\"");
        assertThat(run("good", true, RangedReadingTest::right).absences())
                .containsExactly(new CaseResult.Absence("ranges", "HTTP carries no such character in a header"));
    }
}
