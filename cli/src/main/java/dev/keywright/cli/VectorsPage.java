/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.cli;

import dev.keywright.cli.VerifiedCorpus.Cell;
import dev.keywright.cli.VerifiedCorpus.Kind;
import dev.keywright.cli.VerifiedCorpus.Place;
import dev.keywright.vectors.CaseResult;
import dev.keywright.vectors.Layer;
import dev.keywright.vectors.VectorCase;
import dev.keywright.vectors.VectorCase.Location;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** The report of a corpus as one page of HTML that loads nothing else. All text of the corpus is escaped. */
final class VectorsPage {
    private static final DateTimeFormatter MINUTE = DateTimeFormatter.ofPattern(
                    "d MMMM yyyy, HH:mm 'UTC'", Locale.ENGLISH)
            .withZone(ZoneOffset.UTC);

    private final VerifiedCorpus verified;
    private final Instant when;
    private final StringBuilder html = new StringBuilder();

    VectorsPage(VerifiedCorpus verified, Instant when) {
        this.verified = verified;
        this.when = when;
    }

    String text() {
        add("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        add("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        add("<title>" + escaped(headline()) + "</title>\n<style>\n" + style() + "</style>\n</head>\n<body>\n<main>\n");
        opening();
        failures();
        matrix();
        bad();
        ways();
        producers();
        add("<footer>Made by <code>keywright vectors report</code> on " + MINUTE.format(when) + ", with Java "
                + escaped(System.getProperty("java.version")) + ", in " + seconds() + ".</footer>\n");
        add("</main>\n</body>\n</html>\n");
        return html.toString();
    }

    static String style() {
        return style("vectors.css");
    }

    static String style(String name) {
        try (InputStream css = VectorsPage.class.getResourceAsStream(name)) {
            if (css == null) {
                throw new IllegalStateException("the page's style is not beside its class");
            }
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- what it says first ----------------------------------------------------------------------------------------

    private String headline() {
        int failed = verified.failed().size();
        int all = verified.results().size();
        if (failed > 0) {
            return failed + " of " + count(all, "stored object") + " did not end as " + (all == 1 ? "it" : "they")
                    + " must";
        }
        int good = verified.good().size();
        int bad = verified.bad().size();
        if (bad == 0) {
            return all == 1 ? "1 stored object, and it opens" : number(all) + " stored objects, and all of them open";
        }
        return count(good, "stored object") + (good == 1 ? " opens" : " open") + ", and " + count(bad, "spoiled one")
                + (bad == 1 ? " is" : " are") + " refused";
    }

    private void opening() {
        add("<p class=\"over\">Keywright \u00b7 compatibility vectors</p>\n<h1>" + escaped(headline()) + "</h1>\n");
        add("<p>Each object of <code>" + escaped(verified.corpus().folder().toString())
                + "</code> was read in " + number(verified.ways().size())
                + " ways. A good one must give its plaintext to the byte, and must be refused as soon as any one"
                + " permission that it needs is withdrawn. A bad one must be refused by the layer that it is made for,"
                + " and no way that promises verified plaintext may give away a single byte of it.</p>\n");
        add("<ul class=\"tiles\">\n");
        tile("", verified.results().size() - verified.failed().size(), "cases passed");
        tile(verified.failed().isEmpty() ? "" : "bad", verified.failed().size(), "cases failed");
        tile("", verified.good().size(), "good objects");
        tile("", verified.bad().size(), "bad objects");
        tile("", verified.readings(), "readings");
        tile("", verified.withdrawn(), "of them with a permission withdrawn");
        add("</ul>\n");
    }

    private void tile(String kind, int number, String what) {
        add("<li class=\"" + kind + "\"><b>" + number(number) + "</b><span>" + what + "</span></li>\n");
    }

    private void failures() {
        if (verified.failed().isEmpty()) {
            return;
        }
        add("<h2>What failed</h2>\n");
        for (CaseResult result : verified.failed()) {
            add("<details class=\"failure\"" + (verified.failed().size() <= 5 ? " open" : "") + "><summary><code>"
                    + escaped(result.vector().id()) + "</code> <span class=\"chip fail\">\u2717 "
                    + count(result.failures().size(), "reading") + "</span><span class=\"why\">"
                    + escaped(result.failures().get(0).got()) + "</span></summary>\n<div>\n<p>"
                    + escaped(result.vector().comment()) + "</p>\n");
            for (CaseResult.Failure failure : result.failures()) {
                add("<dl><dt>way</dt><dd>" + escaped(failure.way()) + "</dd><dt>expected</dt><dd>"
                        + escaped(failure.expected()) + "</dd><dt>got</dt><dd>" + escaped(failure.got())
                        + "</dd></dl>\n");
            }
            add("</div></details>\n");
        }
    }

    // ---- good objects ----------------------------------------------------------------------------------------------

    private void matrix() {
        if (verified.good().isEmpty()) {
            return;
        }
        List<String> producers = verified.producers();
        add("<h2>Who wrote what, and whether it opens</h2>\n");
        add("<p>Numbers are cases: of every size, key length and shape of metadata that the producer can write.</p>\n");
        add("<div class=\"wide\">\n<table class=\"matrix\">\n<colgroup><col class=\"wrap\">"
                + "<col>".repeat(2 * producers.size())
                + "</colgroup>\n<thead>\n<tr><td class=\"corner\" rowspan=\"2\"></td>");
        for (String producer : producers) {
            add("<th class=\"first\" colspan=\"2\" scope=\"colgroup\">"
                    + escaped(producer).replace("-", "-<wbr>") + "</th>");
        }
        add("</tr>\n<tr>");
        producers.forEach(
                producer -> add("<th class=\"first\" scope=\"col\" title=\"envelope in the object's metadata\">"
                        + "meta</th><th scope=\"col\" title=\"envelope in an instruction file\">file</th>"));
        add("</tr>\n</thead>\n");
        Map<Place, Cell> table = verified.table();
        String group = "";
        for (Kind kind : verified.kinds()) {
            String title = kind.format() + " \u00b7 " + kind.suite() + " \u00b7 " + suiteInWords(kind.suite());
            if (!title.equals(group)) {
                add((group.isEmpty() ? "" : "</tbody>\n")
                        + "<tbody>\n<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"" + (1 + 2 * producers.size())
                        + "\">" + title + "</th></tr>\n");
                group = title;
            }
            row(kind, producers, table);
        }
        add("</tbody>\n</table>\n</div>\n");
        add("<ul class=\"legend\"><li><span class=\"pass\">12</span>12 cases, all passed</li>"
                + "<li><span class=\"fail\">\u2717 3/12</span>3 of 12 failed</li>"
                + "<li><span class=\"none\">\u2013</span>absent: no case ("
                + number(verified.absent().size()) + " such places)</li>"
                + "<li>meta: envelope in the object's metadata</li><li>file: in an instruction file</li></ul>\n");
    }

    private void row(Kind kind, List<String> producers, Map<Place, Cell> table) {
        String wrap = escaped(kind.wrap())
                .replace("/", "/<wbr>")
                .replace("With", "<wbr>With")
                .replace("And", "<wbr>And");
        add("<tr><th scope=\"row\">" + wrap + "</th>");
        for (String producer : producers) {
            for (Location location : Location.values()) {
                Cell cell = table.getOrDefault(new Place(kind, producer, location), Cell.ABSENT);
                String title = escaped(producer + ", " + kind.wrap() + ", " + location.word() + ": "
                        + (cell.isAbsent() ? "absent" : cell.passed() + " passed, " + cell.failed() + " failed"));
                add("<td" + (location == Location.METADATA ? " class=\"first\"" : "") + " title=\"" + title + "\">"
                        + shown(cell) + "</td>");
            }
        }
        add("</tr>\n");
    }

    private static String shown(Cell cell) {
        if (cell.isAbsent()) {
            return "<span class=\"none\">\u2013</span>";
        }
        return cell.failed() == 0
                ? "<span class=\"pass\">" + cell.passed() + "</span>"
                : "<span class=\"fail\">\u2717 " + cell.failed() + "/" + (cell.passed() + cell.failed()) + "</span>";
    }

    private static String suiteInWords(String suite) {
        return switch (suite) {
            case "0x0070" -> "AES-CBC, which nothing authenticates";
            case "0x0072" -> "AES-GCM";
            default -> "AES-GCM with key commitment";
        };
    }

    // ---- bad objects -----------------------------------------------------------------------------------------------

    private void bad() {
        if (verified.bad().isEmpty()) {
            return;
        }
        add("<h2>What must be refused, and which layer refused it</h2>\n");
        add("<p>Each bad object is a good one with one change. The layers are in the order in which they look.</p>\n");
        add("<div class=\"wide\">\n<table class=\"matrix faults\">\n<colgroup><col class=\"fault\">"
                + "<col>".repeat(Layer.values().length + 1) + "</colgroup>\n<thead>\n<tr><td class=\"corner\"></td>");
        for (Layer layer : Layer.values()) {
            add("<th scope=\"col\">" + layer.word().replace("-", "-<wbr>") + "</th>");
        }
        add("<th scope=\"col\">failed</th></tr>\n</thead>\n<tbody>\n");
        verified.badByFlag().forEach(this::faultRow);
        add("</tbody>\n</table>\n</div>\n");
    }

    private void faultRow(String flag, List<CaseResult> results) {
        add("<tr><th scope=\"row\"><b>" + (flag.isEmpty() ? "Others" : escaped(flag)) + "</b><small>"
                + escaped(verified.corpus().flags().getOrDefault(flag, "")) + "</small></th>");
        for (Layer layer : Layer.values()) {
            long refused = results.stream()
                    .filter(result -> result.passed() && result.refusedBy().contains(layer))
                    .count();
            add("<td>" + (refused == 0 ? "" : "<span class=\"pass\">" + refused + "</span>") + "</td>");
        }
        long failed = results.stream().filter(result -> !result.passed()).count();
        add("<td>" + (failed == 0 ? "" : "<span class=\"fail\">\u2717 " + failed + "</span>") + "</td></tr>\n");
    }

    private static Iterable<String> layers(List<CaseResult> results) {
        return results.stream()
                .flatMap(result -> result.refusedBy().stream())
                .distinct()
                .sorted()
                .map(Object::toString)
                .toList();
    }

    private static String outcome(CaseResult result) {
        if (!result.passed()) {
            return "<span class=\"chip fail\">\u2717 failed</span>";
        }
        return "<span class=\"chip pass\">"
                + (result.vector().expect().isSuccess()
                        ? "opens"
                        : "refused: " + String.join(", ", layers(List.of(result))))
                + "</span>";
    }

    // ---- how -------------------------------------------------------------------------------------------------------

    private void ways() {
        add("<h2>How each object was read</h2>\n<ul class=\"ways\">\n");
        verified.ways().forEach(way -> add("<li>" + escaped(way) + "</li>\n"));
        add("</ul>\n<p class=\"soft\">Absent in this version: "
                + escaped(String.join("; ", VerifiedCorpus.absentWays())) + ".</p>\n");
        Map<String, Integer> absences = verified.absences();
        if (!absences.isEmpty()) {
            add("<p class=\"soft\">Not tried:</p>\n<ul class=\"soft\">\n");
            absences.forEach((way, times) -> add("<li>" + escaped(way) + " (" + count(times, "case") + ")</li>\n"));
            add("</ul>\n");
        }
    }

    private void producers() {
        Map<String, List<CaseResult>> byProducer = new TreeMap<>();
        for (CaseResult result : verified.results()) {
            byProducer
                    .computeIfAbsent(result.vector().producer().name(), some -> new ArrayList<>())
                    .add(result);
        }
        add(
                "<h2>Case by case</h2>\n<p>Every case is a folder in the corpus: the stored body, the metadata, and what must"
                        + " come of them.</p>\n");
        byProducer.forEach((producer, results) -> {
            long failed = results.stream().filter(result -> !result.passed()).count();
            TreeSet<String> made = new TreeSet<>();
            results.forEach(result -> made.add(result.vector().producer().sdk() + " "
                    + result.vector().producer().version()));
            add("<details><summary><b>" + escaped(producer) + "</b> <span class=\"soft\">"
                    + escaped(String.join(", ", made)) + "</span> <span class=\"chip plain\">"
                    + count(results.size(), "case") + "</span>"
                    + (failed == 0 ? "" : " <span class=\"chip fail\">\u2717 " + failed + " failed</span>")
                    + "</summary>\n<div>\n<table>\n");
            for (CaseResult result : results) {
                VectorCase vector = result.vector();
                add("<tr><td><code>" + escaped(vector.id()) + "</code></td><td>"
                        + escaped(vector.fault() == null ? vector.comment() : vector.fault()) + "</td><td>"
                        + outcome(result) + "</td></tr>\n");
            }
            add("</table>\n</div></details>\n");
        });
    }

    // ---- words -----------------------------------------------------------------------------------------------------

    private String seconds() {
        return String.format(Locale.ROOT, "%.1f seconds", verified.seconds());
    }

    private static String number(int number) {
        return String.format(Locale.ENGLISH, "%,d", number);
    }

    private static String count(int number, String what) {
        return number(number) + " " + what + (number == 1 ? "" : "s");
    }

    private void add(String text) {
        html.append(text);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
