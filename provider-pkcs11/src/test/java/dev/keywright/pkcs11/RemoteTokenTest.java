/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keywright.pkcs11.Pkcs11Status.State;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.P11KitServer;
import dev.keywright.testing.SoftHsm;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A token served by another process, which is killed and started again. */
@Timeout(100)
class RemoteTokenTest {
    private static final byte[] DATA_KEY = new byte[32];
    private static final int THREADS = 16;

    private static SoftHsm token;
    private P11KitServer server;
    private InterposedBackend module;
    private final AtomicLong nanos = new AtomicLong();

    @BeforeAll
    static void makeToken() {
        String obstacle = P11KitServer.obstacle().orElse("");
        assumeTrue(obstacle.isEmpty(), obstacle);
        new SecureRandom().nextBytes(DATA_KEY);
        token = SoftHsm.newToken();
        token.generateRsa("rsa", "01", 2048);
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    @BeforeEach
    void serve() {
        server = P11KitServer.of(token);
        module = new InterposedBackend(server.module());
    }

    @AfterEach
    void stop() {
        server.close();
        assertThat(module.liveBlocks()).as("native memory not given back").isZero();
        assertThat(module.besideFinalize()).as("calls while finalising").isZero();
    }

    private Pkcs11Keyring.Builder builder(LongSupplier clock) {
        Pkcs11Module remote = new Pkcs11Module(server.module(), module, clock);
        return Pkcs11Keyring.builder(Pkcs11Uri.parse(server.uri("rsa")))
                .pin(token::pin)
                .modules(path -> remote);
    }

    @Test
    void killedAndStarted_betweenCalls_isNotNoticed() {
        try (Pkcs11Keyring keyring = builder(nanos::get).build()) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            server.kill();
            server.start();
            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
            assertThat(keyring.status().recoveriesSucceeded()).isEqualTo(1);
            assertThat(module.calls(CryptokiFunction.LOGIN)).isEqualTo(2);
        }
    }

    @Test
    void killed_isUnavailableNeverBadData_andStarted_isUsedAgain() {
        try (Pkcs11Keyring keyring = builder(nanos::get).build()) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            server.kill();
            for (WrappedDataKey any : List.of(wrapped, Wraps.altered(wrapped), wrapped)) {
                assertThatThrownBy(() -> Wraps.unwrap(keyring, any))
                        .isInstanceOfSatisfying(
                                KeyringException.class,
                                e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                        .hasMessageContaining("token '" + token.label())
                        .hasMessageContaining("CKR_DEVICE_ERROR")
                        .hasMessageContaining("is tried again in");
                assertThat(keyring.status().state()).isEqualTo(State.DOWN);
                nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
            }
            server.start();
            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
            assertThatThrownBy(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped)))
                    .isInstanceOf(IntegrityException.class);
            assertThat(module.calls(CryptokiFunction.LOGIN)).isEqualTo(2);
        }
    }

    /** In one session: of calls that are in p11-kit's client together when its server dies, some never return. */
    @Test
    void killedAndStarted_underLoad_noResultIsWrong_andAllThreadsGoOn() throws Exception {
        AtomicBoolean ended = new AtomicBoolean();
        AtomicLongArray good = new AtomicLongArray(THREADS);
        AtomicLong unavailable = new AtomicLong();
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (Pkcs11Keyring keyring =
                builder(System::nanoTime).maxSessions(1).recoveryBackOff(5, 40).build()) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = i;
                results.add(threads.submit(() -> {
                    while (!ended.get()) {
                        try {
                            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
                            good.incrementAndGet(thread);
                        } catch (KeyringException e) {
                            assertThat(e.reason()).as(e.getMessage()).isEqualTo(Reason.UNAVAILABLE);
                            assertThat(e).hasMessageContaining("can't be used just now");
                            unavailable.incrementAndGet();
                        }
                    }
                }));
            }
            try {
                for (int kills = 0; kills < 3; kills++) {
                    awaitEachThreads(good, results);
                    server.kill();
                    long met = unavailable.get();
                    while (unavailable.get() < met + THREADS) {
                        failIfEnded(results);
                    }
                    server.start();
                }
                awaitEachThreads(good, results);
            } finally {
                ended.set(true);
            }
            for (Future<?> result : results) {
                result.get(60, TimeUnit.SECONDS);
            }
            assertThat(keyring.status().recoveriesSucceeded()).isGreaterThanOrEqualTo(3);
            assertThat(keyring.status().logins()).isEqualTo(1 + keyring.status().recoveriesSucceeded());
        } finally {
            ended.set(true);
            threads.shutdownNow();
        }
    }

    /** Until each thread has opened something since now. */
    private static void awaitEachThreads(AtomicLongArray good, List<Future<?>> results) throws Exception {
        for (int thread = 0; thread < THREADS; thread++) {
            long before = good.get(thread);
            while (good.get(thread) == before) {
                failIfEnded(results);
            }
        }
    }

    private static void failIfEnded(List<Future<?>> results) throws Exception {
        for (Future<?> result : results) {
            if (result.isDone()) {
                result.get();
            }
        }
        Thread.onSpinWait();
    }
}
