/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The table of what was really put and got, and its section in {@code docs/compatibility.md}. A run whose table is not the
 * one in the document fails; with {@code -Dkeywright.update-docs=true} it writes the section instead.
 */
final class CompatibilityReport {
    /** Each opened what the other wrote. */
    static final String BOTH_WAYS = "⇄";

    private final String heading;
    private final List<Integer> sizes;
    private final Map<String, Map<Integer, String>> rows = new LinkedHashMap<>();

    CompatibilityReport(String server, List<Integer> sizes) {
        this.heading = "## On " + server + "\n";
        this.sizes = sizes;
    }

    void add(String wrap, String format, String context, int size) {
        rows.computeIfAbsent("| " + wrap + " | " + format + " | " + context + " |", row -> new LinkedHashMap<>())
                .put(size, BOTH_WAYS);
    }

    /** Writes the section beside the classes, and compares it with the document. */
    void settle(Path target) throws IOException {
        Files.writeString(target, section());
        Path document = Path.of(System.getProperty("keywright.root"), "docs", "compatibility.md");
        String text = Files.readString(document);
        int start = text.indexOf(heading);
        assertThat(start)
                .as("the heading " + heading.strip() + " in docs/compatibility.md")
                .isNotNegative();
        int next = text.indexOf("\n## ", start);
        int end = next < 0 ? text.length() : next;
        if (Boolean.getBoolean("keywright.update-docs")) {
            Files.writeString(document, text.substring(0, start) + section() + text.substring(end));
            return;
        }
        assertThat(text.substring(start, end))
                .as("docs/compatibility.md; -Dkeywright.update-docs=true writes what was run")
                .isEqualTo(section());
    }

    private String section() {
        String names = sizes.stream().map(CompatibilityReport::name).collect(Collectors.joining(" | "));
        String table = rows.entrySet().stream()
                .map(row -> row.getKey() + " "
                        + sizes.stream()
                                .map(size -> row.getValue().getOrDefault(size, "not run"))
                                .collect(Collectors.joining(" | "))
                        + " |\n")
                .sorted()
                .collect(Collectors.joining());
        return heading + "\n| wrap | format | description or context | " + names + " |\n| --- | --- | --- |"
                + " --- |".repeat(sizes.size()) + "\n" + table;
    }

    private static String name(int bytes) {
        return bytes >= 1 << 20 ? (bytes >> 20) + " MiB" : bytes + " B";
    }
}
