/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks;

import dev.keywright.benchmarks.client.ClientKind;
import dev.keywright.benchmarks.client.ClientRun;
import dev.keywright.benchmarks.client.Operation;
import dev.keywright.benchmarks.token.BenchToken;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.runner.RunnerException;

/**
 * Measures everything once a round, what is compared one after the other, so that a noisy neighbour disturbs both sides
 * of a ratio. Whoever begins changes from round to round.
 */
final class Rounds {
    /** Above it, an object's memory is given back when its scenario is done. */
    private static final long LARGEST_KEPT_BYTES = 1L << 30;

    private static final int OPENSSL_BUFFER_BYTES = 1 << 20;
    private static final int OPENSSL_SECONDS = 1;
    private static final int ITERATION_MILLIS = 600;

    private final Settings settings;
    private final Results results;
    private final Path file;
    private final ChildJvm children;
    private final EndpointProcess endpoint;
    private final @Nullable BenchToken token;
    private final PrintStream progress;
    private final Set<Long> sealed = new HashSet<>();
    private int done;
    private int planned;

    Rounds(
            Settings settings,
            Results results,
            Path file,
            ChildJvm children,
            EndpointProcess endpoint,
            @Nullable BenchToken token,
            PrintStream progress) {
        this.settings = settings;
        this.results = results;
        this.file = file;
        this.children = children;
        this.endpoint = endpoint;
        this.token = token;
        this.progress = progress;
    }

    /** How something is measured. */
    private interface Measurement {
        Map<String, Double> measure() throws IOException, InterruptedException, RunnerException;
    }

    private record Step(int jdk, String subject, int round, Measurement measurement) {}

    void run() throws IOException, InterruptedException {
        List<Step> steps = new ArrayList<>();
        for (int round = 1; round <= settings.rounds(); round++) {
            for (Jdk jdk : settings.jdks()) {
                steps.addAll(cipherSteps(jdk, round));
                steps.addAll(clientSteps(jdk, round));
                steps.addAll(tokenSteps(jdk, round));
            }
        }
        steps.removeIf(step -> results.has(step.jdk, step.subject, step.round));
        planned = steps.size();
        for (Step step : steps) {
            take(step);
        }
    }

    private void take(Step step) throws IOException, InterruptedException {
        double load = Machine.load();
        long before = System.nanoTime();
        Map<String, Double> values = new LinkedHashMap<>();
        String failure = null;
        try {
            values.putAll(step.measurement.measure());
            values.put("done", 1.0);
        } catch (ChildJvm.FailedException | RunnerException e) {
            failure = String.valueOf(e.getMessage());
            values.put("done", 0.0);
        }
        values.put("load", load);
        results.add(new Sample(step.jdk, step.subject, step.round, values, failure));
        results.write(file);
        done++;
        progress.printf(
                Locale.ROOT,
                "bench: %d/%d  JDK %d  round %d  %-40s %s  (%.1f s, load %.1f)%n",
                done,
                planned,
                step.jdk,
                step.round,
                step.subject,
                told(values, failure),
                (System.nanoTime() - before) / 1e9,
                load);
    }

    private static String told(Map<String, Double> values, @Nullable String failure) {
        if (failure != null) {
            return "FAILED: " + failure;
        }
        if (values.containsKey("gbCpu")) {
            return String.format(Locale.ROOT, "%.2f GB/s", values.get("gbCpu"));
        }
        return values.containsKey("perSecond")
                ? String.format(Locale.ROOT, "%.0f /s, cpu %.1f us", values.get("perSecond"), values.get("cpuMicros"))
                : String.format(
                        Locale.ROOT,
                        "wall %.2f s, cpu %.2f s, heap %.0f MiB",
                        values.get("wall"),
                        values.get("cpu"),
                        values.getOrDefault("heap", 0.0) / (1 << 20));
    }

    private List<Step> cipherSteps(Jdk jdk, int round) {
        List<Step> steps = new ArrayList<>();
        if (!settings.wants("cipher")) {
            return steps;
        }
        String openssl = "openssl/aes-256-gcm/" + OPENSSL_BUFFER_BYTES;
        steps.add(new Step(
                jdk.feature(),
                openssl,
                round,
                () -> Map.of("gbCpu", OpenSsl.bytesPerSecond(OPENSSL_BUFFER_BYTES, OPENSSL_SECONDS) / 1e9)));
        for (CipherSubject cipher : CipherSubject.all(settings.quick(), settings.providers())) {
            steps.add(new Step(jdk.feature(), cipher.subject(), round, () -> cipher.measure(jdk, ITERATION_MILLIS)));
        }
        return steps;
    }

    private List<Step> tokenSteps(Jdk jdk, int round) {
        List<Step> steps = new ArrayList<>();
        BenchToken measured = token;
        if (measured == null || !settings.wants("token")) {
            return steps;
        }
        for (TokenSubject subject : TokenSubject.all(round)) {
            steps.add(new Step(jdk.feature(), subject.subject(), round, () -> subject.measure(jdk, measured)));
        }
        return steps;
    }

    private List<Step> clientSteps(Jdk jdk, int round) {
        List<Step> steps = new ArrayList<>();
        for (Scenario scenario : Scenario.all(settings.quick())) {
            if (!settings.wants(scenario.id()) || (round > 1 && !scenario.everyRound())) {
                continue;
            }
            List<ClientKind> clients = new ArrayList<>(scenario.clients());
            if (token == null) {
                clients.remove(ClientKind.KEYWRIGHT_TOKEN);
            }
            Collections.rotate(clients, round - 1);
            for (ClientKind client : clients) {
                steps.add(
                        new Step(jdk.feature(), scenario.subject(client), round, () -> measure(jdk, scenario, client)));
            }
        }
        return steps;
    }

    private Map<String, Double> measure(Jdk jdk, Scenario scenario, ClientKind client)
            throws IOException, InterruptedException {
        boolean reads = scenario.key(client).startsWith("sealed/");
        if (reads && sealed.add(scenario.lengthBytes())) {
            seal(jdk, scenario);
        }
        List<String> options = new ArrayList<>(scenario.jvm());
        if (client == ClientKind.KEYWRIGHT_TOKEN && token != null) {
            options.addAll(token.jvmOptions());
        }
        Map<String, Double> figures = new LinkedHashMap<>(children.run(jdk, options, run(scenario, client)));
        if (scenario.operation() == Operation.PUT || scenario.operation() == Operation.PUT_IN_PARTS) {
            figures.remove("firstByte");
        }
        if (reads && scenario.lengthBytes() > LARGEST_KEPT_BYTES) {
            endpoint.delete(scenario.key(client));
            sealed.remove(scenario.lengthBytes());
        }
        return figures;
    }

    /** Puts the object that the encrypting clients read; not measured. */
    private void seal(Jdk jdk, Scenario scenario) throws IOException, InterruptedException {
        children.run(
                jdk,
                List.of(),
                new ClientRun(
                        endpoint.uri(),
                        ClientKind.KEYWRIGHT,
                        Operation.PUT,
                        scenario.key(ClientKind.KEYWRIGHT),
                        scenario.lengthBytes(),
                        1,
                        0));
    }

    private ClientRun run(Scenario scenario, ClientKind client) {
        return new ClientRun(
                endpoint.uri(),
                client,
                scenario.operation(),
                scenario.key(client),
                scenario.lengthBytes(),
                scenario.count(),
                scenario.warmups());
    }

    /** Runs our client in one scenario with the JDK's flight recorder on, and tells where the time went. */
    void profile(String id, Path recording) throws IOException, InterruptedException {
        Scenario scenario = Scenario.all(settings.quick()).stream()
                .filter(s -> s.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new Settings.UsageException("no scenario " + id));
        Jdk jdk = settings.jdks().get(0);
        if (scenario.key(ClientKind.KEYWRIGHT).startsWith("sealed/")) {
            seal(jdk, scenario);
        }
        List<String> options = new ArrayList<>(scenario.jvm());
        options.add("-XX:StartFlightRecording:filename=" + recording + ",settings=profile");
        children.run(jdk, options, run(scenario, ClientKind.KEYWRIGHT));
        progress.print(Profile.of(recording));
    }
}
