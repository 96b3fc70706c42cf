/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static dev.keywright.s3.Loopback.BUCKET;

import dev.keywright.pkcs11.Pkcs11Keyring;
import dev.keywright.pkcs11.Pkcs11Status;
import dev.keywright.pkcs11.Pkcs11TokenInfo;
import dev.keywright.pkcs11.Pkcs11Uri;
import dev.keywright.spi.KeyringException;
import dev.keywright.testing.MiniS3;
import dev.keywright.testing.P11KitServer;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * Puts and gets by many threads under an RSA key on a remote token, which is lost seven times meanwhile: five times its server is
 * killed and started again, twice the token's folder is taken away and put back. {@code ./hsm-load} runs it.
 */
final class HsmLoad {
    private static final long FIRST_BACK_OFF_MILLIS = 500;
    private static final long LARGEST_BACK_OFF_MILLIS = 5_000;

    /** An operation that takes longer hangs. */
    private static final long HANG_MILLIS = 60_000;

    /** As a caller leaves what is unavailable alone for a moment. */
    private static final long CALLERS_PAUSE_MILLIS = 20;

    private static final long PROBE_MILLIS = 5;
    private static final int OBJECTS_PER_THREAD = 20;

    private enum Outage {
        SERVER_KILLED("server killed and started"),
        FOLDER_TAKEN_AWAY("token folder taken away and put back");

        final String words;

        Outage(String words) {
            this.words = words;
        }
    }

    private static final List<Outage> OUTAGES = List.of(
            Outage.SERVER_KILLED,
            Outage.SERVER_KILLED,
            Outage.FOLDER_TAKEN_AWAY,
            Outage.SERVER_KILLED,
            Outage.SERVER_KILLED,
            Outage.FOLDER_TAKEN_AWAY,
            Outage.SERVER_KILLED);

    private final EncryptingS3Client client;
    private final Pkcs11Keyring keyring;
    private final P11KitServer server;
    private final Path folder;
    private final int threads;
    private final long seed;

    private final AtomicLong well = new AtomicLong();
    private final AtomicLong unavailable = new AtomicLong();
    private final CountDownLatch filled; // once each thread has put each of its objects
    private final AtomicLongArray read; // by thread: reads use the token, puts do not
    private final AtomicLongArray begun; // by thread: when its operation began, or 0
    private final AtomicReference<@Nullable Throwable> wrong = new AtomicReference<>();
    private volatile boolean ended;

    private HsmLoad(
            EncryptingS3Client client,
            Pkcs11Keyring keyring,
            P11KitServer server,
            Path folder,
            int threads,
            long seed) {
        this.client = client;
        this.keyring = keyring;
        this.server = server;
        this.folder = folder;
        this.threads = threads;
        this.seed = seed;
        this.filled = new CountDownLatch(threads);
        this.read = new AtomicLongArray(threads);
        this.begun = new AtomicLongArray(threads);
    }

    /**
     * Runs, and ends with 0 if nothing went wrong, else with 1.
     *
     * @param arguments seconds, threads, a seed, and possibly a file for the report
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 3 && arguments.length != 4) {
            System.err.println("usage: HsmLoad SECONDS THREADS SEED [FILE]");
            System.exit(2);
        }
        P11KitServer.obstacle().ifPresent(why -> {
            System.err.println("hsm-load: " + why);
            System.exit(2);
        });
        Report report = new Report();
        List<String> faults = run(
                Duration.ofSeconds(Long.parseLong(arguments[0])),
                Integer.parseInt(arguments[1]),
                Long.parseLong(arguments[2]),
                report,
                System.out);
        System.out.print(report.text);
        if (arguments.length == 4) {
            Files.writeString(Path.of(arguments[3]), report.text);
        }
        System.exit(faults.isEmpty() ? 0 : 1);
    }

    /** Lines of the page that is written. */
    private static final class Report {
        private final StringBuilder text = new StringBuilder();

        void line(String format, Object... values) {
            text.append(String.format(Locale.ROOT, format, values)).append('\n');
        }
    }

    private static List<String> run(Duration duration, int threads, long seed, Report report, PrintStream progress)
            throws Exception {
        try (SoftHsm token = SoftHsm.newToken();
                P11KitServer server = serve(token);
                MiniS3 s3 = MiniS3.start();
                S3Client plain = Loopback.settings(s3.endpoint())
                        .httpClient(Apache5HttpClient.builder()
                                .maxConnections(2 * threads)
                                .build())
                        .build();
                Pkcs11Keyring keyring = Pkcs11Keyring.builder(Pkcs11Uri.parse(server.uri("rsa")))
                        .pin(token::pin)
                        .maxSessions(
                                1) // two calls in p11-kit's client at once, and one may never come back from a dead
                        // server
                        .recoveryBackOff(FIRST_BACK_OFF_MILLIS, LARGEST_BACK_OFF_MILLIS)
                        .build()) {
            s3.createBucket(BUCKET);
            s3.keepRequests(false);
            EncryptingS3Client client =
                    EncryptingS3Client.builder().client(plain).keyring(keyring).build();
            HsmLoad load = new HsmLoad(client, keyring, server, tokenFolder(), threads, seed);
            return load.run(duration, server.module(), token.label(), report, progress);
        }
    }

    private static P11KitServer serve(SoftHsm token) {
        token.generateRsa("rsa", "01", 2048);
        return P11KitServer.of(token);
    }

    private static Path tokenFolder() throws IOException {
        Path tokens = Path.of(System.getenv("SOFTHSM2_CONF")).toAbsolutePath().resolveSibling("tokens");
        try (Stream<Path> folders = Files.list(tokens)) {
            List<Path> all = folders.toList();
            if (all.size() != 1) {
                throw new IllegalStateException("not one token but " + all.size() + " in " + tokens);
            }
            return all.get(0);
        }
    }

    private List<String> run(Duration duration, Path module, String label, Report report, PrintStream progress)
            throws Exception {
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        List<String> faults = new ArrayList<>();
        List<String> rows = new ArrayList<>();
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int worker = i;
                running.add(workers.submit(() -> work(worker)));
            }
            while (filled.getCount() > 0 && wrong.get() == null) {
                pause(Duration.ofMillis(PROBE_MILLIS));
            }
            Duration share = duration.dividedBy(OUTAGES.size() + 1L);
            for (Outage outage : OUTAGES) {
                pause(share.multipliedBy(4).dividedBy(5));
                String row = lose(outage, share.dividedBy(5), faults);
                rows.add(row);
                progress.println(row);
            }
            pause(share);
            ended = true;
            for (Future<?> each : running) {
                each.get(2 * HANG_MILLIS, TimeUnit.MILLISECONDS); // else something hangs
            }
        } finally {
            ended = true;
            workers.shutdownNow();
        }
        if (wrong.get() != null) {
            faults.add("wrong: " + wrong.get());
        }
        Pkcs11Status status = keyring.status();
        if (status.logins() > 1 + status.recoveriesTried()) {
            faults.add("more logins than recoveries: " + status);
        }
        for (Pkcs11TokenInfo token : Pkcs11Keyring.listTokens(module)) {
            if (token.label().equals(label) && (token.pinCountLow() || token.finalTry() || token.pinLocked())) {
                faults.add("the token counts a wrong PIN: " + token);
            }
        }
        write(report, duration, rows, status, faults);
        return faults;
    }

    private void write(Report report, Duration duration, List<String> rows, Pkcs11Status status, List<String> faults) {
        report.line(
                "Written by `./hsm-load`: %d threads put and get objects through `EncryptingS3Client` for %d s, under an",
                threads, duration.toSeconds());
        report.line(
                "RSA-2048 key on a SoftHSM token behind `p11-kit server`; seed %d, JDK %s, %d processors.",
                seed, System.getProperty("java.version"), Runtime.getRuntime().availableProcessors());
        report.line(
                "Calls use one session, as of several that are in p11-kit's client (0.24.1) when its server dies some never return.");
        report.line(
                "Back-off %d to %d ms, twice as long after each try in vain. A recovery is timed from the moment the server listens",
                FIRST_BACK_OFF_MILLIS, LARGEST_BACK_OFF_MILLIS);
        report.line(
                "again, or the folder is back, until a thread has read an object, and until every thread has. The bound, for every");
        report.line("thread, is two of the back-offs that had been reached.");
        report.line("");
        report.line(
                "| lost | for ms | tries in vain | back-off reached ms | read again after ms | by every thread after ms |");
        report.line("| --- | --- | --- | --- | --- | --- |");
        rows.forEach(row -> report.line("%s", row));
        report.line("");
        report.line("| | |");
        report.line("| --- | --- |");
        report.line("| objects put or got, and right | %d |", well.get());
        report.line("| operations that failed as UNAVAILABLE, while the token was lost | %d |", unavailable.get());
        report.line("| uses of the key | %d |", status.operations());
        report.line(
                "| recoveries tried, and succeeded | %d, %d |", status.recoveriesTried(), status.recoveriesSucceeded());
        report.line("| logins | %d |", status.logins());
        report.line("| sessions open at the end | %d |", status.sessionsOpen());
        report.line(
                "| wrong results, hangs, wasted PINs | %s |", faults.isEmpty() ? "none" : String.join("; ", faults));
    }

    /** Loses the token for a time; gives a row of the report. */
    private String lose(Outage outage, Duration time, List<String> faults) throws Exception {
        Path away = folder.resolveSibling("").resolveSibling("away");
        long inVainBefore = inVain();
        long start = System.nanoTime();
        if (outage == Outage.SERVER_KILLED) {
            server.kill();
        } else {
            Files.move(folder, away);
        }
        while (System.nanoTime() - start < time.toNanos() && wrong.get() == null) {
            pause(Duration.ofMillis(PROBE_MILLIS));
        }
        giveBack(outage, away);
        long back = System.nanoTime();
        long[] before = new long[threads];
        for (int i = 0; i < threads; i++) {
            before[i] = read.get(i);
        }
        long first = 0;
        while (!allReadSince(before) && wrong.get() == null) {
            requireNoHang();
            pause(Duration.ofMillis(PROBE_MILLIS));
            if (first == 0 && anyReadSince(before)) {
                first = millisSince(back);
            }
        }
        long took = millisSince(back);
        long tries = inVain() - inVainBefore;
        if (tries == 0) {
            faults.add(outage.words + ", and nobody noticed");
        }
        long backOff = FIRST_BACK_OFF_MILLIS;
        for (long i = 1; i < tries; i++) {
            backOff = Math.min(2 * backOff, LARGEST_BACK_OFF_MILLIS);
        }
        if (took > 2 * backOff) {
            faults.add("recovery took " + took + " ms, with a back-off of " + backOff + " ms");
        }
        return "| " + outage.words + " | " + TimeUnit.NANOSECONDS.toMillis(back - start) + " | " + tries + " | "
                + backOff + " | " + first + " | " + took + " |";
    }

    private static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    /** How often mending was tried in vain: each time, the back-off is twice as long as before. */
    private long inVain() {
        Pkcs11Status status = keyring.status();
        return status.recoveriesTried() - status.recoveriesSucceeded();
    }

    private void giveBack(Outage outage, Path away) {
        if (outage == Outage.SERVER_KILLED) {
            server.start();
            return;
        }
        try {
            Files.move(away, folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean allReadSince(long[] before) {
        for (int i = 0; i < threads; i++) {
            if (read.get(i) == before[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean anyReadSince(long[] before) {
        for (int i = 0; i < threads; i++) {
            if (read.get(i) > before[i]) {
                return true;
            }
        }
        return false;
    }

    private void requireNoHang() {
        for (int i = 0; i < threads; i++) {
            long since = begun.get(i);
            if (since != 0 && System.nanoTime() - since > TimeUnit.MILLISECONDS.toNanos(HANG_MILLIS)) {
                fail(new AssertionError("an operation hangs for " + HANG_MILLIS + " ms"));
            }
        }
    }

    /** Ends early if anything goes wrong. */
    private void pause(Duration time) throws InterruptedException {
        synchronized (wrong) {
            wrong.wait(Math.max(1, time.toMillis()));
        }
    }

    private void fail(Throwable e) {
        synchronized (wrong) {
            wrong.compareAndSet(null, e);
            wrong.notifyAll();
        }
    }

    // ---- work ------------------------------------------------------------------------------------------------------

    private void work(int worker) {
        Random random = new Random(seed + worker);
        byte[][] stored = new byte[OBJECTS_PER_THREAD][];
        for (int round = 0; !ended && wrong.get() == null; round++) {
            int object = round < OBJECTS_PER_THREAD ? round : random.nextInt(OBJECTS_PER_THREAD);
            String key = worker + "/" + object;
            begun.set(worker, System.nanoTime());
            try {
                byte[] known = stored[object];
                if (known == null || random.nextInt(4) == 0) {
                    byte[] plaintext = new byte[random.nextInt(20_000)];
                    random.nextBytes(plaintext);
                    stored[object] = null; // till it is sure which one is there
                    client.putObject(put -> put.bucket(BUCKET).key(key), RequestBody.fromBytes(plaintext));
                    stored[object] = plaintext;
                } else {
                    byte[] got = client.getObjectAsBytes(
                                    get -> get.bucket(BUCKET).key(key))
                            .asByteArray();
                    if (!Arrays.equals(got, known)) {
                        throw new AssertionError(key + " is not what was put");
                    }
                    read.incrementAndGet(worker);
                }
                well.incrementAndGet();
            } catch (KeyringException e) {
                if (!e.isRetryable()) {
                    fail(e);
                }
                unavailable.incrementAndGet();
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(CALLERS_PAUSE_MILLIS));
            } catch (Throwable e) { // whatever it is, it is wrong
                fail(e);
            } finally {
                begun.set(worker, 0);
            }
            if (round == OBJECTS_PER_THREAD) {
                filled.countDown();
            }
        }
    }
}
