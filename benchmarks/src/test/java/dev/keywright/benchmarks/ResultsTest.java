/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultsTest {
    private static Sample sample(String subject, int round, double wall) {
        return new Sample(17, subject, round, Map.of("wall", wall), null);
    }

    private static Results threeRounds() {
        Results results = Results.begin(Map.of("openssl", "OpenSSL 3"));
        double[] peer = {40, 60, 20};
        for (int round = 1; round <= 3; round++) {
            results.add(sample("get-verified-1g/peer", round, peer[round - 1]));
            results.add(sample("get-verified-1g/keywright", round, 4));
        }
        return results;
    }

    private static Line line(String id) {
        return Targets.LINES.stream()
                .filter(line -> line.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void written_areReadAgain(@TempDir Path folder) throws Exception {
        Results results = threeRounds();
        results.add(new Sample(25, "put-1g/peer", 1, Map.of("done", 0.0), "out of \"memory\""));
        results.write(folder.resolve("r.json"));
        Results again = Results.read(folder.resolve("r.json"));
        assertThat(again.about()).isEqualTo(Map.of("openssl", "OpenSSL 3"));
        assertThat(again.jdks()).containsExactly(17, 25);
        assertThat(again.value(17, 2, "get-verified-1g/peer", "wall")).isEqualTo(60);
        assertThat(again.failure(25, "put-1g/peer")).isEqualTo("out of \"memory\"");
        assertThat(again.has(17, "get-verified-1g/peer", 3)).isTrue();
        assertThat(again.has(17, "get-verified-1g/peer", 4)).isFalse();
    }

    @Test
    void resumed_withAnotherRevision_tellsBoth() {
        Results results = Results.begin(Map.of("keywright", "a1", "openssl", "OpenSSL 3"));
        results.continueAt(Map.of("keywright", "b2"));
        results.continueAt(Map.of("keywright", "a1"));
        assertThat(results.about()).isEqualTo(Map.of("keywright", "a1, b2", "openssl", "OpenSSL 3"));
    }

    @Nested
    class Verdicts {
        @Test
        void ratio_isTheMedianOfTheRounds() {
            Spread spread = line("get-verified-peer").spread(threeRounds(), 17);
            assertThat(spread).isEqualTo(new Spread(10, 5, 15, 3));
        }

        @Test
        void enough_isMet_lessIsMissed_absentIsSaid() {
            Results results = threeRounds();
            assertThat(line("get-verified-peer").verdict(results, 17)).isEqualTo(Line.Verdict.MET);
            results.add(sample("get-unverified-1g/keywright", 1, 1));
            assertThat(line("get-verified").verdict(results, 17)).isEqualTo(Line.Verdict.MISSED);
            assertThat(line("put-peer").verdict(results, 17)).isEqualTo(Line.Verdict.NOT_MEASURED);
        }

        @Test
        void failedWays_areCounted() {
            Results results = Results.begin(Map.of());
            for (String id : Targets.AT_64_MIB) {
                double done = id.equals("xmx64m-put-1g") ? 0 : 1;
                results.add(new Sample(17, id + "/keywright", 1, Map.of("done", done), null));
            }
            assertThat(line("xmx64m").verdict(results, 17)).isEqualTo(Line.Verdict.MISSED);
            assertThat(line("xmx64m").outcome(results, 17)).isEqualTo("5");
        }

        @Test
        void bound_isAnotherOn25_whereSaid() {
            assertThat(line("cipher-encrypt").bound(17)).isEqualTo(0.6);
            assertThat(line("cipher-encrypt").bound(25)).isEqualTo(0.8);
            assertThat(line("put-peer").bound(25)).isEqualTo(2);
        }

        @Test
        void evenRounds_giveTheMeanOfTheMiddleTwo() {
            assertThat(Spread.of(4, 1, 3, 2).median()).isCloseTo(2.5, within(1e-9));
        }
    }

    @Nested
    class Pages {
        @Test
        void missedLine_standsWithItsNote() {
            Results results = threeRounds();
            results.add(sample("get-unverified-1g/keywright", 1, 1));
            Properties notes = new Properties();
            notes.setProperty("get-verified.17", "Because of this.");
            String page = new Report(results, new Notes(notes)).page();
            assertThat(page).contains("**missed**").contains("Because of this.");
        }

        @Test
        void committedPage_isThatOfTheCommittedResults() throws Exception {
            Path docs = Path.of(System.getProperty("keywright.root")).resolve("docs");
            Results results = Results.read(docs.resolve("performance/results.json"));
            Notes notes = Notes.read(docs.resolve("performance/notes.properties"));
            assertThat(Files.readString(docs.resolve("performance.md")))
                    .as("./bench --report writes it")
                    .isEqualTo(new Report(results, notes).page());
            assertThat(Files.readString(docs.resolve("performance/chart.svg"))).isEqualTo(Chart.svg(results));
        }

        @Test
        void committedNotes_areAboutLinesThatExist() throws Exception {
            Path notes = Path.of(System.getProperty("keywright.root")).resolve("docs/performance/notes.properties");
            Set<String> ids = new HashSet<>();
            Targets.LINES.forEach(line -> ids.add(line.id()));
            assertThat(Notes.read(notes).byLine().stringPropertyNames())
                    .allSatisfy(key -> assertThat(ids).contains(key.replaceFirst("\\.\\d+$", "")));
        }
    }

    @Nested
    class Inputs {
        @Test
        void opensslReport_isRead() throws Exception {
            assertThat(OpenSsl.figure("+H:1048576\n+F:25:AES-256-GCM:4221917866.67\n"))
                    .isEqualTo(4221917866.67);
            assertThatIOException().isThrownBy(() -> OpenSsl.figure("+H:16\n"));
        }

        @Test
        void options_areRead() throws Exception {
            Settings settings = Settings.parse("--rounds", "5", "--only", "put", "--resume");
            assertThat(settings.rounds()).isEqualTo(5);
            assertThat(settings.wants("put-1k")).isTrue();
            assertThat(settings.wants("get-1k")).isFalse();
            assertThat(settings.isWhole()).isFalse();
            assertThat(Settings.parse("--quick").rounds()).isEqualTo(1);
            assertThat(Settings.parse().isWhole()).isTrue();
        }

        @Test
        void wrongOption_isRefused() {
            for (String[] wrong : new String[][] {{"--fast"}, {"--rounds"}, {"--rounds", "0"}}) {
                assertThatExceptionOfType(Settings.UsageException.class)
                        .isThrownBy(() -> Settings.parse(wrong))
                        .withMessageContaining("usage: ");
            }
        }
    }
}
