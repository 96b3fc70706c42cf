/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Hours of everything at once: mixed operations on one client, against an S3 that errs and cuts connections. Ten times in the
 * run all pause, and what the process holds is measured: it must not grow. {@code ./soak} runs it; {@link SoakTest} runs it
 * for seconds.
 */
final class Soak {
    private static final int SAMPLES = 10;

    /** Until then, the JIT, the pools and the SDK's caches are filling. */
    private static final int WARM_UP_SAMPLES = 3;

    /** Of which the least is taken, early and late alike. */
    private static final int HEAP_SAMPLES = 3;

    private static final long HEAP_SLACK_BYTES = 6 << 20;
    /** Pools fill as they are used; what is lost in each operation is soon more. */
    private static final int THREAD_SLACK = 8;

    private static final int FILE_SLACK = 8;

    private final int serverPort;
    private final Path temporary;
    private final long seed;
    private final ReentrantReadWriteLock pause = new ReentrantReadWriteLock(true);
    private final Map<SoakOperation, LongAdder> well = new EnumMap<>(SoakOperation.class);
    private final Map<SoakOperation, LongAdder> inTrouble = new EnumMap<>(SoakOperation.class);
    private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
    private volatile boolean ended;

    private Soak(URI endpoint, Path temporary, long seed) {
        this.serverPort = endpoint.getPort();
        this.temporary = temporary;
        this.seed = seed;
        for (SoakOperation operation : SoakOperation.values()) {
            well.put(operation, new LongAdder());
            inTrouble.put(operation, new LongAdder());
        }
    }

    /**
     * Runs, and ends with 0 if nothing went wrong and nothing grew, else with 1.
     *
     * @param arguments seconds, operations at once, a seed
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3) {
            System.err.println("usage: Soak SECONDS OPERATIONS SEED");
            System.exit(2);
        }
        List<String> faults = run(
                Duration.ofSeconds(Long.parseLong(arguments[0])),
                Integer.parseInt(arguments[1]),
                Long.parseLong(arguments[2]),
                System.out);
        System.exit(faults.isEmpty() ? 0 : 1);
    }

    /** What was wrong; empty if nothing was. */
    static List<String> run(Duration duration, int operations, long seed, PrintStream report) throws Exception {
        report.printf(Locale.ROOT, "seed %d, %d operations at once, %d s%n", seed, operations, duration.toSeconds());
        Path folder = Files.createTempDirectory("keywright-soak-");
        Path bodies = Files.createDirectory(folder.resolve("bodies"));
        Path temporary = Files.createDirectory(folder.resolve("temporary"));
        Process server = JavaProcess.start("256m", "256m", SoakServer.class, bodies.toString(), Long.toString(seed));
        try (BufferedReader said = server.inputReader(StandardCharsets.UTF_8)) {
            URI endpoint = URI.create(said.readLine().replace("MiniS3 listens on ", ""));
            Soak soak = new Soak(endpoint, temporary, seed);
            try (SoakClients clients = new SoakClients(endpoint, temporary, operations)) {
                return soak.run(clients, duration, operations, report);
            }
        } finally {
            server.destroy();
            server.onExit().join();
            Files.deleteIfExists(bodies);
            Files.deleteIfExists(temporary);
            Files.deleteIfExists(folder);
        }
    }

    private List<String> run(SoakClients clients, Duration duration, int operations, PrintStream report)
            throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(operations);
        List<Resources> samples = new ArrayList<>();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < operations; i++) {
                int worker = i;
                running.add(workers.submit(() -> work(clients, worker)));
            }
            Instant start = Instant.now();
            report.println("   at s | heap MiB | threads | files | connections | temporary files | well | in trouble");
            for (int i = 1; i <= SAMPLES && wrong.get() == null; i++) {
                Instant next = start.plus(duration.multipliedBy(i).dividedBy(SAMPLES));
                awaitTroubleOr(next);
                pause.writeLock().lock();
                try {
                    Resources sample = Resources.now(serverPort, temporary);
                    samples.add(sample);
                    report.printf(
                            Locale.ROOT,
                            "%7d | %8.1f | %7d | %5d | %11d | %15d | %4d | %d%n",
                            Duration.between(start, Instant.now()).toSeconds(),
                            sample.heapBytes() / 1048576.0,
                            sample.threads(),
                            sample.files(),
                            sample.connections(),
                            sample.temporaryFiles(),
                            well.values().stream().mapToLong(LongAdder::sum).sum(),
                            inTrouble.values().stream()
                                    .mapToLong(LongAdder::sum)
                                    .sum());
                } finally {
                    pause.writeLock().unlock();
                }
            }
            ended = true;
            for (Future<?> each : running) {
                each.get(2, TimeUnit.MINUTES); // else something hangs
            }
        } finally {
            ended = true;
            workers.shutdownNow();
        }
        return verdict(samples, operations, report);
    }

    private void awaitTroubleOr(Instant next) throws InterruptedException {
        synchronized (wrong) {
            long left = Duration.between(Instant.now(), next).toMillis();
            while (wrong.get() == null && left > 0) {
                wrong.wait(left);
                left = Duration.between(Instant.now(), next).toMillis();
            }
        }
    }

    private void work(SoakClients clients, int worker) {
        Random random = new Random(seed + worker);
        SoakOperation[] all = SoakOperation.values();
        while (!ended) {
            SoakOperation operation = all[random.nextInt(all.length)];
            pause.readLock().lock();
            try {
                operation.run(clients, "worker-" + worker + "/", random);
                well.get(operation).increment();
            } catch (SdkException | IOException e) {
                inTrouble.get(operation).increment();
            } catch (AssertionError | Exception e) {
                synchronized (wrong) {
                    wrong.compareAndSet(null, new AssertionError("worker " + worker + ", " + operation, e));
                    wrong.notifyAll();
                }
                ended = true;
            } finally {
                pause.readLock().unlock();
            }
        }
    }

    private List<String> verdict(List<Resources> samples, int operations, PrintStream report) {
        report.println();
        report.printf(Locale.ROOT, "%-32s %8s %12s%n", "operation", "well", "in trouble");
        List<String> faults = new ArrayList<>();
        for (SoakOperation operation : SoakOperation.values()) {
            long went = well.get(operation).sum();
            report.printf(
                    Locale.ROOT,
                    "%-32s %8d %12d%n",
                    operation,
                    went,
                    inTrouble.get(operation).sum());
            if (went == 0) {
                faults.add(operation + " never went well");
            }
        }
        Throwable failure = wrong.get();
        if (failure != null) {
            failure.printStackTrace(report);
            faults.add(failure.toString());
        } else {
            Resources warm = samples.get(WARM_UP_SAMPLES - 1);
            Resources last = samples.get(samples.size() - 1);
            requireFlat(
                    faults,
                    "heap bytes",
                    leastHeapBytes(samples.subList(WARM_UP_SAMPLES - 1, WARM_UP_SAMPLES - 1 + HEAP_SAMPLES)),
                    leastHeapBytes(samples.subList(samples.size() - HEAP_SAMPLES, samples.size())),
                    HEAP_SLACK_BYTES);
            requireFlat(faults, "threads", warm.threads(), last.threads(), THREAD_SLACK);
            requireFlat(faults, "open files", warm.files(), last.files(), FILE_SLACK);
            requireFlat(faults, "connections", 0, last.connections(), clientsConnections(operations));
            for (Resources sample : samples) {
                requireFlat(faults, "temporary files", 0, sample.temporaryFiles(), 0);
            }
        }
        report.println(faults.isEmpty() ? "all flat, nothing wrong" : "WRONG: " + faults);
        return faults;
    }

    /** What leaks is in each sample of some, and what is just being let go of is not. */
    private static long leastHeapBytes(List<Resources> some) {
        return some.stream().mapToLong(Resources::heapBytes).min().orElseThrow();
    }

    /** One pool for each HTTP client. */
    private static int clientsConnections(int operations) {
        return SoakClients.POOLS * operations;
    }

    private static void requireFlat(List<String> faults, String what, long warm, long last, long slack) {
        if (last > warm + slack) {
            faults.add(what + " grew from " + warm + " to " + last + ", by more than " + slack);
        }
    }
}
