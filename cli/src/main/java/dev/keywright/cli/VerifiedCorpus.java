/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.Corpus;
import dev.keywright.vectors.CorpusRun;
import dev.keywright.vectors.VectorCase;
import dev.keywright.vectors.VectorCase.Location;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What came of a corpus, or of a part of it.
 *
 * @param ways the names of the ways of reading that were tried
 */
record VerifiedCorpus(Corpus corpus, List<String> ways, List<CaseResult> results, double seconds) {
    /** Newest format first. */
    private static final Comparator<Kind> ORDER = Comparator.comparing(Kind::format)
            .reversed()
            .thenComparing(Comparator.comparing(Kind::suite).reversed())
            .thenComparing(Kind::wrap);

    /** What an object is, whoever wrote it and wherever its envelope is. */
    record Kind(String format, String suite, String wrap) {
        static Kind of(VectorCase vector) {
            return new Kind(
                    vector.format().name(), vector.suiteId(), vector.wrap().wireName());
        }
    }

    /** Good cases of one kind, producer and location. */
    record Cell(int passed, int failed) {
        static final Cell ABSENT = new Cell(0, 0);

        Cell add(CaseResult result) {
            return result.passed() ? new Cell(passed + 1, failed) : new Cell(passed, failed + 1);
        }

        boolean isAbsent() {
            return passed + failed == 0;
        }
    }

    /** The place of a cell. */
    record Place(Kind kind, String producer, Location location) {}

    List<CaseResult> failed() {
        return results.stream().filter(result -> !result.passed()).toList();
    }

    int readings() {
        return results.stream().mapToInt(CaseResult::readings).sum();
    }

    /** How many of the readings were with a needed permission withdrawn. */
    int withdrawn() {
        return results.stream()
                .filter(result -> result.vector().expect().isSuccess())
                .mapToInt(result ->
                        result.readings() - (ways.size() - result.absences().size()))
                .sum();
    }

    List<CaseResult> good() {
        return results.stream()
                .filter(result -> result.vector().expect().isSuccess())
                .toList();
    }

    List<CaseResult> bad() {
        return results.stream()
                .filter(result -> !result.vector().expect().isSuccess())
                .toList();
    }

    /** The kinds of good cases, newest format first. */
    List<Kind> kinds() {
        TreeSet<Kind> kinds = new TreeSet<>(ORDER);
        good().forEach(result -> kinds.add(Kind.of(result.vector())));
        return List.copyOf(kinds);
    }

    /** Who has good cases. */
    List<String> producers() {
        TreeSet<String> producers = new TreeSet<>();
        good().forEach(result -> producers.add(result.vector().producer().name()));
        return List.copyOf(producers);
    }

    Map<Place, Cell> table() {
        Map<Place, Cell> table = new LinkedHashMap<>();
        for (CaseResult result : good()) {
            VectorCase vector = result.vector();
            table.merge(
                    new Place(Kind.of(vector), vector.producer().name(), vector.location()),
                    Cell.ABSENT.add(result),
                    (before, one) -> before.add(result));
        }
        return table;
    }

    /** Whether any good case of this kind has its envelope there. */
    boolean occurs(Kind kind, Location location) {
        return good().stream()
                .anyMatch(result -> result.vector().location() == location
                        && Kind.of(result.vector()).equals(kind));
    }

    /** Every place of the table that some producer fills, and that has no case. */
    List<Place> absent() {
        Map<Place, Cell> table = table();
        List<Place> absent = new ArrayList<>();
        for (Kind kind : kinds()) {
            for (String producer : producers()) {
                for (Location location : Location.values()) {
                    Place place = new Place(kind, producer, location);
                    if (occurs(kind, location) && !table.containsKey(place)) {
                        absent.add(place);
                    }
                }
            }
        }
        return absent;
    }

    /** The bad cases by the first of their flags, or by none. */
    Map<String, List<CaseResult>> badByFlag() {
        Map<String, List<CaseResult>> byFlag = new TreeMap<>();
        for (CaseResult result : bad()) {
            String flag = result.vector().flags().stream().findFirst().orElse("");
            byFlag.computeIfAbsent(flag, some -> new ArrayList<>()).add(result);
        }
        return byFlag;
    }

    /** How often each way could not be tried, by way and reason. */
    Map<String, Integer> absences() {
        Map<String, Integer> absences = new TreeMap<>();
        results.forEach(result -> result.absences()
                .forEach(absence -> absences.merge(absence.way() + ": " + absence.why(), 1, Integer::sum)));
        return absences;
    }

    /** Ways that the vector format names and this build does not have. */
    static List<String> absentWays() {
        return CorpusRun.ABSENT_WAYS;
    }

    /** What every machine-readable answer begins with. */
    Map<String, Object> totals() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("corpus", corpus.folder().toString());
        fields.put("cases", results.size());
        fields.put("passed", results.size() - failed().size());
        fields.put("failed", failed().size());
        fields.put("readings", readings());
        fields.put("readingsWithAPermissionWithdrawn", withdrawn());
        fields.put("ways", ways);
        fields.put("absentWays", absentWays());
        fields.put("notTried", absences());
        return fields;
    }

    List<Map<String, Object>> failures() {
        List<Map<String, Object>> failures = new ArrayList<>();
        for (CaseResult result : failed()) {
            for (CaseResult.Failure failure : result.failures()) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("id", result.vector().id());
                fields.put("way", failure.way());
                fields.put("expected", failure.expected());
                fields.put("got", failure.got());
                failures.add(fields);
            }
        }
        return failures;
    }

    /** Totals, ways and failures, for a person. */
    String summary() {
        StringBuilder text = new StringBuilder(results.size() + " cases of "
                + results.stream()
                        .map(result -> result.vector().producer().name())
                        .distinct()
                        .count()
                + " producers in " + corpus.folder() + ", read " + readings() + " times\n\n");
        line(text, "passed", results.size() - failed().size() + "");
        line(text, "failed", failed().size() + "");
        line(text, "good cases", good().size() + ", and " + withdrawn() + " readings with a permission withdrawn");
        line(text, "bad cases", bad().size() + "");
        text.append('\n');
        ways.forEach(way -> line(text, "way", way));
        absences().forEach((way, times) -> line(text, "not tried", way + " (" + times + " cases)"));
        absentWays().forEach(way -> line(text, "absent", way));
        if (!failed().isEmpty()) {
            text.append("\nfailed\n");
        }
        for (CaseResult result : failed()) {
            CaseResult.Failure first = result.failures().get(0);
            text.append("  ").append(result.vector().id()).append('\n');
            line(text, "    way", first.way() + more(result.failures().size() - 1));
            line(text, "    expected", first.expected());
            line(text, "    got", first.got());
        }
        return text.toString();
    }

    private static String more(int readings) {
        return readings == 0 ? "" : " (and " + readings + " readings more, which --json lists)";
    }

    private static void line(StringBuilder text, String name, String value) {
        EnvelopeView.line(text, name, value);
    }

    /** The end of a command that ran them. */
    void requireAllPassed() {
        if (!failed().isEmpty()) {
            throw new VectorsFailedException(failed().size() + " of " + results.size() + " cases failed");
        }
    }
}
