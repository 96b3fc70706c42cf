/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.testing.Tpm2;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** tpm2-pkcs11 opens and closes sessions without a lock: two threads that do so at once may get the same one. */
@Timeout(60)
class TpmSessionsTest {
    private static final int THREADS = 16;
    private static final int ROUNDS = 1000;

    private static Tpm2 token;

    @BeforeAll
    static void makeToken() {
        token = TpmToken.orSkip();
    }

    @AfterAll
    static void deleteToken() {
        if (token != null) {
            token.close();
        }
    }

    @Test
    void sessions_openedByManyThreads_areEachOfOneThread() throws Exception {
        Set<Long> live = ConcurrentHashMap.newKeySet();
        Queue<Long> shared = new ConcurrentLinkedQueue<>();
        Login login = new Login("the test", token::pin, false);
        Pkcs11Token home = Pkcs11Module.at(token.module())
                .open(Pkcs11Uri.parse(token.uri("none")), login, TokenOptions.DEFAULT, Optional.empty());
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                results.add(threads.submit(() -> {
                    for (int round = 0; round < ROUNDS; round++) {
                        home.leaseNew(session -> {
                            if (!live.add(session)) {
                                shared.add(session);
                            }
                            return live.remove(session);
                        });
                    }
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get(50, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
            home.giveBack(login);
        }
        assertThat(shared).isEmpty();
    }
}
