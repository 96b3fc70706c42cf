/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Path;
import java.security.Security;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PinnedResultsTest {
    private static final String OTHER_COUNTS = Arrays.stream(Algorithm.values())
            .skip(1)
            .map(algorithm -> "count " + algorithm.title() + ": not-offered 1\n")
            .collect(Collectors.joining());

    private static final String TEXT = """
            # SunJCE, with three cases
            name: SunJCE
            count AES-GCM: pass 2, acceptable-accepted 1
            """ + OTHER_COUNTS + """

            aes_gcm_test.json 3: acceptable-accepted
              It is a case like
              the first.
            """;

    @TempDir
    private Path folder;

    private WycheproofRun run() throws IOException {
        return WycheproofRun.of(SmallVectors.read(folder), JcaPrimitives.of(Security.getProvider("SunJCE")));
    }

    private static String withoutOtherCounts(Iterable<String> differences) {
        return String.join("\n", differences)
                .lines()
                .filter(line -> !line.endsWith("none (pinned not-offered 1)"))
                .collect(Collectors.joining("\n"));
    }

    @Test
    void run_asPinned_doesNotDiffer() throws IOException {
        PinnedResults pinned = PinnedResults.parse(TEXT);
        assertThat(withoutOtherCounts(pinned.differences(run()))).isEmpty();
        assertThat(pinned.name()).isEqualTo("SunJCE");
        assertThat(pinned.explained()).singleElement().satisfies(entry -> {
            assertThat(entry.cases()).containsExactly("aes_gcm_test.json 3");
            assertThat(entry.why()).isEqualTo("It is a case like the first.");
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    json 3: acceptable-accepted   | json 3: acceptable-rejected   | aes_gcm_test.json 3: acceptable-accepted: with the case's own bytes (pinned as acceptable-rejected)
                    json 3: acceptable-accepted   | json 2-3: acceptable-accepted | aes_gcm_test.json 2: pass (pinned as acceptable-accepted)
                    json 3: acceptable-accepted   | json 3, 9: acceptable-accepted | aes_gcm_test.json 9: pinned, and there is no such case
                    pass 2, acceptable-accepted 1 | pass 3                        | count AES-GCM: pass 2, acceptable-accepted 1 (pinned pass 3)
                    """)
    void run_thatDiffers_isNamed(String what, String by, String difference) throws IOException {
        assertThat(PinnedResults.parse(TEXT.replace(what, by)).differences(run()))
                .contains(difference);
    }

    @Test
    void result_withoutExplanation_differs() throws IOException {
        String text = TEXT.substring(0, TEXT.indexOf("aes_gcm"));
        assertThat(withoutOtherCounts(PinnedResults.parse(text).differences(run())))
                .isEqualTo("aes_gcm_test.json 3: acceptable-accepted: with the case's own bytes (unexplained)");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
                    name: SunJCE                | title: SunJCE                      | is no line of pinned results
                    count AES-GCM: pass 2       | count AES-XTS: pass 2              | 'AES-XTS' is no algorithm
                    count AES-GMAC              | count AES-KW                       | AES-KW is counted twice
                    count AES-GMAC              | # AES-GMAC                         | not a count for each algorithm
                    pass 2,                     | passed 2,                          | 'passed' is no outcome
                    pass 2,                     | pass many,                         | is no outcome and its count
                    aes_gcm_test.json 3:        | aes_gcm_test.json 3, 3:            | aes_gcm_test.json 3 is given twice
                    aes_gcm_test.json 3:        | aes_gcm_test.json 3-1:             | ends before it begins
                    json 3: acceptable-accepted | json 3: fine                       | 'fine' is no outcome
                    """)
    void text_withOneFault_isRefused(String what, String by, String said) {
        assertThat(TEXT).contains(what);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PinnedResults.parse(TEXT.replace(what, by)))
                .withMessageContaining(said);
    }

    @Test
    void cases_withoutExplanation_areRefused() {
        String none = TEXT.substring(0, TEXT.indexOf("  It is"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PinnedResults.parse(none))
                .withMessageContaining("[aes_gcm_test.json 3] has no explanation");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PinnedResults.parse(none + "aes_gcm_test.json 2: fail\n  Only this one.\n"))
                .withMessageContaining("[aes_gcm_test.json 3] has no explanation");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PinnedResults.parse("  Because.\n" + TEXT))
                .withMessageContaining("explains nothing");
    }

    @Test
    void draft_ofARun_isReadAgain_andDoesNotDiffer() throws IOException {
        String draft = PinnedResults.draft(run()).replace(": none", ": pass 1");
        assertThat(PinnedResults.parse(draft).differences(run()))
                .allMatch(line -> line.endsWith("none (pinned pass 1)"));
    }

    @Test
    void named_thatIsNotThere_isRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> PinnedResults.named("NoSuchProvider"))
                .withMessageContaining("NoSuchProvider");
    }
}
