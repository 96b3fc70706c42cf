/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The results in {@code docs/wycheproof.md} are those that are pinned, and those are what the runs gave. With {@code
 * -Dkeywright.update-docs=true} they are written instead.
 */
class WycheproofPageTest {
    private static final String HEADING = "## Results\n";
    private static final List<String> PINNED = List.of(
            "SunJCE-17",
            "SunJCE-25",
            "BouncyCastle",
            "AmazonCorretto",
            "SoftHSM",
            "Keywright-engine",
            "Keywright-provider");
    private static final Map<Outcome, String> MARKS = Map.of(
            Outcome.PASS, "✓ ",
            Outcome.FAIL, "✗ ",
            Outcome.ACCEPTABLE_ACCEPTED, "+ ",
            Outcome.ACCEPTABLE_REJECTED, "− ",
            Outcome.NOT_OFFERED, "· ");

    @Test
    void page_hasThePinnedResults() throws IOException {
        Path page = Path.of(System.getProperty("keywright.root"), "docs", "wycheproof.md");
        String text = Files.readString(page);
        int start = text.indexOf(HEADING);
        assertThat(start).as(HEADING.strip() + " in " + page).isNotNegative();
        String results = results(PINNED.stream().map(PinnedResults::named).toList());
        if (Boolean.getBoolean("keywright.update-docs")) {
            Files.writeString(page, text.substring(0, start) + results);
            return;
        }
        assertThat(text.substring(start))
                .as("docs/wycheproof.md; -Dkeywright.update-docs=true writes what is pinned")
                .isEqualTo(results);
    }

    @Test
    void everyPinnedFile_isOnThePage() throws IOException {
        Path folder = Path.of(
                System.getProperty("keywright.root"),
                "test-vectors/src/main/resources/dev/keywright/wycheproof/pinned");
        try (var files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrderElementsOf(
                            PINNED.stream().map(name -> name + ".txt").toList());
        }
    }

    private static String results(List<PinnedResults> all) {
        StringBuilder text = new StringBuilder(HEADING + "\n| |");
        all.forEach(one -> text.append(' ').append(one.name()).append(" |"));
        text.append("\n| --- |").append(" --- |".repeat(all.size())).append('\n');
        for (Algorithm algorithm : Algorithm.values()) {
            text.append("| ").append(algorithm.title()).append(" |");
            all.forEach(
                    one -> text.append(' ').append(cell(one.counts(algorithm))).append(" |"));
            text.append('\n');
        }
        all.forEach(one -> explanations(one, text));
        return text.toString();
    }

    private static String cell(Map<Outcome, Long> counts) {
        return counts.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(count -> MARKS.get(count.getKey()) + count.getValue())
                .collect(Collectors.joining(", "));
    }

    private static void explanations(PinnedResults pinned, StringBuilder text) {
        text.append("\n### ").append(pinned.name()).append("\n\n");
        for (PinnedResults.Explained entry : pinned.explained()) {
            text.append("- **").append(entry.outcome().word().replace('-', ' ')).append("**: ");
            text.append(entry.why()).append("<br>\n  <small>");
            text.append(String.join("; ", entry.cases())).append("</small>\n");
        }
    }
}
