/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.token.BenchToken;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/** {@code ./bench}: measures, keeps, reports. */
public final class Bench {
    /** What the page is made of, and the page. */
    private static final Path PAGE = Path.of("docs/performance.md");

    private static final Path FOLDER = Path.of("docs/performance");
    private static final Path WORK = Path.of("target/bench");

    private Bench() {}

    /** Takes the options of {@code ./bench}; the class paths come by system properties. */
    public static void main(String[] args) throws IOException, InterruptedException {
        try {
            run(Settings.parse(args));
        } catch (Settings.UsageException e) {
            System.err.println("bench: " + e.getMessage());
            System.exit(2);
        }
    }

    private static void run(Settings settings) throws IOException, InterruptedException {
        Notes notes = Notes.read(FOLDER.resolve("notes.properties"));
        if (settings.reportOnly()) {
            publish(Results.read(FOLDER.resolve("results.json")), notes);
            return;
        }
        System.setProperty("jmh.ignoreLock", "true");
        Files.createDirectories(WORK);
        Path file = WORK.resolve(settings.quick() ? "quick.json" : "results.json");
        String ours = System.getProperty("java.class.path");
        String peers = property("keywright.bench.peer");
        Map<String, String> about = Machine.about(settings, ours, peers, property("keywright.bench.revision"));
        Results results = settings.resume() && Files.exists(file) ? Results.read(file) : Results.begin(about);
        results.continueAt(about);
        try (EndpointProcess endpoint = EndpointProcess.start();
                BenchToken token = BenchToken.isPossible() ? BenchToken.create() : null) {
            if (token == null) {
                System.err.println("bench: no SoftHSM here, so nothing on a token is measured"
                        + " (Debian, Ubuntu: apt-get install softhsm2 opensc)");
            }
            Rounds rounds =
                    new Rounds(settings, results, file, new ChildJvm(ours, peers, WORK), endpoint, token, System.err);
            if (settings.profile() != null) {
                rounds.profile(settings.profile(), WORK.resolve(settings.profile() + ".jfr"));
                return;
            }
            System.err.println("bench: every figure goes to " + file + "; if interrupted, go on with --resume");
            rounds.run();
        }
        System.out.println(new Report(results, notes).text());
        if (settings.isWhole()) {
            Files.createDirectories(FOLDER);
            results.write(FOLDER.resolve("results.json"));
            publish(results, notes);
        }
    }

    private static void publish(Results results, Notes notes) throws IOException {
        Files.writeString(FOLDER.resolve("chart.svg"), Chart.svg(results));
        Files.writeString(PAGE, new Report(results, notes).page());
        System.err.println("bench: wrote " + PAGE + " and " + FOLDER.resolve("chart.svg"));
    }

    private static String property(String name) {
        return Objects.requireNonNull(System.getProperty(name), name + ", which ./bench sets");
    }
}
