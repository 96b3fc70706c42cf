/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.envelope.EncryptedObject;
import dev.keywright.envelope.ObjectDecryptor;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.envelope.PlaintextSource;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.Keyring;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import software.amazon.awssdk.core.exception.RetryableException;

/** What becomes of bodies that end early or come too fast, and of what is given up; the rules are {@link ReactiveStreamsTest}'s. */
class CiphertextIntakeTest {
    private static final ObjectName OBJECT = new ObjectName("bucket", "key");
    private static final Keyring KEYRING = JcaKeyrings.platform().aes("test", new byte[32]);
    private static final CryptographicMaterialsManager MATERIALS =
            CryptographicMaterialsManager.rotating(KEYRING, List.of(KEYRING), new SecureRandom());

    /** Two runs and some. */
    private static final int LENGTH = 2_500_000;

    private final WatchedCipher cipher = new WatchedCipher();
    private byte[] body = new byte[0];
    private BodyCheck check;
    private CiphertextIntake intake;

    /** Notes what it is asked. */
    private static final class Above implements Subscription {
        private long asked;
        private boolean cancelled;

        @Override
        public void request(long n) {
            asked += n;
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    private final Above above = new Above();

    @BeforeEach
    void encrypt() throws IOException {
        try (EncryptedObject object = ObjectEncryptor.builder(MATERIALS, cipher)
                        .build()
                        .encrypt(OBJECT, PlaintextSource.of(new byte[LENGTH]), Map.of());
                InputStream stored = object.openBody()) {
            body = stored.readAllBytes();
            check = BodyCheck.of(
                    ObjectDecryptor.builder(MATERIALS, cipher).build().begin(OBJECT, object.envelope(), Map.of()),
                    body.length);
        }
        intake = on(Runnable::run);
    }

    private CiphertextIntake on(Executor executor) {
        HeldBody held = new HeldBody(VerifiedRelease.AUTOMATIC, Integer.MAX_VALUE, null);
        return new CiphertextIntake("reading " + OBJECT, check, held, body.length, executor);
    }

    private ByteBuffer bytes(int from, int to) {
        return ByteBuffer.wrap(Arrays.copyOfRange(body, from, to));
    }

    @Test
    void body_inAnyPieces_isTakenAndAskedForOneByOne() {
        intake.onSubscribe(above);
        intake.onNext(bytes(0, 0));
        intake.onNext(bytes(0, 1));
        intake.onNext(bytes(1, body.length));
        assertThat(above.asked).isEqualTo(4);
        intake.onComplete();
        assertThat(intake.checked()).isCompleted();
    }

    /** What the SDK repeats, and not an object that does not verify. */
    @Test
    void body_endingBeforeItsAnnouncedLength_isABrokenConnection() {
        intake.onSubscribe(above);
        intake.onNext(bytes(0, LENGTH));
        intake.onComplete();
        assertThatThrownBy(intake.checked()::join)
                .hasCauseInstanceOf(RetryableException.class)
                .hasMessageContaining("after 2500000 of 2500016 bytes");
        cipher.assertAllWiped(2);
    }

    @Test
    void publisher_bringingMoreThanItWasAskedFor_isCancelled() {
        List<Runnable> tasks = new ArrayList<>();
        intake = on(tasks::add);
        intake.onSubscribe(above);
        intake.onNext(bytes(0, LENGTH)); // a run waits for the executor
        intake.onNext(bytes(LENGTH, body.length));
        tasks.forEach(Runnable::run);
        assertThat(above.cancelled).isTrue();
        assertThatThrownBy(intake.checked()::join)
                .hasCauseInstanceOf(IllegalStateException.class)
                .hasMessageContaining("more than it was asked for");
    }

    /** Nothing of it is done on the thread that brought the bytes but to wipe. */
    @Test
    void executor_takingNoMoreWork_isTheFailure() {
        intake = on(task -> {
            throw new IllegalStateException("closed");
        });
        intake.onSubscribe(above);
        intake.onNext(bytes(0, LENGTH));
        assertThat(above.cancelled).isTrue();
        assertThatThrownBy(intake.checked()::join)
                .hasCauseInstanceOf(RejectedExecutionException.class)
                .hasRootCauseMessage("closed");
    }

    @Test
    void intake_givenUpBeforeItsBodyComes_cancelsIt() {
        intake.fail(new CancellationException("given up"));
        intake.onSubscribe(above);
        assertThat(above.cancelled).isTrue();
        assertThat(above.asked).isZero();
    }

    @Test
    void intake_givenUpMidway_wipesAndAsksForNoMore() {
        intake.onSubscribe(above);
        intake.onNext(bytes(0, LENGTH));
        long asked = above.asked;
        intake.fail(new CancellationException("given up"));
        assertThat(above.cancelled).isTrue();
        intake.onNext(bytes(0, 1));
        assertThat(above.asked).isEqualTo(asked);
        assertThatThrownBy(intake.checked()::join).isInstanceOf(CancellationException.class);
        cipher.assertAllWiped(2);
    }
}
