/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.security.SecureRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class DataKeyTest {
    private static byte[] raw() {
        return new byte[] {1, 2, 3, 4};
    }

    @Test
    void use_lendsACopyAndWipesIt() {
        byte[] owned = raw();
        try (DataKey key = DataKey.adopt(owned)) {
            byte[] kept = key.use(loan -> {
                assertThat(loan).isEqualTo(raw()).isNotSameAs(owned);
                return loan;
            });
            assertThat(kept).containsOnly(0);
            assertThat(key.<byte[]>use(byte[]::clone)).isEqualTo(raw());
        }
    }

    @Test
    void use_bodyThrows_loanIsWipedAllTheSame() {
        AtomicReference<byte[]> kept = new AtomicReference<>();
        try (DataKey key = DataKey.adopt(raw())) {
            assertThatThrownBy(() -> key.use(loan -> {
                        kept.set(loan);
                        throw new UnsupportedOperationException("as planned");
                    }))
                    .hasMessage("as planned");
            assertThat(kept.get()).containsOnly(0);
        }
    }

    @Test
    void close_wipesWhatItOwnsAndEndsUse() {
        byte[] owned = raw();
        DataKey key = DataKey.adopt(owned);
        assertThat(key.lengthBytes()).isEqualTo(4);
        key.close();
        key.close();
        assertThat(owned).containsOnly(0);
        assertThatIllegalStateException().isThrownBy(() -> key.use(byte[]::clone));
        assertThatIllegalStateException().isThrownBy(key::lengthBytes);
    }

    @Test
    @Timeout(30)
    void close_whileInUse_letsTheCallFinishWithItsCopy() throws Exception {
        DataKey key = DataKey.adopt(raw());
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch closed = new CountDownLatch(1);
        AtomicReference<byte[]> seen = new AtomicReference<>();
        Thread user = new Thread(() -> key.use(loan -> {
            inside.countDown();
            awaitUninterruptibly(closed);
            seen.set(loan.clone());
            return null;
        }));
        user.start();
        inside.await();
        key.close();
        closed.countDown();
        user.join();
        assertThat(seen.get()).isEqualTo(raw());
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void random_isOfTheLengthAndFresh() {
        SecureRandom random = new SecureRandom();
        try (DataKey first = DataKey.random(32, random);
                DataKey second = DataKey.random(32, random)) {
            assertThat(first.lengthBytes()).isEqualTo(32);
            assertThat(first.<byte[]>use(byte[]::clone)).isNotEqualTo(second.<byte[]>use(byte[]::clone));
        }
    }

    @Test
    void dataKey_hasIdentityNoEncodedFormAndPrintsNothing() {
        try (DataKey key = DataKey.adopt(raw());
                DataKey twin = DataKey.adopt(raw())) {
            assertThat(key).isNotEqualTo(twin).hasToString("DataKey[redacted]");
            assertThatThrownBy(() -> new ObjectOutputStream(new ByteArrayOutputStream()).writeObject(key))
                    .isInstanceOf(NotSerializableException.class);
        }
    }
}
