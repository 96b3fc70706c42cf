/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.WrappedDataKey;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How many sessions there are, who gets them, and what happens when they do not suffice. */
@Timeout(60)
class SessionsTest {
    private static final byte[] DATA_KEY = new byte[32];
    private static final int THREADS = 16;

    private static InterposedToken home;

    @BeforeAll
    static void makeToken() {
        new SecureRandom().nextBytes(DATA_KEY);
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
        home.module.leaveAll();
        assertThat(home.module.liveBlocks()).as("native memory not given back").isZero();
    }

    private static void waitUntil(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.onSpinWait();
        }
    }

    private static void useWithManyThreads(Pkcs11Keyring keyring) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                results.add(threads.submit(() -> {
                    for (int round = 0; round < 5; round++) {
                        assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY)))
                                .isEqualTo(DATA_KEY);
                    }
                }));
            }
            for (Future<?> result : results) {
                result.get(50, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Whether the token says how many it has, or only refuses more. */
    @ParameterizedTest
    @CsvSource({"1, true", "1, false", "2, true", "2, false", "5, false"})
    void tokenOfFewSessions_servesManyThreads(int sessions, boolean said) throws Exception {
        if (said) {
            home.sayMaxSessions(sessions);
        }
        home.allowSessions(sessions);
        try (Pkcs11Keyring keyring = home.keyring("aes")) {
            useWithManyThreads(keyring);
            assertThat(keyring.status()).satisfies(status -> {
                if (said) {
                    assertThat(status.sessionsMax()).isEqualTo(Math.max(1, sessions - 1));
                }
                assertThat(status.sessionsOpen()).isLessThanOrEqualTo(sessions);
                assertThat(status.callsWaiting()).isZero();
                assertThat(status.failures()).isZero();
                assertThat(status.logins()).isEqualTo(1);
            });
        }
    }

    /** Its session is closed after an error as any other, and with it the login. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlySession_afterABadCiphertext_isOpenedAgainWithALogin(boolean said) {
        if (said) {
            home.sayMaxSessions(1);
        }
        home.allowSessions(1);
        try (Pkcs11Keyring keyring = home.keyring("aes")) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            for (int round = 1; round <= 3; round++) {
                assertThatThrownBy(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped)))
                        .isInstanceOf(IntegrityException.class);
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
                assertThat(keyring.status().logins()).isEqualTo(1 + round);
            }
        }
    }

    /** SoftHSM refuses OAEP with SHA-256, which is tried at construction, and costs the only session each time. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void onlySession_whereOaepWithSha256IsRefused_servesAnRsaKey(boolean said) {
        if (said) {
            home.sayMaxSessions(1);
        }
        home.allowSessions(1);
        try (Pkcs11Keyring keyring = home.keyring("rsa")) {
            assertThat(Wraps.unwrap(keyring, Wraps.wrap(keyring, DATA_KEY))).isEqualTo(DATA_KEY);
        }
    }

    @Test
    void onlySession_usedByPrimitives_isOpenedAgain() throws Exception {
        home.sayMaxSessions(1);
        home.allowSessions(1);
        try (Pkcs11Primitives primitives = home.primitives()) {
            for (int round = 0; round < 3; round++) {
                assertThat(primitives.encryptGcm(new byte[16], new byte[12], new byte[0], DATA_KEY))
                        .hasSize(48);
            }
        }
    }

    @Test
    void otherProcesses_haveAllSessions_isUnavailable() {
        home.allowSessions(0);
        assertThatThrownBy(() -> home.keyring("aes"))
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
                .hasMessageContaining("CKR_SESSION_COUNT: the token has no more sessions");
    }

    @Test
    void poolOfATokenThatRefusesMore_shrinks_andIsWholeAgainWhenTheTokenIsAttachedAgain() throws Exception {
        home.allowSessions(2);
        try (Pkcs11Keyring keyring = home.builder("aes").maxSessions(7).build()) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            holdDecrypt(inside, over);
            FutureTask<byte[]> holds = new FutureTask<>(() -> Wraps.unwrap(keyring, wrapped));
            new Thread(holds).start();
            inside.await();
            FutureTask<byte[]> waits = new FutureTask<>(() -> Wraps.unwrap(keyring, wrapped));
            new Thread(waits).start();
            waitUntil(() ->
                    keyring.status().sessionsMax() == 1 && keyring.status().callsWaiting() == 1);
            over.countDown();
            assertThat(holds.get()).isEqualTo(DATA_KEY);
            assertThat(waits.get()).isEqualTo(DATA_KEY);
            home.module.leaveAll();
            home.module.answerUntilFinalized(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
            assertThat(keyring.status().sessionsMax()).isEqualTo(7);
            useWithManyThreads(keyring);
        }
    }

    /** Holds the calls of C_Decrypt until it is over. */
    private static void holdDecrypt(CountDownLatch inside, CountDownLatch over) {
        home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
            inside.countDown();
            try {
                over.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return asked.call(CryptokiFunction.DECRYPT, arguments);
        });
    }

    @Test
    void wait_tooLong_failsNamingTheNumberAndWhatToDo() throws Exception {
        try (Pkcs11Keyring keyring =
                home.builder("aes").maxSessions(1).sessionWaitMillis(1).build()) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            holdDecrypt(inside, over);
            FutureTask<byte[]> slow = new FutureTask<>(() -> Wraps.unwrap(keyring, wrapped));
            new Thread(slow).start();
            inside.await();
            try {
                assertThatThrownBy(() -> Wraps.wrap(keyring, DATA_KEY))
                        .isInstanceOfSatisfying(
                                KeyringException.class,
                                e -> assertThat(e.isRetryable()).isTrue())
                        .hasMessageContaining("token '" + home.token.label())
                        .hasMessageContaining("in 1 ms: all 1 are in use")
                        .hasMessageContaining("raise maxSessions or sessionWaitMillis");
            } finally {
                over.countDown();
            }
            assertThat(slow.get()).isEqualTo(DATA_KEY);
        }
    }

    /** A call that hangs in the module: it can't be finalised under it, and others are told so. */
    @Test
    void tokenLost_whileACallHangs_isNotMended_andSaysWhy() throws Exception {
        try (Pkcs11Keyring keyring = home.builder("aes").sessionWaitMillis(20).build()) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            CountDownLatch inside = new CountDownLatch(1);
            CountDownLatch over = new CountDownLatch(1);
            holdDecrypt(inside, over);
            FutureTask<byte[]> hangs = new FutureTask<>(() -> Wraps.unwrap(keyring, wrapped));
            new Thread(hangs).start();
            inside.await();
            long finalized = home.module.calls(CryptokiFunction.FINALIZE);
            home.module.answer(CryptokiFunction.ENCRYPT, ReturnValue.DEVICE_ERROR);
            try {
                assertThatThrownBy(() -> Wraps.wrap(keyring, DATA_KEY))
                        .isInstanceOfSatisfying(
                                KeyringException.class,
                                e -> assertThat(e.isRetryable()).isTrue())
                        .hasMessageContaining("other calls run in module")
                        .hasMessageContaining("more than 20 ms");
                assertThat(home.module.calls(CryptokiFunction.FINALIZE)).isEqualTo(finalized);
            } finally {
                over.countDown();
            }
            assertThat(hangs.get()).isEqualTo(DATA_KEY);
        }
    }

    @Test
    void sessions_areReadOnly_orReadWriteIfWanted() {
        Set<Long> flags = ConcurrentHashMap.newKeySet();
        home.module.interpose(CryptokiFunction.OPEN_SESSION, (asked, arguments) -> {
            flags.add(arguments[1]);
            return asked.call(CryptokiFunction.OPEN_SESSION, arguments);
        });
        home.keyring("aes").close();
        assertThat(flags).containsExactly(CryptokiConstants.CKF_SERIAL_SESSION);
        flags.clear();
        home.builder("aes").readWriteSessions().build().close();
        assertThat(flags).containsExactly(CryptokiConstants.CKF_SERIAL_SESSION | CryptokiConstants.CKF_RW_SESSION);
        flags.clear();
        home.builder("aes")
                .profile(Pkcs11Profile.AWS_CLOUDHSM)
                .quirks(Pkcs11Quirks.none())
                .build()
                .close();
        assertThat(flags).containsExactly(CryptokiConstants.CKF_SERIAL_SESSION | CryptokiConstants.CKF_RW_SESSION);
    }

    /** Only that there are no more is a reason to do with fewer. */
    @Test
    void sessionThatCannotBeOpened_forAnotherReason_isThatFailure_andThePoolStaysWhole() {
        try (Pkcs11Keyring keyring = home.keyring("aes")) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            int most = keyring.status().sessionsMax();
            assertThatThrownBy(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped))); // which ends the idle session
            home.module.answer(CryptokiFunction.OPEN_SESSION, ReturnValue.DEVICE_MEMORY);
            assertThatThrownBy(() -> Wraps.unwrap(keyring, wrapped))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("C_OpenSession gave CKR_DEVICE_MEMORY");
            assertThat(keyring.status().sessionsMax()).isEqualTo(most);
        }
    }

    @Test
    void sessionOfItsOwn_endsWithTheWork_andWithItWhatWasMadeThere() throws CryptokiException {
        try (Pkcs11Key key = home.key("aes")) {
            long closed = home.module.calls(CryptokiFunction.CLOSE_SESSION);
            int idle = key.token().status().sessionsIdle();
            assertThat(key.token().<Boolean, RuntimeException>leaseNew(session -> session != 0))
                    .isTrue();
            assertThat(home.module.calls(CryptokiFunction.CLOSE_SESSION)).isEqualTo(closed + 1);
            assertThat(key.token().status().sessionsIdle()).isEqualTo(idle);
        }
    }

    @Test
    void status_countsWhatIsOpenAndIdle() {
        try (Pkcs11Keyring keyring = home.builder("aes").maxSessions(3).build()) {
            long before = keyring.status().operations();
            Wraps.wrap(keyring, DATA_KEY);
            assertThat(keyring.status()).satisfies(status -> {
                assertThat(status.operations()).isEqualTo(before + 1);
                assertThat(status.sessionsMax()).isEqualTo(3);
                assertThat(status.sessionsOpen()).isEqualTo(2); // with the one for the login
                assertThat(status.sessionsIdle()).isEqualTo(1);
                assertThat(status.token()).contains(home.token.label());
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0, 1, 1, 1, maxSessions is 0",
        "1, -1, 1, 1, sessionWaitMillis is -1",
        "1, 0, 0, 1, back-off is 0 to 1",
        "1, 0, 2, 1, back-off is 2 to 1"
    })
    void optionsThatCannotBe_areRefused(int sessions, long wait, long first, long largest, String said) {
        assertThatThrownBy(() -> home.builder("aes")
                        .recoveryBackOff(first, largest)
                        .maxSessions(sessions)
                        .sessionWaitMillis(wait))
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED))
                .hasMessageContaining(said);
    }

    @Test
    void optionsByName_areThoseOfTheBuilder() {
        assertThat(TokenOptions.of("the test", Map.of())).isEqualTo(TokenOptions.DEFAULT);
        assertThat(TokenOptions.of(
                        "the test",
                        Map.of(
                                "max-sessions", "7",
                                "session-wait-millis", "8",
                                "read-write-sessions", "true",
                                "back-off-millis", "9",
                                "largest-back-off-millis", "10")))
                .isEqualTo(new TokenOptions(7, 8, true, 9, 10));
        assertThat(TokenOptions.of("the test", Map.of("read-write-sessions", "false")))
                .isEqualTo(TokenOptions.DEFAULT);
        assertThat(TokenOptions.of("the test", Map.of("profile", "aws-cloudhsm")))
                .isEqualTo(TokenOptions.DEFAULT.withReadWrite());
        assertThat(TokenOptions.of("the test", Map.of("profile", "aws-cloudhsm", "read-write-sessions", "false")))
                .isEqualTo(TokenOptions.DEFAULT);
        try (Pkcs11Keyring keyring =
                home.builder("aes").options(Map.of("max-sessions", "3")).build()) {
            assertThat(keyring.status().sessionsMax()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "max-sessions, many, option max-sessions is no whole number",
        "max-sessions, 0, maxSessions is 0",
        "session-wait-millis, 1.5, option session-wait-millis is no whole number",
        "read-write-sessions, yes, neither true nor false",
        "back-off-millis, 40000, back-off is 40000 to 30000",
        "largest-back-off-millis, 100, back-off is 500 to 100",
        "max-session, 1, option max-session is unknown",
        "reads, any, option reads is unknown; there are profile"
    })
    void optionByName_thatCannotBe_isRefused(String name, String value, String said) {
        assertThatThrownBy(() -> home.builder("aes").options(Map.of(name, value)))
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED))
                .hasMessageContaining(said);
    }

    @Test
    void backOff_isTheKeyrings() {
        try (Pkcs11Keyring keyring =
                home.builder("aes").recoveryBackOff(70, 100).build()) {
            WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
            home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.DEVICE_ERROR);
            for (long expected : new long[] {70, 100, 100}) {
                assertThatThrownBy(() -> Wraps.unwrap(keyring, wrapped)).isInstanceOf(KeyringException.class);
                assertThat(keyring.status().nextTryMillis()).hasValue(expected);
                home.pass(expected);
            }
        }
    }

    @Test
    void waiters_areServedInTheOrderOfTheirComing() throws Exception {
        SessionPool pool = new SessionPool("a token", 1, 50_000);
        pool.enter();
        ConcurrentLinkedQueue<Integer> served = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                pool.enter();
                served.add(number);
                pool.leave();
            });
            threads.add(thread);
            thread.start();
            waitUntil(() -> thread.getState() == Thread.State.TIMED_WAITING);
        }
        assertThat(pool.waiting()).isEqualTo(8);
        pool.leave();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(served).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
    }

    @Test
    void interruptedWhileWaiting_failsAndStaysInterrupted() {
        SessionPool pool = new SessionPool("a token", 1, 50_000);
        Thread.currentThread().interrupt();
        assertThatThrownBy(pool::enter).isInstanceOf(KeyringException.class).hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(pool.waiting()).isZero();
    }
}
