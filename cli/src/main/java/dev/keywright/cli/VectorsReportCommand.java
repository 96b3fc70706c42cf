/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.cli.VerifiedCorpus.Cell;
import dev.keywright.cli.VerifiedCorpus.Kind;
import dev.keywright.cli.VerifiedCorpus.Place;
import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.VectorCase.Location;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code keywright vectors report}: runs a corpus, and shows who wrote what and what came of it. */
@Command(
        name = "report",
        header = "Runs a corpus, and shows a table: producer, wrap, suite and location; passed, failed, absent.",
        description = "As verify does, with the same exit codes. What is absent is shown too.")
final class VectorsReportCommand extends CorpusSubcommand {
    @Option(
            names = "--html",
            paramLabel = "FILE",
            description = "also write a page for a browser; it loads nothing else")
    @Nullable
    Path html;

    @Option(
            names = {"-f", "--force"},
            description = "overwrite what is there")
    boolean force;

    VectorsReportCommand(Terminal terminal) {
        super(terminal);
    }

    @Override
    void perform() throws IOException {
        if (html != null) {
            OutputFile.requireFree(html, force);
        }
        VerifiedCorpus verified = verified();
        answer(text(verified), fields(verified));
        if (html != null) {
            try (OutputFile file = new OutputFile(html, force)) {
                file.stream()
                        .write(new VectorsPage(verified, Instant.now()).text().getBytes(StandardCharsets.UTF_8));
                file.keep();
            }
            if (!output.quiet && !output.json) {
                terminal.err().println("wrote " + html);
            }
        }
        verified.requireAllPassed();
    }

    private static String text(VerifiedCorpus verified) {
        StringBuilder text = new StringBuilder(verified.summary());
        List<String> producers = verified.producers();
        Map<Place, Cell> table = verified.table();
        text.append("\ngood cases by producer: passed, or failed/all!; '-' is absent\n");
        for (int i = 0; i < producers.size(); i++) {
            text.append(String.format(Locale.ROOT, "  %2d  %s%n", i + 1, producers.get(i)));
        }
        text.append(String.format(Locale.ROOT, "%n%-2s %-6s %-11s %-37s", "", "suite", "location", "wrap"));
        for (int i = 0; i < producers.size(); i++) {
            text.append(String.format(Locale.ROOT, " %6d", i + 1));
        }
        text.append('\n');
        for (Kind kind : verified.kinds()) {
            for (Location location : Location.values()) {
                if (verified.occurs(kind, location)) {
                    text.append(String.format(
                            Locale.ROOT,
                            "%-2s %-6s %-11s %-37s",
                            kind.format(),
                            kind.suite(),
                            location.word(),
                            kind.wrap()));
                    for (String producer : producers) {
                        Cell cell = table.getOrDefault(new Place(kind, producer, location), Cell.ABSENT);
                        text.append(String.format(Locale.ROOT, " %6s", shown(cell)));
                    }
                    text.append('\n');
                }
            }
        }
        if (!verified.bad().isEmpty()) {
            text.append(String.format(
                    Locale.ROOT, "%nbad cases by flag%n%-28s %6s %6s  %s%n", "", "passed", "failed", "refused by"));
            verified.badByFlag()
                    .forEach((flag, results) -> text.append(String.format(
                            Locale.ROOT,
                            "%-28s %6d %6d  %s%n",
                            flag.isEmpty() ? "(none)" : flag,
                            passed(results),
                            results.size() - passed(results),
                            String.join(", ", layers(results)))));
        }
        return text.toString();
    }

    private static String shown(Cell cell) {
        if (cell.isAbsent()) {
            return "-";
        }
        return cell.failed() == 0 ? "" + cell.passed() : cell.failed() + "/" + (cell.passed() + cell.failed()) + "!";
    }

    private static int passed(List<CaseResult> results) {
        return (int) results.stream().filter(CaseResult::passed).count();
    }

    private static List<String> layers(List<CaseResult> results) {
        return results.stream()
                .flatMap(result -> result.refusedBy().stream())
                .distinct()
                .sorted()
                .map(Object::toString)
                .toList();
    }

    private static Map<String, Object> fields(VerifiedCorpus verified) {
        Map<String, Object> fields = new LinkedHashMap<>(verified.totals());
        List<Map<String, Object>> table = new ArrayList<>();
        verified.table().forEach((place, cell) -> {
            Map<String, Object> row = fields(place);
            row.put("passed", cell.passed());
            row.put("failed", cell.failed());
            table.add(row);
        });
        fields.put("table", table);
        fields.put(
                "absent",
                verified.absent().stream().map(VectorsReportCommand::fields).toList());
        List<Map<String, Object>> bad = new ArrayList<>();
        verified.badByFlag().forEach((flag, results) -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("flag", flag);
            row.put("passed", passed(results));
            row.put("failed", results.size() - passed(results));
            row.put("refusedBy", layers(results));
            bad.add(row);
        });
        fields.put("bad", bad);
        fields.put("failures", verified.failures());
        return fields;
    }

    private static Map<String, Object> fields(Place place) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("producer", place.producer());
        fields.put("format", place.kind().format());
        fields.put("suite", place.kind().suite());
        fields.put("wrap", place.kind().wrap());
        fields.put("location", place.location().word());
        return fields;
    }
}
