/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.CorpusKeyrings;
import dev.keywright.vectors.CorpusRun;
import dev.keywright.vectors.EnvelopeReading;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** All of the corpus, on the platform's providers, by every way that needs no S3. */
class CorpusTest {
    /** Asserted, so that no case goes missing unseen. */
    private static final int CASES = 1948;

    private static final int READINGS = 16_591;
    /** Altered content, which ranges do not show. */
    private static final int ABSENT = 264;

    @Test
    void corpus_everyCaseByEveryWay_endsAsItMust() throws IOException {
        Corpus corpus = Corpus.read(Path.of("..", "test-vectors", "corpus"));
        assertThat(corpus.cases()).hasSize(CASES);
        try (CorpusKeyrings keyrings = new CorpusKeyrings(
                (name, description, key) ->
                        JcaKeyrings.platform().description(description).aes(name, key),
                (name, description, pair) ->
                        JcaKeyrings.platform().description(description).rsa(name, pair))) {
            CorpusRun run = new CorpusRun(EnvelopeReading.of(
                    corpus, keyrings, JcaContentCipher.platform(), JcaLegacyContentCipher.platform()));
            List<CaseResult> results = run.run(corpus.cases(), each -> {});
            assertThat(results).filteredOn(result -> !result.passed()).isEmpty();
            assertThat(results.stream()
                            .mapToInt(result -> result.absences().size())
                            .sum())
                    .isEqualTo(ABSENT);
            assertThat(results.stream().mapToInt(CaseResult::readings).sum()).isEqualTo(READINGS);
        }
    }
}
