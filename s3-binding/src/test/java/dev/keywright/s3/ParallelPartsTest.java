/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keywright.envelope.EncryptedParts;
import dev.keywright.envelope.ObjectEncryptor;
import dev.keywright.jca.JcaContentCipher;
import dev.keywright.jca.JcaKeyrings;
import dev.keywright.s3.PartSource.Plaintext;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.Keyring;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.s3.model.UploadPartRequest;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/** What the threads that send one object's parts do to each other. */
@Timeout(60)
class ParallelPartsTest {
    private static final int PART = 16;
    private static final int TAG = 16;

    private final Thread caller = Thread.currentThread();
    private final List<Integer> sent = Collections.synchronizedList(new ArrayList<>());

    @AutoClose
    private final Keyring keyring = JcaKeyrings.platform().aes("test", new byte[32]);

    @AutoClose
    private final EncryptedParts content = ObjectEncryptor.builder(
                    CryptographicMaterialsManager.of(keyring), JcaContentCipher.platform())
            .build()
            .encryptParts(new ObjectName("bucket", "k"), Map.of());

    private static Plaintext part(int number, boolean isLast) {
        return new Plaintext(number, (number - 1L) * PART, new byte[PART + TAG], PART, isLast);
    }

    private ParallelParts over(PartSource source, Function<Integer, UploadPartResponse> store) {
        return new ParallelParts(
                new RecordingS3Client(arguments -> store.apply(((UploadPartRequest) arguments.get(0)).partNumber()))
                        .client,
                content,
                UploadPartRequest.builder().build(),
                source,
                ParallelParts.NO_LEDGER);
    }

    private UploadPartResponse store(int number) {
        sent.add(number);
        return UploadPartResponse.builder().eTag("e" + number).build();
    }

    private static PartSource endless() {
        AtomicInteger numbers = new AtomicInteger();
        return spare -> part(numbers.incrementAndGet(), false);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failureOfAnotherThread_endsTheCallersToo() throws Exception {
        AtomicReference<Thread> other = new AtomicReference<>();
        CountDownLatch failing = new CountDownLatch(1);
        IllegalArgumentException failure = new IllegalArgumentException("denied");
        ParallelParts parts = over(endless(), number -> {
            if (Thread.currentThread() != caller) {
                other.set(Thread.currentThread());
                failing.countDown();
                throw failure;
            }
            await(failing);
            try {
                other.get().join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            return store(number);
        });
        assertThatThrownBy(() -> parts.send(2)).isSameAs(failure);
        assertThat(sent).as("what was under way").hasSize(1);
        assertThat(other.get().isDaemon()).isTrue();
    }

    /** The caller has it, whom nobody interrupts. */
    @Test
    void lastPart_waitingForOneThatFails_isGivenUp() {
        CountDownLatch taken = new CountDownLatch(1);
        CountDownLatch lastTaken = new CountDownLatch(1);
        ParallelParts parts = over(
                spare -> {
                    if (Thread.currentThread() == caller) {
                        taken.await();
                        lastTaken.countDown();
                        return part(2, true);
                    }
                    taken.countDown();
                    lastTaken.await();
                    throw new IOException("the disk is gone");
                },
                this::store);
        assertThatThrownBy(() -> parts.send(2))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContainingAll("s3://bucket/k", "the disk is gone");
        assertThat(sent).isEmpty();
    }

    @Test
    void plaintext_readIntoABufferAgain_isWipedIfThatFails() {
        AtomicReference<byte[]> again = new AtomicReference<>();
        ParallelParts parts = over(
                spare -> {
                    if (spare == null) {
                        return part(1, false);
                    }
                    Arrays.fill(spare, (byte) 'p');
                    again.set(spare);
                    throw new IOException("the disk is gone");
                },
                this::store);
        assertThatThrownBy(() -> parts.send(1)).isInstanceOf(UncheckedIOException.class);
        assertThat(again.get()).containsOnly(0);
    }

    /** Whoever reads the plaintext may take an interruption, and says so by its exception. */
    @Test
    void interruption_thatTheReaderTook_isPassedOn() {
        assertThat(catchThrowable(() -> over(failing(new InterruptedIOException("interrupted")), this::store)
                        .send(1)))
                .isInstanceOf(UncheckedIOException.class);
        assertThat(Thread.interrupted()).isTrue();
        assertThat(catchThrowable(() -> over(failing(new SocketTimeoutException("slow")), this::store)
                        .send(1)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("slow");
        assertThat(Thread.interrupted()).isFalse();
    }

    private static PartSource failing(IOException failure) {
        return spare -> {
            throw failure;
        };
    }
}
