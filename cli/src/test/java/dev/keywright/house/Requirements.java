/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.house;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Which requirements of {@code docs/requirements.md} the last test run showed: those whose id is the tag of a test that passed.
 * Each of the others must be in {@code docs/requirements-deviations.md} with a reason; a MUST or MUST NOT only if it rests on
 * another requirement, which is named there, and which is not taken up or makes it moot. Needs nothing but the JDK, so that
 * {@code ./requirements} runs it from its source.
 */
final class Requirements {
    static final String CATALOGUE = "docs/requirements.md";
    static final String DEVIATIONS = "docs/requirements-deviations.md";
    private static final String REPORT = "target/surefire-reports/open-test-report.xml";

    private static final Pattern ID = Pattern.compile("[A-Z]{3}-\\d{3}");
    private static final Pattern GROUP = Pattern.compile("## ([A-Z]{3}): (.+)");
    private static final Pattern ROW = Pattern.compile(
            "\\| ([A-Z]{3}-\\d{3}) \\| (MUST NOT|MUST|SHOULD|MAY) \\| ([^|]+) \\| ([^|]+) \\| ([^|]*)\\|");
    private static final Pattern DEVIATION =
            Pattern.compile("\\| ([A-Z]{3}-\\d{3}) \\| (?:(without|given) ([A-Z]{3}-\\d{3}))? *\\| ([^|]{12,}) \\|");

    /** One row of the catalogue. */
    record Requirement(String id, String level, String text, String where) {
        boolean isMust() {
            return level.startsWith("MUST");
        }
    }

    /**
     * One row of the deviations.
     *
     * @param relation {@code without}: rests on {@code other}, which is not taken up; {@code given}: moot, as {@code other} is
     *     met; empty if the reason stands alone
     */
    record Deviation(String id, String relation, String other, String reason) {}

    private final Map<String, String> groups = new LinkedHashMap<>();
    private final Map<String, Requirement> requirements = new LinkedHashMap<>();
    private final Map<String, Deviation> deviations = new LinkedHashMap<>();
    private final Map<String, Set<String>> shownBy = new TreeMap<>();
    private final List<String> faults = new ArrayList<>();

    private Requirements() {}

    /** {@code ./requirements [--tests | --update-docs]}: the table by group; with the tests of each id; or those put into the catalogue. */
    public static void main(String[] arguments) throws IOException {
        Path root = Path.of("");
        List<Path> reports = reports(root);
        if (reports.isEmpty()) {
            System.err.println("requirements: no test reports (*/" + REPORT + "); run ./check first");
            System.exit(2);
        }
        Requirements found =
                of(Files.readString(root.resolve(CATALOGUE)), Files.readString(root.resolve(DEVIATIONS)), reports);
        if (List.of(arguments).contains("--update-docs")) {
            Files.writeString(root.resolve(CATALOGUE), found.withTests(Files.readString(root.resolve(CATALOGUE))));
        }
        found.print(List.of(arguments).contains("--tests"), System.out);
        System.exit(found.faults().isEmpty() ? 0 : 1);
    }

    private static List<Path> reports(Path root) throws IOException {
        try (Stream<Path> modules = Files.list(root.toAbsolutePath())) {
            return modules.map(module -> module.resolve(REPORT))
                    .filter(Files::isRegularFile)
                    .sorted()
                    .toList();
        }
    }

    static Requirements of(String catalogue, String deviations, List<Path> reports) throws IOException {
        Requirements found = new Requirements();
        catalogue.lines().forEach(found::readCatalogue);
        deviations.lines().forEach(found::readDeviation);
        for (Path report : reports) {
            found.readReport(report);
        }
        found.judge();
        return found;
    }

    /** All that is wrong; empty if every requirement is shown or let be for a reason. */
    List<String> faults() {
        return faults;
    }

    private void readCatalogue(String line) {
        Matcher group = GROUP.matcher(line);
        if (group.matches()) {
            groups.put(group.group(1), group.group(2));
            return;
        }
        Matcher row = ROW.matcher(line);
        if (row.matches()) {
            Requirement read = new Requirement(row.group(1), row.group(2), row.group(3), row.group(4));
            if (requirements.put(read.id(), read) != null) {
                faults.add(read.id() + " is in the catalogue twice");
            }
            if (!groups.containsKey(group(read.id()))) {
                faults.add(read.id() + " stands below another group's heading");
            }
        } else if (beginsWithId(line)) {
            faults.add("not a row of the catalogue: " + line);
        }
    }

    private void readDeviation(String line) {
        Matcher row = DEVIATION.matcher(line);
        if (row.matches()) {
            Deviation read = new Deviation(
                    row.group(1),
                    row.group(2) == null ? "" : row.group(2),
                    row.group(3) == null ? "" : row.group(3),
                    row.group(4));
            if (deviations.put(read.id(), read) != null) {
                faults.add(read.id() + " is among the deviations twice");
            }
        } else if (beginsWithId(line)) {
            faults.add("not a row of the deviations: " + line);
        }
    }

    private static boolean beginsWithId(String line) {
        return line.startsWith("| ") && ID.matcher(line.substring(2)).lookingAt();
    }

    private static String group(String id) {
        return id.substring(0, 3);
    }

    /** A test has its own tags and those of all that it stands in. */
    private void readReport(Path report) throws IOException {
        Map<String, String> parents = new HashMap<>();
        Map<String, Set<String>> tags = new HashMap<>();
        Map<String, String> classes = new HashMap<>();
        Set<String> tests = new TreeSet<>();
        XMLInputFactory xml = XMLInputFactory.newInstance();
        xml.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader events = xml.createXMLStreamReader(in);
            String id = "";
            while (events.hasNext()) {
                if (events.next() != XMLStreamConstants.START_ELEMENT) {
                    continue;
                }
                switch (events.getLocalName()) {
                    case "started" -> {
                        id = events.getAttributeValue(null, "id");
                        parents.put(id, String.valueOf(events.getAttributeValue(null, "parentId")));
                    }
                    case "finished" -> id = events.getAttributeValue(null, "id");
                    case "type" -> {
                        if (events.getElementText().equals("TEST")) {
                            tests.add(id);
                        }
                    }
                    case "tag" ->
                        tags.computeIfAbsent(id, key -> new TreeSet<>()).add(events.getElementText());
                    case "classSource", "methodSource" ->
                        classes.put(id, simpleName(events.getAttributeValue(null, "className")));
                    case "result" -> {
                        if (events.getAttributeValue(null, "status").equals("SUCCESSFUL") && tests.contains(id)) {
                            passed(id, parents, tags, classes);
                        }
                    }
                    default -> {}
                }
            }
        } catch (XMLStreamException e) {
            throw new IOException("no test report: " + report, e);
        }
    }

    /** The outermost class's: {@code EnvelopeTest} for {@code dev.keywright.envelope.EnvelopeTest$Refuses}. */
    private static String simpleName(String className) {
        return className.substring(className.lastIndexOf('.') + 1).replaceFirst("\\$.*", "");
    }

    private void passed(
            String test, Map<String, String> parents, Map<String, Set<String>> tags, Map<String, String> classes) {
        String name = "";
        Set<String> ids = new TreeSet<>();
        for (String at = test; at != null; at = parents.get(at)) {
            ids.addAll(tags.getOrDefault(at, Set.of()));
            name = name.isEmpty() ? classes.getOrDefault(at, "") : name;
        }
        for (String id : ids) {
            if (ID.matcher(id).matches()) {
                shownBy.computeIfAbsent(id, key -> new TreeSet<>()).add(name);
            }
        }
    }

    private void judge() {
        for (String id : shownBy.keySet()) {
            if (!requirements.containsKey(id)) {
                faults.add(id + " is shown by " + shownBy.get(id) + ", and is no requirement");
            }
        }
        for (Deviation deviation : deviations.values()) {
            if (!requirements.containsKey(deviation.id())) {
                faults.add(deviation.id() + " is among the deviations, and is no requirement");
            } else if (isShown(deviation.id())) {
                faults.add(deviation.id() + " is among the deviations, and is shown by " + shownBy.get(deviation.id()));
            }
            judgeRelation(deviation);
        }
        for (Requirement requirement : requirements.values()) {
            Deviation deviation = deviations.get(requirement.id());
            if (!isShown(requirement.id()) && deviation == null) {
                faults.add(requirement.id() + " (" + requirement.level() + ") is shown by no test that passed: "
                        + requirement.text());
            } else if (deviation != null
                    && requirement.isMust()
                    && deviation.relation().isEmpty()) {
                faults.add(requirement.id() + " is a " + requirement.level()
                        + ", from which there is no deviation unless it rests on another requirement");
            }
        }
    }

    /** What a deviation rests on must be as it says. */
    private void judgeRelation(Deviation deviation) {
        Requirement other = requirements.get(deviation.other());
        boolean right = switch (deviation.relation()) {
            case "without" ->
                other != null && !other.isMust() && !isShown(other.id()) && deviations.containsKey(other.id());
            case "given" -> other != null && isShown(other.id());
            default -> true;
        };
        if (!right) {
            faults.add(deviation.id() + " is let be " + deviation.relation() + " " + deviation.other()
                    + (deviation.relation().equals("given")
                            ? ", which no test shows"
                            : ", which is no SHOULD or MAY among the deviations"));
        }
    }

    private boolean isShown(String id) {
        return shownBy.containsKey(id);
    }

    /** The catalogue with the classes of tests in its last column. */
    String withTests(String catalogue) {
        return catalogue
                .lines()
                .map(line -> {
                    Matcher row = ROW.matcher(line);
                    return row.matches()
                            ? "| " + row.group(1) + " | " + row.group(2) + " | " + row.group(3) + " | " + row.group(4)
                                    + " | " + how(row.group(1)) + " |"
                            : line;
                })
                .collect(Collectors.joining("\n", "", "\n"));
    }

    private String how(String id) {
        Deviation deviation = deviations.get(id);
        if (deviation == null) {
            return String.join(", ", shownBy.getOrDefault(id, Set.of()));
        }
        return (deviation.relation() + " " + deviation.other())
                .strip()
                .concat(" (let be)")
                .strip();
    }

    void print(boolean withTests, PrintStream to) {
        PrintStream out = new PrintStream(to, true, StandardCharsets.UTF_8);
        out.printf("%-5s %-54s %9s %9s %6s %7s%n", "group", "subject", "must", "shown", "let be", "missing");
        groups.forEach((group, subject) -> {
            List<Requirement> all = requirements.values().stream()
                    .filter(requirement -> group(requirement.id()).equals(group))
                    .toList();
            out.println(row(group, subject, all));
            if (withTests) {
                all.forEach(requirement -> out.println(
                        "      " + requirement.id() + " " + requirement.level() + ": " + how(requirement.id())));
            }
        });
        out.println(row("all", "", List.copyOf(requirements.values())));
        faults.forEach(fault -> out.println("requirements: " + fault));
        out.println(
                faults.isEmpty()
                        ? "requirements: every MUST and MUST NOT is shown, or rests on what is not taken up"
                        : "requirements: FAILED, " + faults.size() + " faults");
    }

    private String row(String group, String subject, List<Requirement> all) {
        List<Requirement> musts = all.stream().filter(Requirement::isMust).toList();
        long mustsShown =
                musts.stream().filter(requirement -> isShown(requirement.id())).count();
        long shown =
                all.stream().filter(requirement -> isShown(requirement.id())).count();
        long letBe = all.stream()
                .filter(requirement -> deviations.containsKey(requirement.id()))
                .count();
        long missing = all.stream()
                .filter(requirement -> !isShown(requirement.id()) && !deviations.containsKey(requirement.id()))
                .count();
        return String.format(
                "%-5s %-54s %9s %9s %6d %7d",
                group, subject, mustsShown + "/" + musts.size(), shown + "/" + all.size(), letBe, missing);
    }
}
