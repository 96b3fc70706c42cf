/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.testing.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** All measurements of a run, with what they were made on; kept in a file as they come in. */
final class Results {
    private final Map<String, String> about;
    private final List<Sample> samples;

    private Results(Map<String, String> about, List<Sample> samples) {
        this.about = about;
        this.samples = samples;
    }

    /** None yet. */
    static Results begin(Map<String, String> about) {
        return new Results(new LinkedHashMap<>(about), new ArrayList<>());
    }

    static Results read(Path file) throws IOException {
        Map<String, @Nullable Object> json = Json.readObject(Files.readString(file));
        Map<String, String> about = new LinkedHashMap<>();
        if (json.get("about") instanceof Map<?, ?> map) {
            map.forEach((name, value) -> about.put(String.valueOf(name), String.valueOf(value)));
        }
        List<Sample> samples = new ArrayList<>();
        if (json.get("samples") instanceof List<?> list) {
            list.forEach(sample -> samples.add(Sample.ofJson((Map<?, ?>) sample)));
        }
        return new Results(about, samples);
    }

    /** A sample a line, so that a file of them can be read and compared. Whole or not at all. */
    void write(Path file) throws IOException {
        StringBuilder text = new StringBuilder("{\n  \"about\": {");
        String separator = "\n    ";
        for (Map.Entry<String, String> entry : about.entrySet()) {
            text.append(separator)
                    .append(Json.write(entry.getKey()))
                    .append(": ")
                    .append(Json.write(entry.getValue()));
            separator = ",\n    ";
        }
        text.append("\n  },\n  \"samples\": [");
        separator = "\n    ";
        for (Sample sample : samples) {
            text.append(separator).append(Json.write(sample.toJson()));
            separator = ",\n    ";
        }
        text.append("\n  ]\n}\n");
        Path beside = file.resolveSibling(file.getFileName() + ".new");
        Files.writeString(beside, text);
        Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Goes on, on the same machine, perhaps with another revision of what is measured: then all of them are told. */
    void continueAt(Map<String, String> now) {
        String before = about.getOrDefault("keywright", "");
        about.putAll(now);
        String revision = about.getOrDefault("keywright", "");
        if (!before.isEmpty() && !List.of(before.split(", ")).contains(revision)) {
            about.put("keywright", before + ", " + revision);
        } else if (!before.isEmpty()) {
            about.put("keywright", before);
        }
    }

    void add(Sample sample) {
        samples.add(sample);
    }

    boolean has(int jdk, String subject, int round) {
        return samples.stream().anyMatch(s -> s.jdk() == jdk && s.subject().equals(subject) && s.round() == round);
    }

    /** Machine, versions, method: in the order they were told. */
    Map<String, String> about() {
        return about;
    }

    SortedSet<Integer> jdks() {
        SortedSet<Integer> jdks = new TreeSet<>();
        samples.forEach(s -> jdks.add(s.jdk()));
        return jdks;
    }

    SortedSet<Integer> rounds(int jdk) {
        SortedSet<Integer> rounds = new TreeSet<>();
        samples.stream().filter(s -> s.jdk() == jdk).forEach(s -> rounds.add(s.round()));
        return rounds;
    }

    /** One figure of one round; NaN if it is not there. */
    double value(int jdk, int round, String subject, String name) {
        return samples.stream()
                .filter(s -> s.jdk() == jdk && s.round() == round && s.subject().equals(subject))
                .map(s -> s.values().getOrDefault(name, Double.NaN))
                .reduce(Double.NaN, (earlier, later) -> later);
    }

    /** One figure over all rounds that have it. */
    Spread spread(int jdk, String subject, String name) {
        return Spread.of(rounds(jdk).stream()
                .mapToDouble(round -> value(jdk, round, subject, name))
                .filter(Double::isFinite)
                .toArray());
    }

    /** The last failure of a subject, or null. */
    @Nullable
    String failure(int jdk, String subject) {
        String failure = null;
        for (Sample sample : samples) {
            if (sample.jdk() == jdk && sample.subject().equals(subject) && sample.failure() != null) {
                failure = sample.failure();
            }
        }
        return failure;
    }
}
