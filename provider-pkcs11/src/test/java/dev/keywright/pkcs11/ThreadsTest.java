/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.WrappedDataKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class ThreadsTest {
    private static final int THREADS = 16;

    private static InterposedToken home;

    @BeforeAll
    static void makeToken() {
        home = new InterposedToken();
        home.token.generateAes("aes", "01", 32);
        home.token.generateRsa("rsa", "02", 2048);
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    @AfterEach
    void leaveTheModule() {
        for (CryptokiFunction function : CryptokiFunction.values()) {
            home.module.leave(function);
        }
    }

    /** Has the calls on sessions watched; gives those that two threads made on one session at once. */
    private Queue<String> watchSessions() {
        Queue<String> shared = new ConcurrentLinkedQueue<>();
        Map<Long, Thread> busy = new ConcurrentHashMap<>();
        for (CryptokiFunction function : Set.of(
                CryptokiFunction.ENCRYPT_INIT,
                CryptokiFunction.ENCRYPT,
                CryptokiFunction.DECRYPT_INIT,
                CryptokiFunction.DECRYPT)) {
            home.module.interpose(function, (token, arguments) -> {
                Thread other = busy.putIfAbsent(arguments[0], Thread.currentThread());
                if (other != null && other != Thread.currentThread()) {
                    shared.add(function + " on a session that another thread is in");
                }
                long result = token.call(function, arguments);
                if (function == CryptokiFunction.ENCRYPT || function == CryptokiFunction.DECRYPT) {
                    busy.remove(arguments[0]);
                }
                return result;
            });
        }
        return shared;
    }

    private static void all(Callable<Void> work) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<Void>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                results.add(threads.submit(work));
            }
            for (Future<Void> result : results) {
                result.get(100, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource({"aes, 50", "rsa, 5"})
    void manyThreads_goodAndBad_eachInASessionOfItsOwn(String label, int rounds) throws Exception {
        Queue<String> shared = watchSessions();
        try (Pkcs11Keyring keyring = home.keyring(label)) {
            all(() -> {
                for (int round = 0; round < rounds; round++) {
                    byte[] key = new byte[32];
                    new SecureRandom().nextBytes(key);
                    WrappedDataKey wrapped = Wraps.wrap(keyring, key);
                    assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(key);
                    if (round % 5 == 0) {
                        assertThat(refused(keyring, Wraps.altered(wrapped))).isTrue();
                    }
                }
                return null;
            });
        }
        assertThat(shared).isEmpty();
    }

    private static boolean refused(Pkcs11Keyring keyring, WrappedDataKey wrapped) {
        try {
            Wraps.unwrap(keyring, wrapped);
            return false;
        } catch (IntegrityException e) {
            return true;
        }
    }

    /** As tpm2-pkcs11 needs it: it gives sessions that are opened at once to several threads, and frees one under the other. */
    @Test
    void sessions_openedAndClosedByManyThreads_areSoOneAtATime() throws Exception {
        Semaphore second = new Semaphore(0);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        for (CryptokiFunction function : Set.of(CryptokiFunction.OPEN_SESSION, CryptokiFunction.CLOSE_SESSION)) {
            home.module.interpose(function, (token, arguments) -> {
                try {
                    if (most.accumulateAndGet(running.incrementAndGet(), Math::max) > 1) {
                        second.release(THREADS);
                    }
                    second.tryAcquire(5, TimeUnit.MILLISECONDS); // gives a second thread the time to come
                    return token.call(function, arguments);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                } finally {
                    running.decrementAndGet();
                }
            });
        }
        try (Pkcs11Keyring keyring = home.keyring("aes")) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, new byte[32]);
            all(() -> {
                assertThat(refused(keyring, Wraps.altered(wrapped))).isTrue(); // after which its session is closed
                return null;
            });
        }
        assertThat(most).hasValue(1);
    }

    @Test
    void keyrings_openedAndClosedAtOnce_doNotLogOneAnotherOut() throws Exception {
        byte[] key = new byte[32];
        all(() -> {
            for (int round = 0; round < 10; round++) {
                try (Pkcs11Keyring keyring = home.keyring("aes")) {
                    assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, key))).isEqualTo(key);
                }
            }
            return null;
        });
        assertThat(home.module.calls(CryptokiFunction.FINALIZE))
                .isEqualTo(home.module.calls(CryptokiFunction.INITIALIZE));
    }

    @Test
    void garbageCollection_betweenCalls_takesNothingThatIsNeeded() {
        byte[] key = new byte[32];
        try (Pkcs11Keyring aes = home.keyring("aes");
                Pkcs11Keyring rsa = home.keyring("rsa")) {
            for (CryptokiFunction function : CryptokiFunction.values()) {
                home.module.interpose(function, (token, arguments) -> {
                    System.gc(); // with the arguments' memory already filled
                    return token.call(function, arguments);
                });
            }
            assertThat(Wraps.unwrap(aes, Wraps.wrap(aes, key))).isEqualTo(key);
            assertThat(Wraps.unwrap(rsa, Wraps.wrap(rsa, key))).isEqualTo(key);
        }
    }
}
