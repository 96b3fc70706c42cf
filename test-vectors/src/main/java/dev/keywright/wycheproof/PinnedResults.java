/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What an implementation is known to do with every case, and why, where that is not a plain pass. A run that differs in
 * one case differs. In text, by lines:
 *
 * <pre>{@code
 * # a comment
 * name: SunJCE of JDK 17
 * count AES-KW: pass 162, acceptable-rejected 3
 * aes_wrap_test.json 12, 54, 109: acceptable-rejected
 *   Why that is so, in as many lines as it takes; each begins with two spaces. It holds for all the lines of
 *   cases directly above it.
 * }</pre>
 *
 * <p>There is a count for each algorithm. Immutable.
 */
public final class PinnedResults {
    private static final String NAME = "name: ";
    private static final Pattern COUNT = Pattern.compile("count (?<algorithm>.+): (?<counts>[^:]+)");
    private static final Pattern CASES =
            Pattern.compile("(?<file>[a-z0-9_]+\\.json) (?<ids>[0-9, -]+): (?<outcome>[a-z-]+)");
    private static final String EXPLANATION = "  ";

    private final String name;
    private final Map<Algorithm, Map<Outcome, Long>> counts;
    private final List<Explained> explained;

    /**
     * Results that are alike, and for one reason.
     *
     * @param cases each a file's name and the ids in it, as {@code aes_wrap_test.json 12, 54-57}
     */
    public record Explained(List<String> cases, Outcome outcome, String why) {}

    private PinnedResults(String name, Map<Algorithm, Map<Outcome, Long>> counts, List<Explained> explained) {
        this.name = name;
        this.counts = counts;
        this.explained = List.copyOf(explained);
    }

    /**
     * Those that come with this module.
     *
     * @param file such as {@code SunJCE-17}
     * @throws IllegalArgumentException if there are none of this name
     */
    public static PinnedResults named(String file) {
        try (InputStream in = PinnedResults.class.getResourceAsStream("pinned/" + file + ".txt")) {
            if (in == null) {
                throw new IllegalArgumentException("no results are pinned as " + file);
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads the text.
     *
     * @throws IllegalArgumentException if a line is of no known form, a case is given twice or has no explanation, or a count
     *     is missing
     */
    public static PinnedResults parse(String text) {
        Parser parser = new Parser();
        text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(parser::line);
        return parser.end();
    }

    /** Whose results they are. */
    public String name() {
        return name;
    }

    /** How often each outcome occurs with this algorithm. */
    public Map<Outcome, Long> counts(Algorithm algorithm) {
        return Map.copyOf(counts.getOrDefault(algorithm, Map.of()));
    }

    /** All that is not a plain pass. */
    public List<Explained> explained() {
        return explained;
    }

    /** What differs between this and a run, a line for each count and each case; empty if nothing does. */
    public List<String> differences(WycheproofRun run) {
        Map<String, Outcome> pinned = new LinkedHashMap<>();
        for (Explained entry : explained) {
            entry.cases.forEach(cases -> expand(cases).forEach(one -> pinned.put(one, entry.outcome)));
        }
        List<String> differences = new ArrayList<>();
        for (CaseResult result : run.results()) {
            Outcome known = pinned.remove(result.vector().toString());
            if ((known == null ? Outcome.PASS : known) != result.outcome()) {
                differences.add(result + (known == null ? " (unexplained)" : " (pinned as " + known.word() + ")"));
            }
        }
        pinned.keySet().forEach(one -> differences.add(one + ": pinned, and there is no such case"));
        for (Algorithm algorithm : Algorithm.values()) {
            if (!counts(algorithm).equals(run.counts(algorithm))) {
                differences.add("count " + algorithm.title() + ": " + written(run.counts(algorithm)) + " (pinned "
                        + written(counts(algorithm)) + ")");
            }
        }
        return differences;
    }

    /**
     * A run in this form, for whoever pins it: the explanations are to be written, and until then are what the implementation
     * said.
     */
    public static String draft(WycheproofRun run) {
        StringBuilder text = new StringBuilder(NAME + run.name() + "\n");
        for (Algorithm algorithm : Algorithm.values()) {
            text.append("count ").append(algorithm.title()).append(": ");
            text.append(written(run.counts(algorithm))).append('\n');
        }
        Map<String, List<CaseResult>> alike = run.results().stream()
                .filter(result -> result.outcome() != Outcome.PASS)
                .collect(Collectors.groupingBy(
                        result -> result.vector().file() + "|" + result.outcome() + "|" + result.detail(),
                        LinkedHashMap::new,
                        Collectors.toList()));
        for (List<CaseResult> results : alike.values()) {
            CaseResult first = results.get(0);
            text.append('\n').append(first.vector().file()).append(' ');
            text.append(
                    ranges(results.stream().map(result -> result.vector().id()).toList()));
            text.append(": ").append(first.outcome().word()).append('\n');
            text.append(EXPLANATION).append(first.detail()).append('\n');
        }
        return text.toString();
    }

    private static String written(Map<Outcome, Long> counts) {
        return counts.isEmpty()
                ? "none"
                : new TreeMap<>(counts)
                        .entrySet().stream()
                                .map(count -> count.getKey().word() + " " + count.getValue())
                                .collect(Collectors.joining(", "));
    }

    private static String ranges(List<Integer> ids) {
        List<String> ranges = new ArrayList<>();
        List<Integer> sorted = List.copyOf(new TreeSet<>(ids));
        for (int first = 0; first < sorted.size(); ) {
            int last = first;
            while (last + 1 < sorted.size() && sorted.get(last + 1) == sorted.get(last) + 1) {
                last++;
            }
            ranges.add(sorted.get(first) + (last == first ? "" : "-" + sorted.get(last)));
            first = last + 1;
        }
        return String.join(", ", ranges);
    }

    /** Each case of such a line, as {@link WycheproofCase#toString} has it. */
    private static List<String> expand(String cases) {
        int space = cases.indexOf(' ');
        return Stream.of(cases.substring(space + 1).split(", ", -1))
                .flatMap(range -> {
                    String[] ends = range.split("-", 2);
                    int first = Integer.parseInt(ends[0]);
                    int last = Integer.parseInt(ends[ends.length - 1]);
                    if (last < first) {
                        throw new IllegalArgumentException("'" + cases + "' has a range that ends before it begins");
                    }
                    return Stream.iterate(first, id -> id <= last, id -> id + 1);
                })
                .map(id -> cases.substring(0, space) + " " + id)
                .toList();
    }

    private static Outcome outcome(String word) {
        return Stream.of(Outcome.values())
                .filter(outcome -> outcome.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + word + "' is no outcome"));
    }

    private static final class Parser {
        private String name = "";
        private final Map<Algorithm, Map<Outcome, Long>> counts = new EnumMap<>(Algorithm.class);
        private final List<Explained> explained = new ArrayList<>();
        private final TreeSet<String> seen = new TreeSet<>();
        private final List<String> waiting = new ArrayList<>();
        private Outcome outcomeOfWaiting = Outcome.PASS;
        private final StringBuilder why = new StringBuilder();

        void line(String line) {
            if (line.startsWith(EXPLANATION)) {
                if (waiting.isEmpty()) {
                    throw new IllegalArgumentException("'" + line + "' explains nothing");
                }
                why.append(why.isEmpty() ? "" : " ").append(line.strip());
                return;
            }
            Matcher cases = CASES.matcher(line);
            if (cases.matches()) {
                cases(cases.group("file") + " " + cases.group("ids"), outcome(cases.group("outcome")));
                return;
            }
            Matcher count = COUNT.matcher(line);
            if (count.matches()) {
                count(count.group("algorithm"), count.group("counts"));
            } else if (line.startsWith(NAME) && name.isEmpty()) {
                name = line.substring(NAME.length());
            } else {
                throw new IllegalArgumentException("'" + line + "' is no line of pinned results");
            }
        }

        private void cases(String cases, Outcome outcome) {
            if (!why.isEmpty()) {
                settle();
            }
            if (!waiting.isEmpty() && outcome != outcomeOfWaiting) {
                throw new IllegalArgumentException(waiting + " has no explanation");
            }
            for (String one : expand(cases)) {
                if (!seen.add(one)) {
                    throw new IllegalArgumentException(one + " is given twice");
                }
            }
            waiting.add(cases);
            outcomeOfWaiting = outcome;
        }

        private void settle() {
            if (why.isEmpty() && !waiting.isEmpty()) {
                throw new IllegalArgumentException(waiting + " has no explanation");
            }
            if (!waiting.isEmpty()) {
                explained.add(new Explained(List.copyOf(waiting), outcomeOfWaiting, why.toString()));
            }
            waiting.clear();
            why.setLength(0);
        }

        private void count(String title, String list) {
            Algorithm algorithm = Stream.of(Algorithm.values())
                    .filter(one -> one.title().equals(title))
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("'" + title + "' is no algorithm"));
            Map<Outcome, Long> found = new EnumMap<>(Outcome.class);
            for (String count : list.split(", ", -1)) {
                String[] words = count.split(" ", -1);
                if (words.length != 2 || !words[1].matches("[1-9][0-9]{0,8}")) {
                    throw new IllegalArgumentException("'" + count + "' is no outcome and its count");
                }
                found.put(outcome(words[0]), Long.valueOf(words[1]));
            }
            if (counts.put(algorithm, found) != null) {
                throw new IllegalArgumentException(title + " is counted twice");
            }
        }

        PinnedResults end() {
            settle();
            if (name.isEmpty() || counts.size() != Algorithm.values().length) {
                throw new IllegalArgumentException("there is no name, or not a count for each algorithm");
            }
            return new PinnedResults(name, counts, explained);
        }
    }
}
