/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code ./requirements} tells, from small catalogues and reports. */
class RequirementsTest {
    private static final String CATALOGUE = """
            ## ABC: letters

            | id | level | requirement | where | shown by |
            | --- | --- | --- | --- | --- |
            | ABC-001 | MUST | A is a letter | spi |  |
            | ABC-002 | MUST NOT | A is a number | spi | OldTest |
            | ABC-003 | MAY | B is a letter | spi |  |
            | ABC-004 | MUST | If B is one, it is the second | spi |  |
            """;

    private static final String DEVIATIONS = """
            | ABC-003 | | Nobody has asked for B yet |
            | ABC-004 | without ABC-003 | There is no B |
            """;

    @TempDir
    private Path folder;

    private Path report;

    @BeforeEach
    void passed() throws IOException {
        report = report("SUCCESSFUL");
    }

    /** A class with tag ABC-001, and a test in a nested class of it with tag ABC-002. */
    private Path report(String status) throws IOException {
        return Files.writeString(folder.resolve("report.xml"), """
                <e:events xmlns="core" xmlns:e="events" xmlns:java="java" xmlns:junit="junit">
                <e:started id="1" name="engine"><metadata><junit:type>CONTAINER</junit:type></metadata></e:started>
                <e:started id="2" parentId="1"><metadata><tags><tag>ABC-001</tag></tags><junit:type>CONTAINER</junit:type>
                </metadata><sources><java:classSource className="x.LettersTest$Nested"/></sources></e:started>
                <e:started id="3" parentId="2"><metadata><tags><tag>ABC-002</tag><tag>slow</tag></tags>
                <junit:type>TEST</junit:type></metadata>
                <sources><java:methodSource className="x.LettersTest$Nested" methodName="m"/></sources></e:started>
                <e:finished id="3"><result status="%s"/></e:finished>
                <e:finished id="2"><result status="SUCCESSFUL"/></e:finished>
                <e:finished id="1"><result status="SUCCESSFUL"/></e:finished>
                </e:events>
                """.formatted(status));
    }

    private List<String> faults(String catalogue, String deviations) throws IOException {
        return Requirements.of(catalogue, deviations, List.of(report)).faults();
    }

    @Test
    void catalogue_allShownOrLetBe_isFaultless() throws IOException {
        assertThat(faults(CATALOGUE, DEVIATIONS)).isEmpty();
    }

    @Test
    void must_shownByATestThatDidNotPass_isMissing() throws IOException {
        for (String status : List.of("FAILED", "ABORTED", "SKIPPED")) {
            report = report(status);
            assertThat(faults(CATALOGUE, DEVIATIONS))
                    .containsExactly(
                            "ABC-001 (MUST) is shown by no test that passed: A is a letter",
                            "ABC-002 (MUST NOT) is shown by no test that passed: A is a number");
        }
    }

    @Test
    void may_neitherShownNorLetBe_isMissing() throws IOException {
        assertThat(faults(CATALOGUE, ""))
                .hasSize(2)
                .allMatch(fault -> fault.contains("is shown by no test that passed"));
    }

    @Test
    void must_letBeForAReasonAlone_isAFault() throws IOException {
        assertThat(faults(CATALOGUE, DEVIATIONS.replace("without ABC-003", "")))
                .containsExactly(
                        "ABC-004 is a MUST, from which there is no deviation unless it rests on another requirement");
    }

    @Test
    void deviation_thatIsShown_isStale() throws IOException {
        assertThat(faults(CATALOGUE, DEVIATIONS + "| ABC-001 | given ABC-002 | It is a letter, surely |\n"))
                .containsExactly("ABC-001 is among the deviations, and is shown by [LettersTest]");
    }

    @Test
    void deviation_restingOnWhatIsTakenUpOrIsAMust_isAFault() throws IOException {
        assertThat(faults(CATALOGUE, DEVIATIONS.replace("without ABC-003", "without ABC-002")))
                .containsExactly("ABC-004 is let be without ABC-002, which is no SHOULD or MAY among the deviations");
    }

    @Test
    void deviation_givenWhatNoTestShows_isAFault() throws IOException {
        assertThat(faults(CATALOGUE, DEVIATIONS.replace("without ABC-003", "given ABC-003")))
                .containsExactly("ABC-004 is let be given ABC-003, which no test shows");
    }

    @Test
    void ids_thatAreUnknownTwiceOrMisspelled_areFaults() throws IOException {
        assertThat(faults(CATALOGUE.replace("ABC-001", "ABC-009"), DEVIATIONS))
                .anyMatch(fault -> fault.equals("ABC-001 is shown by [LettersTest], and is no requirement"));
        assertThat(faults(CATALOGUE + "| ABC-001 | MUST | Again | spi |  |\n", DEVIATIONS))
                .containsExactly("ABC-001 is in the catalogue twice");
        assertThat(faults(CATALOGUE + "| ABC-005 | OUGHT | To be | spi |  |\n", DEVIATIONS))
                .containsExactly("not a row of the catalogue: | ABC-005 | OUGHT | To be | spi |  |");
        assertThat(faults(CATALOGUE, DEVIATIONS + "| ABC-003 | | short |\n"))
                .containsExactly("not a row of the deviations: | ABC-003 | | short |");
        assertThat(faults(CATALOGUE, DEVIATIONS + "| ABC-003 | | Nobody has asked for B yet |\n"))
                .containsExactly("ABC-003 is among the deviations twice");
    }

    @Test
    void table_countsByGroup() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Requirements.of(CATALOGUE, DEVIATIONS, List.of(report))
                .print(true, new PrintStream(out, true, StandardCharsets.UTF_8));
        assertThat(out.toString(StandardCharsets.UTF_8))
                .containsPattern("ABC +letters +2/3 +2/4 +2 +0")
                .contains("ABC-002 MUST NOT: LettersTest", "ABC-004 MUST: without ABC-003 (let be)");
    }

    @Test
    void catalogue_withTests_namesThem() throws IOException {
        assertThat(Requirements.of(CATALOGUE, DEVIATIONS, List.of(report)).withTests(CATALOGUE))
                .contains(
                        "| ABC-002 | MUST NOT | A is a number | spi | LettersTest |",
                        "| ABC-004 | MUST | If B is one, it is the second | spi | without ABC-003 (let be) |");
    }

    /** What is wrong with the real ones and does not depend on a run. */
    @Test
    void documents_areWellFormed() throws IOException {
        assertThat(Requirements.of(
                                House.text(House.ROOT.resolve(Requirements.CATALOGUE)),
                                House.text(House.ROOT.resolve(Requirements.DEVIATIONS)),
                                List.of())
                        .faults())
                .allMatch(fault ->
                        fault.contains("is shown by no test that passed") || fault.contains("which no test shows"));
    }
}
