/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import dev.keywright.pkcs11.HsmSoakToken.Subject;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Everything at once on all kinds of token in one process, under a collector that never rests: rounds of mixed operations by many
 * threads, which are interrupted now and then, while other code of the process uses the modules too, and logs out. After each
 * round all keyrings are closed, and what the process holds is measured.
 */
final class HsmSoakMain {
    private static final Duration LONGEST_ROUND = Duration.ofSeconds(20);
    private static final long HANG_SECONDS = 300; // beside other work, seconds are little
    private static final int GARBAGE_BYTES = 256 << 10;
    private static final int ROUNDS_TO_TELL_GROWTH = 12;
    private static final long RSS_SLACK_KIB = 24 << 10;
    private static final int FILE_SLACK = 4;

    /** The JVM's own come and go, such as those that compile. */
    private static final int THREAD_SLACK = 4;

    /** Who initialises the modules in a round, and how often. */
    private enum Ownership {
        KEPT("keyrings kept open; other code uses the modules too, and logs out"),
        CHURNED("a quarter of the threads, which open and close keyrings, and with them the modules"),
        OTHERS("modules initialised by other code, which finalises them");

        final String words;

        Ownership(String words) {
            this.words = words;
        }

        /** The fewer, the more often the last keyring on a module is closed. */
        int threads(int most) {
            return this == CHURNED ? Math.max(2, most / 4) : most;
        }
    }

    /** What the process holds when all keyrings are closed. */
    private record Sample(long rssKib, long heapKib, int threads, int files) {}

    private final List<HsmSoakToken> tokens;
    private final int threads;
    private final long seed;
    private final Duration roundTime; // so that there is one of each kind
    private final Map<HsmSoakOperation, LongAdder> well = new EnumMap<>(HsmSoakOperation.class);
    private final LongAdder interrupted = new LongAdder();
    private final LongAdder interruptedCalls = new LongAdder();
    private final LongAdder unavailable = new LongAdder();
    private final LongAdder logouts = new LongAdder();
    private final LongAdder othersUses = new LongAdder();
    private final LongAdder collections = new LongAdder();
    private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
    private final AtomicLong garbage = new AtomicLong();
    private final List<Sample> samples = new ArrayList<>();
    private volatile boolean roundEnded;
    private volatile boolean ended;

    private HsmSoakMain(List<HsmSoakToken> tokens, Duration duration, int threads, long seed) {
        this.tokens = tokens;
        Duration third = duration.dividedBy(Ownership.values().length);
        this.roundTime = third.compareTo(LONGEST_ROUND) < 0 ? third : LONGEST_ROUND;
        this.threads = threads;
        this.seed = seed;
        for (HsmSoakOperation operation : HsmSoakOperation.values()) {
            well.put(operation, new LongAdder());
        }
    }

    /** Arguments: seconds, threads, a seed, a file for the report, and the {@link HsmSoakKind}s. */
    public static void main(String[] arguments) throws Exception {
        SecureRandom random = new SecureRandom();
        List<HsmSoakToken> tokens = new ArrayList<>();
        List<String> faults;
        try {
            for (String kind : List.of(arguments).subList(4, arguments.length)) {
                tokens.add(HsmSoakKind.valueOf(kind).newToken(random));
            }
            Duration duration = Duration.ofSeconds(Long.parseLong(arguments[0]));
            HsmSoakMain soak =
                    new HsmSoakMain(tokens, duration, Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
            faults = soak.run(duration);
            Files.writeString(Path.of(arguments[3]), soak.report(duration, faults));
        } finally {
            for (HsmSoakToken token : tokens) {
                token.close();
            }
        }
        System.exit(faults.isEmpty() ? 0 : 1);
    }

    private List<String> run(Duration duration) throws Exception {
        List<String> faults = new ArrayList<>();
        Thread collector = new Thread(this::collect, "collector");
        Thread litterer = new Thread(this::litter, "litterer");
        collector.setDaemon(true);
        litterer.setDaemon(true);
        collector.start();
        litterer.start();
        initializeAsOther(token -> token.kind().staysInitialized());
        long end = System.nanoTime() + duration.toNanos();
        System.out.println("round | ownership | operations | RSS KiB | heap KiB | threads | files | sessions open");
        for (int round = 0; System.nanoTime() < end && wrong.get() == null; round++) {
            Ownership ownership = Ownership.values()[round % Ownership.values().length];
            round(ownership, round);
            requireNothingHeld(ownership, faults);
            Sample sample = sample();
            samples.add(sample);
            System.out.printf(
                    Locale.ROOT,
                    "%d | %s | %d | %d | %d | %d | %d | %d%n",
                    round,
                    ownership,
                    operations(),
                    sample.rssKib,
                    sample.heapKib,
                    sample.threads,
                    sample.files,
                    tokens.stream()
                            .mapToInt(token -> token.backend().openSessions())
                            .sum());
        }
        finalizeAsOther(token -> token.kind().staysInitialized());
        ended = true;
        collector.join();
        litterer.join();
        Throwable failure = wrong.get();
        if (failure != null) {
            failure.printStackTrace();
            faults.add(failure.toString());
        }
        for (HsmSoakOperation operation : HsmSoakOperation.values()) {
            if (well.get(operation).sum() == 0) {
                faults.add(operation + " never went well");
            }
        }
        requireFlat(faults);
        System.out.println(faults.isEmpty() ? "nothing wrong" : "WRONG: " + faults);
        return faults;
    }

    // ---- a round ---------------------------------------------------------------------------------------------------

    private void round(Ownership ownership, int round) throws Exception {
        roundEnded = false;
        if (ownership == Ownership.OTHERS) {
            initializeAsOther(token -> !token.kind().staysInitialized());
        }
        Map<Subject, Pkcs11Keyring> kept = new HashMap<>();
        List<Thread> workers = new ArrayList<>();
        ExecutorService pool = Executors.newCachedThreadPool();
        try {
            if (ownership == Ownership.KEPT) {
                for (Subject subject : subjects(tokens)) {
                    kept.put(subject, subject.builder().build());
                }
            }
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < ownership.threads(threads); i++) {
                Random random = new Random(seed + 1000L * round + i);
                List<Subject> subjects = subjects(tokensOf(i));
                Thread worker = new Thread(() -> work(subjects, kept, random), "worker-" + i);
                worker.setDaemon(true); // lest one that hangs keep the rest from ending
                workers.add(worker);
                worker.start();
            }
            running.add(pool.submit(() -> interrupt(workers, new Random(seed + round))));
            if (ownership != Ownership.CHURNED) {
                running.add(pool.submit(() -> useAsOther(ownership)));
            }
            pause(roundTime.toMillis());
            roundEnded = true;
            for (Future<?> each : running) {
                each.get(HANG_SECONDS, TimeUnit.SECONDS);
            }
            for (Thread worker : workers) {
                worker.join(TimeUnit.SECONDS.toMillis(HANG_SECONDS));
                if (worker.isAlive()) {
                    AssertionError hang = new AssertionError(worker + " hangs");
                    hang.setStackTrace(worker.getStackTrace());
                    throw hang;
                }
            }
        } finally {
            roundEnded = true;
            pool.shutdownNow();
            kept.values().forEach(Pkcs11Keyring::close);
        }
        if (ownership == Ownership.OTHERS) {
            finalizeAsOther(token -> !token.kind().staysInitialized());
        }
    }

    private void initializeAsOther(Predicate<HsmSoakToken> which) throws CryptokiException {
        for (HsmSoakToken token : tokens) {
            if (which.test(token)) {
                token.initializeAsOther();
            }
        }
    }

    private void finalizeAsOther(Predicate<HsmSoakToken> which) throws CryptokiException {
        for (HsmSoakToken token : tokens) {
            if (which.test(token)) {
                token.finalizeAsOther();
            }
        }
    }

    private static List<Subject> subjects(List<HsmSoakToken> tokens) {
        return tokens.stream().flatMap(token -> token.subjects().stream()).toList();
    }

    /** Every fourth thread uses the slow ones, and the others the rest. */
    private List<HsmSoakToken> tokensOf(int thread) {
        List<HsmSoakToken> own = tokens.stream()
                .filter(token -> token.kind().isSlow() == (thread % 4 == 3))
                .toList();
        return own.isEmpty() ? tokens : own;
    }

    private void work(List<Subject> subjects, Map<Subject, Pkcs11Keyring> kept, Random random) {
        while (!roundEnded && wrong.get() == null) {
            Subject subject = subjects.get(random.nextInt(subjects.size()));
            try {
                Pkcs11Keyring open = kept.get(subject);
                if (open != null) {
                    run(subject, open, random);
                } else {
                    try (Pkcs11Keyring keyring = subject.builder().build()) {
                        for (int i = random.nextInt(4); i >= 0 && !roundEnded; i--) {
                            run(subject, keyring, random);
                        }
                    }
                }
            } catch (KeyringException e) {
                if (e.reason() != Reason.UNAVAILABLE) {
                    fail(e);
                } else if (Thread.interrupted()) {
                    interruptedCalls.increment();
                } else {
                    requireAllowed(e, !kept.isEmpty());
                }
            } catch (Throwable e) { // whatever it is, it is wrong
                fail(e);
            }
        }
    }

    private void run(Subject subject, Pkcs11Keyring keyring, Random random) {
        HsmSoakOperation[] all = HsmSoakOperation.values();
        HsmSoakOperation operation = all[random.nextInt(all.length)];
        operation.run(subject, keyring, random);
        well.get(operation).increment();
    }

    /** Who was logged out by others, and again when tried once more, is told that it is worth another try. */
    private void requireAllowed(KeyringException e, boolean loggedOut) {
        if (String.valueOf(e.getMessage()).contains("interrupted")) { // as told by a description
            interruptedCalls.increment();
        } else if (loggedOut && e.isRetryable()) {
            unavailable.increment();
        } else {
            fail(e);
        }
    }

    private void interrupt(List<Thread> workers, Random random) {
        while (!roundEnded) {
            workers.get(random.nextInt(workers.size())).interrupt();
            interrupted.increment();
            pause(20);
        }
    }

    private void useAsOther(Ownership ownership) {
        try {
            for (int i = 0; !roundEnded; i++) {
                for (HsmSoakToken token : tokens) {
                    if (!token.kind().servesOthers()) {
                        continue;
                    }
                    token.useAsOther();
                    othersUses.increment();
                    if (ownership == Ownership.KEPT && i % 50 == 49) {
                        token.logOutAsOther();
                        logouts.increment();
                    }
                }
                pause(20);
            }
        } catch (CryptokiException | AssertionError e) {
            fail(e);
        }
    }

    // ---- pressure --------------------------------------------------------------------------------------------------

    private void collect() {
        while (!ended) {
            System.gc();
            collections.increment();
            pause(200);
        }
    }

    private void litter() {
        List<byte[]> held = new ArrayList<>();
        while (!ended) {
            held.add(new byte[GARBAGE_BYTES]);
            garbage.addAndGet(GARBAGE_BYTES);
            if (held.size() > 64) {
                held.clear();
            }
            pause(1);
        }
    }

    /** Ends early if anything goes wrong. */
    private void pause(long millis) {
        synchronized (wrong) {
            try {
                if (wrong.get() == null) {
                    wrong.wait(millis);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void fail(Throwable e) {
        synchronized (wrong) {
            wrong.compareAndSet(null, e);
            wrong.notifyAll();
        }
    }

    // ---- verdict ---------------------------------------------------------------------------------------------------

    private long operations() {
        return well.values().stream().mapToLong(LongAdder::sum).sum();
    }

    private void requireNothingHeld(Ownership ownership, List<String> faults) {
        for (HsmSoakToken token : tokens) {
            CountingBackend backend = token.backend();
            if (backend.openSessions() != 0 || backend.sessionsLeft() != 0) {
                faults.add(token + ", " + ownership + ": " + backend.openSessions() + " sessions open, "
                        + backend.sessionsLeft() + " left when it was finalised");
            }
            if (backend.liveBlocks() != 0) {
                faults.add(
                        token + ", " + ownership + ": " + backend.liveBlocks() + " blocks of native memory not freed");
            }
        }
    }

    /** Against half time, in a run of minutes: earlier, compilers and pools still fill. */
    private void requireFlat(List<String> faults) {
        if (samples.size() < ROUNDS_TO_TELL_GROWTH) {
            return;
        }
        Sample warm = samples.get(samples.size() / 2);
        Sample last = samples.get(samples.size() - 1);
        if (last.rssKib > warm.rssKib + RSS_SLACK_KIB) {
            faults.add("the process grew from " + warm.rssKib + " KiB at half time to " + last.rssKib + " KiB");
        }
        if (last.threads > warm.threads + THREAD_SLACK) {
            faults.add("threads grew from " + warm.threads + " to " + last.threads);
        }
        if (last.files > warm.files + FILE_SLACK) {
            faults.add("open files grew from " + warm.files + " to " + last.files);
        }
    }

    private static Sample sample() throws IOException {
        System.gc();
        long rss;
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            rss = lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .sum();
        }
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return new Sample(
                    rss,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 10,
                    ManagementFactory.getThreadMXBean().getThreadCount(),
                    (int) files.count());
        }
    }

    // ---- report ----------------------------------------------------------------------------------------------------

    private String report(Duration duration, List<String> faults) {
        StringBuilder text = new StringBuilder();
        line(
                text,
                "`./hsm-soak`: %d threads for %d s on %s in one process, JDK %s, %d processors, seed %d.",
                threads,
                duration.toSeconds(),
                tokens.stream().map(HsmSoakToken::toString).collect(Collectors.joining(", ")),
                System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(),
                seed);
        line(
                text,
                "The JVM has 64 MiB of heap and `-Xcheck:jni`; %d MiB of garbage were made, and",
                garbage.get() >> 20);
        line(
                text,
                "`System.gc()` called %d times beside the calls. Rounds of %d s, in turn:",
                collections.sum(),
                roundTime.toSeconds());
        for (Ownership ownership : Ownership.values()) {
            line(text, "%s;", ownership.words);
        }
        line(text, "after each, all keyrings are closed and what the process holds is measured.");
        line(text, "");
        line(text, "| operation, right each time | count |");
        line(text, "| --- | --- |");
        for (HsmSoakOperation operation : HsmSoakOperation.values()) {
            line(text, "| %s | %d |", operation.words, well.get(operation).sum());
        }
        line(text, "");
        line(text, "| what happened meanwhile | count |");
        line(text, "| --- | --- |");
        line(
                text,
                "| threads interrupted; calls that ended by that, as UNAVAILABLE | %d; %d |",
                interrupted.sum(),
                interruptedCalls.sum());
        line(
                text,
                "| logouts by other code; calls that met two, or the back-off after one, as UNAVAILABLE | %d; %d |",
                logouts.sum(),
                unavailable.sum());
        line(text, "| uses of a module by other code | %d |", othersUses.sum());
        for (HsmSoakToken token : tokens) {
            CountingBackend backend = token.backend();
            line(
                    text,
                    "| %s: calls into the module; times finalised by us; logins | %d; %d; %d |",
                    token,
                    backend.calls(),
                    backend.calls(CryptokiFunction.FINALIZE),
                    backend.calls(CryptokiFunction.LOGIN));
        }
        line(text, "");
        line(text, "| held with all keyrings closed | after the first round | at half time | at the end |");
        line(text, "| --- | --- | --- | --- |");
        Sample first = samples.get(0);
        Sample half = samples.get(samples.size() / 2);
        Sample last = samples.get(samples.size() - 1);
        line(text, "| resident memory, MiB | %d | %d | %d |", first.rssKib >> 10, half.rssKib >> 10, last.rssKib >> 10);
        line(text, "| heap, MiB | %d | %d | %d |", first.heapKib >> 10, half.heapKib >> 10, last.heapKib >> 10);
        line(text, "| threads | %d | %d | %d |", first.threads, half.threads, last.threads);
        line(text, "| open files | %d | %d | %d |", first.files, half.files, last.files);
        line(text, "| sessions, and blocks of native memory of ours | 0 | 0 | %s |", held());
        line(text, "");
        line(
                text,
                "Wrong results, native crashes, hangs, leaks: %s.",
                faults.isEmpty() ? "none" : String.join("; ", faults));
        return text.toString();
    }

    private int held() {
        return tokens.stream()
                .map(HsmSoakToken::backend)
                .mapToInt(backend -> backend.openSessions() + backend.liveBlocks())
                .sum();
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append('\n');
    }
}
