/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The results, as text for a terminal and as a page. */
final class Report {
    private static final double MIB = 1 << 20;
    /** A machine that is as busy as this when a measurement begins disturbs it. */
    private static final double BUSY = 2.5;

    private final Results results;
    private final Notes notes;

    Report(Results results, Notes notes) {
        this.results = results;
        this.notes = notes;
    }

    /** Targets and what came out, aligned. */
    String text() {
        StringBuilder text = new StringBuilder(targets(false).aligned());
        text.append('\n').append(summary()).append('\n');
        return text.toString();
    }

    private TextTable targets(boolean page) {
        List<String> heading = new ArrayList<>(List.of("", "against"));
        for (int jdk : results.jdks()) {
            heading.add("target" + (results.jdks().size() > 1 ? ", " + jdk : ""));
            heading.add("JDK " + jdk);
            heading.add("");
        }
        TextTable table = new TextTable().row(heading);
        for (Line line : Targets.LINES) {
            List<String> row = new ArrayList<>(List.of(line.what(), line.against()));
            for (int jdk : results.jdks()) {
                Line.Verdict verdict = line.verdict(results, jdk);
                row.add(line.target(jdk));
                row.add(line.outcome(results, jdk));
                row.add(page && verdict == Line.Verdict.MISSED ? "**missed**" : verdict.toString());
            }
            table.row(row);
        }
        return table;
    }

    private String summary() {
        List<String> parts = new ArrayList<>();
        for (int jdk : results.jdks()) {
            parts.add(String.format(
                    Locale.ROOT,
                    "JDK %d: %d of %d targets met, %d missed, %d not measured",
                    jdk,
                    count(jdk, Line.Verdict.MET),
                    Targets.LINES.size(),
                    count(jdk, Line.Verdict.MISSED),
                    count(jdk, Line.Verdict.NOT_MEASURED)));
        }
        return String.join(". ", parts) + ".";
    }

    private long count(int jdk, Line.Verdict verdict) {
        return Targets.LINES.stream()
                .filter(line -> line.verdict(results, jdk) == verdict)
                .count();
    }

    /** {@code docs/performance.md}. */
    String page() {
        return """
                # Speed and memory

                <!-- Written by ./bench from performance/results.json and performance/notes.properties. Edit those, not this. -->

                How fast Keywright is, and how much memory it needs, beside the same S3 client without encryption, beside Amazon's own
                client for Java, and beside what OpenSSL makes of the processor. Only ratios are meant to be compared: of things that
                were measured one after the other, on one machine.

                ![Speed as a fraction of the plain client's](performance/chart.svg)

                ## Targets

                """
                + targets(true).markdown()
                + "\n" + summary() + "\n" + loadWarning()
                + "\n## What is missed, and why\n\n" + explanations()
                + "\n## Figures\n\n" + """
                Medians. What a first operation in a fresh JVM takes, but for the small objects and ranges: there, the JVM has done the
                same some hundred times before. `-Xmx` leaves everybody room here.

                """
                + figures().markdown()
                + "\n### The peak of the heap\n\n" + """
                With a young generation of 16 MiB for everybody (`-XX:+UseSerialGC -Xmn16m -Xmx6g`), so that the peak is what is needed and
                not what nobody had collected yet. MiB.

                """
                + heaps().markdown()
                + "\n### The content cipher\n\n" + """
                10^9 bytes a second. One thread: of its CPU time. Two threads: together, by the clock. A message under a fresh key, tag included;
                one-shot is the provider's own `Cipher`, the whole message in one call, after 20,000 calls with short ones had it compiled.

                """
                + ciphers().markdown()
                + "\n### A key on a token\n\n" + """
                SoftHSM, one thread. Wrapped is a data key of 32 bytes: by AES-256/GCM with a fresh IV, by RSA-2048 and OAEP with SHA-1. SunPKCS11 is
                timed at its bare calls, Keywright at its keyring; the token's own is a loop in C. Session and key handle are kept by all three.

                """
                + tokens().markdown()
                + "\n## Machine\n\n" + machine().markdown()
                + "\n" + method();
    }

    private String loadWarning() {
        StringBuilder warning = new StringBuilder();
        for (int jdk : results.jdks()) {
            Spread load = Spread.of(results.rounds(jdk).stream()
                    .mapToDouble(round -> results.value(jdk, round, "put-1g/keywright", "load"))
                    .filter(Double::isFinite)
                    .toArray());
            if (load.isThere() && load.most() > BUSY) {
                warning.append(String.format(
                        Locale.ROOT,
                        "%n**The machine was busy with other things** when JDK %d was measured (load %.1f to %.1f): provisional figures.%n",
                        jdk,
                        load.least(),
                        load.most()));
            }
        }
        return warning.toString();
    }

    private String explanations() {
        StringBuilder text = new StringBuilder();
        for (Line line : Targets.LINES) {
            for (int jdk : results.jdks()) {
                Line.Verdict verdict = line.verdict(results, jdk);
                if (verdict == Line.Verdict.MET) {
                    continue;
                }
                String note = notes.of(line, jdk);
                text.append("- **")
                        .append(line.what())
                        .append(", ")
                        .append(line.against())
                        .append(", JDK ")
                        .append(jdk)
                        .append("** (`")
                        .append(line.id())
                        .append("`): ")
                        .append(verdict)
                        .append(verdict == Line.Verdict.MISSED ? ", " + line.outcome(results, jdk) : "")
                        .append(". ")
                        .append(note == null ? "Not explained yet." : note)
                        .append('\n');
            }
        }
        return text.isEmpty() ? "Nothing.\n" : text.toString();
    }

    private TextTable figures() {
        TextTable table = new TextTable()
                .row("", "client", "JDK", "wall, ms an operation", "CPU, ms an operation", "first byte, ms");
        for (Scenario scenario : Scenario.all(isQuick())) {
            if (!scenario.everyRound()) {
                continue;
            }
            for (var client : scenario.clients()) {
                for (int jdk : results.jdks()) {
                    String subject = scenario.subject(client);
                    Spread wall = results.spread(jdk, subject, "wall");
                    Spread first = results.spread(jdk, subject, "firstByte");
                    table.row(
                            scenario.id(),
                            client.name().toLowerCase(Locale.ROOT),
                            Integer.toString(jdk),
                            wall.isThere() ? number(wall.median() * 1e3 / scenario.count()) : failure(jdk, subject),
                            number(results.spread(jdk, subject, "cpu").median() * 1e3 / scenario.count()),
                            first.isThere() ? number(first.median() * 1e3) : "");
                }
            }
        }
        return table;
    }

    private String failure(int jdk, String subject) {
        String failure = results.failure(jdk, subject);
        return failure == null ? "–" : "failed: " + failure;
    }

    private TextTable heaps() {
        TextTable table = new TextTable().row("", "client", "JDK", "heap");
        for (Scenario scenario : Scenario.all(isQuick())) {
            if (!scenario.id().startsWith("heap-")) {
                continue;
            }
            for (var client : scenario.clients()) {
                for (int jdk : results.jdks()) {
                    Spread heap = results.spread(jdk, scenario.subject(client), "heap");
                    table.row(
                            scenario.id(),
                            client.name().toLowerCase(Locale.ROOT),
                            Integer.toString(jdk),
                            heap.isThere() ? number(heap.median() / MIB) : failure(jdk, scenario.subject(client)));
                }
            }
        }
        return table;
    }

    private TextTable ciphers() {
        List<String> heading = new ArrayList<>(List.of("", "JDK", "threads"));
        List<CipherSubject> all = CipherSubject.all(isQuick(), List.of(CipherSubject.DEFAULT_PROVIDER));
        List<Integer> sizes =
                all.stream().map(CipherSubject::bytes).distinct().sorted().toList();
        sizes.forEach(bytes -> heading.add(bytes < MIB ? (bytes >> 10) + " KiB" : (bytes >> 20) + " MiB"));
        TextTable table = new TextTable().row(heading);
        for (int jdk : results.jdks()) {
            String openssl = number(
                    results.spread(jdk, "openssl/aes-256-gcm/1048576", "gbCpu").median());
            List<String> limit = new ArrayList<>(List.of("OpenSSL, buffers of 1 MiB", Integer.toString(jdk), "1"));
            sizes.forEach(bytes -> limit.add(bytes == 1 << 20 || sizes.size() == 1 ? openssl : ""));
            table.row(limit);
            all.stream()
                    .map(subject -> List.of(subject.benchmark(), Integer.toString(subject.threads())))
                    .distinct()
                    .forEach(kind -> {
                        int threads = Integer.parseInt(kind.get(1));
                        List<String> row =
                                new ArrayList<>(List.of(title(kind.get(0)), Integer.toString(jdk), kind.get(1)));
                        for (int bytes : sizes) {
                            String subject = "cipher/" + kind.get(0) + "/" + bytes + "/" + threads;
                            row.add(number(results.spread(jdk, subject, threads == 1 ? "gbCpu" : "gb")
                                    .median()));
                        }
                        table.row(row);
                    });
        }
        return table;
    }

    private static String title(String benchmark) {
        return switch (benchmark) {
            case "encryptInSegments" -> "encrypt in segments of 1 MiB";
            case "decryptStreaming" -> "decrypt streaming";
            case "decryptRange" -> "decrypt without digest, as for a range";
            case "hash" -> "hash only";
            case "encrypt" -> "SunJCE one-shot, encrypt";
            case "decrypt" -> "SunJCE one-shot, decrypt";
            case "ctr" -> "SunJCE AES-CTR only";
            default -> benchmark;
        };
    }

    private TextTable tokens() {
        TextTable table = new TextTable().row("", "by", "JDK", "a second", "CPU, microseconds each");
        for (TokenSubject subject : TokenSubject.all(1)) {
            for (int jdk : results.jdks()) {
                Spread rate = results.spread(jdk, subject.subject(), "perSecond");
                table.row(
                        subject.operation(),
                        subject.path().equals("native") ? "the token's own" : subject.path(),
                        Integer.toString(jdk),
                        rate.isThere() ? number(rate.median()) : failure(jdk, subject.subject()),
                        number(results.spread(jdk, subject.subject(), "cpuMicros")
                                .median()));
            }
        }
        return table;
    }

    private TextTable machine() {
        TextTable table = new TextTable().row("", "");
        results.about().forEach((name, value) -> {
            if (!name.equals("quick")) {
                table.row(described(name), value);
            }
        });
        return table;
    }

    private static String described(String name) {
        return switch (name) {
            case "openssl" -> "OpenSSL";
            case "keywright" -> "Keywright, revision";
            case "sdk" -> "AWS SDK, plain and Keywright";
            case "peer" -> "peer: amazon-s3-encryption-client-java";
            case "peerSdk" -> "AWS SDK that the peer brings";
            default -> name.startsWith("jdk") ? "JDK " + name.substring(3) : name;
        };
    }

    private static String method() {
        return """
                ## Method

                `./bench` measures all of this again, on the JDKs it finds, and writes this page; `./bench --quick` takes two minutes and shows the
                table only. [CONTRIBUTING.md](../CONTRIBUTING.md#benchmarks) has its options.

                - Every round measures everything once. What is compared runs one after the other in a round, and whoever begins changes from
                  round to round. A ratio is taken within a round; the table has the median of the rounds, and least and most.
                - **Clients** run in a fresh JVM each, with the JDK's default collector and `-Xmx6g`, which the peer needs. The JVM's start and the
                  client's construction are not counted; loading classes and compiling are. CPU is the process's own, compiler and collector included.
                - All three use the SDK's default HTTP client. The peer runs on a class path of its own, with the SDK version that it brings. It is
                  used as it comes, except that its buffer is raised to 2 GiB, as it refuses larger objects than its buffer, 64 MiB by default, and
                  that ranges are switched on. *Unverified* is what it calls delayed authentication.
                - **The endpoint** is a server of some hundred lines in a process of its own, on loopback, with bodies in memory; what is put is
                  thrown away. Plain HTTP, no credentials, checksums only where S3 demands one: so neither signing, nor TLS, nor CRC32 is
                  measured, nor a network. All of these would make the three more alike.
                - Plaintext is one mebibyte of random bytes over and over. Both encrypting clients read the same object, which Keywright wrote,
                  under an AES master key in memory, with key commitment.
                - **A key on a token** is measured by JMH too, and by `benchmarks/src/main/c/token-probe.c`. Against SunPKCS11, operations a second by the
                  clock count; against the token's own, CPU time, as 5 % are less than what neighbours take of the clock. In the put of
                  1 KiB, the key on the token is an AES key.
                - **The cipher** is measured by JMH, a fork each. OpenSSL's figure is that of `openssl speed -evp aes-256-gcm`, of CPU time, in the same
                  rounds.
                """;
    }

    private boolean isQuick() {
        return Boolean.parseBoolean(results.about().getOrDefault("quick", "false"));
    }

    /** Three digits that count. */
    private static @Nullable String digits(double value) {
        if (!Double.isFinite(value)) {
            return null;
        }
        String format = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }

    private static String number(double value) {
        String digits = digits(value);
        return digits == null ? "–" : digits;
    }
}
