/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.IntegrityException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs of any order and cut are one message, and no position ever encrypts two plaintexts. */
class EncryptedPartsTest {
    private static final CryptographicMaterialsManager MATERIALS =
            CryptographicMaterialsManager.of(KnownAnswers.keyring());
    private static final ReferenceContentCipher CIPHER = new ReferenceContentCipher();

    @AutoClose
    private final EncryptedParts parts =
            ObjectEncryptor.builder(MATERIALS, CIPHER).build().encryptParts(OBJECT, Map.of());

    private static byte[] plaintext(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private byte[] encrypt(long offset, byte[] plaintext) {
        ByteBuffer run = ByteBuffer.wrap(plaintext.clone());
        parts.encrypt(offset, run);
        assertThat(run.hasRemaining()).isFalse();
        return run.array();
    }

    private byte[] open(byte[] ciphertext) throws IOException {
        byte[] body = Arrays.copyOf(ciphertext, ciphertext.length + 16);
        System.arraycopy(parts.tag().toByteArray(), 0, body, ciphertext.length, 16);
        try (Decryption decryption =
                        ObjectDecryptor.builder(MATERIALS, CIPHER).build().begin(OBJECT, parts.metadata(), Map.of());
                InputStream opened = decryption.verified(new java.io.ByteArrayInputStream(body), body.length)) {
            return opened.readAllBytes();
        }
    }

    @RepeatedTest(20)
    @Tag("MPU-009")
    @Tag("API-016")
    void encrypt_randomCutsInRandomOrderOnThreads_areOneMessage(RepetitionInfo repetition) throws Exception {
        Random random = new Random(repetition.getCurrentRepetition());
        byte[] plaintext = plaintext(random.nextInt(5000));
        List<Integer> cuts = new ArrayList<>(List.of(0));
        while (cuts.get(cuts.size() - 1) < plaintext.length) {
            cuts.add(cuts.get(cuts.size() - 1) + 16 * (1 + random.nextInt(40)));
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i + 1 < cuts.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        byte[] ciphertext = new byte[plaintext.length];
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int run : order) {
                int from = cuts.get(run);
                int to = Math.min(cuts.get(run + 1), plaintext.length);
                running.add(threads.submit(() -> System.arraycopy(
                        encrypt(from, Arrays.copyOfRange(plaintext, from, to)), 0, ciphertext, from, to - from)));
            }
            for (Future<?> each : running) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(open(ciphertext)).isEqualTo(plaintext);
    }

    @Nested
    class Again {
        private final byte[] first = encrypt(16, plaintext(48));

        @Test
        @Tag("MPU-005")
        void encrypt_sameRunAgain_givesTheSameCiphertext() {
            assertThat(encrypt(16, plaintext(48))).isEqualTo(first);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 15, 16, 47})
        @Tag("MPU-005")
        void encrypt_otherPlaintext_isRefusedAndTheBufferIsZeros(int at) {
            byte[] changed = plaintext(48);
            changed[at] ^= 1;
            ByteBuffer run = ByteBuffer.wrap(changed);
            assertRefused(16, run).hasMessageContainingAll("changed between two attempts", "byte 16");
            assertThat(changed).containsOnly(0);
        }

        /** Offset and length: inside, over an edge, over all, and as long as the first from elsewhere. */
        @ParameterizedTest
        @CsvSource({"16,32", "16,64", "32,16", "32,32", "48,32", "0,32", "0,17", "0,128", "0,48"})
        void encrypt_overlappingCut_isRefusedAndTheBufferIsZeros(long offset, int length) {
            ByteBuffer run = ByteBuffer.wrap(plaintext(length));
            assertRefused(offset, run).hasMessageContaining("overlap");
            assertThat(run.array()).containsOnly(0);
        }

        @ParameterizedTest
        @CsvSource({"0,16", "64,16"})
        void encrypt_adjoiningCut_isTaken(long offset, int length) {
            assertThat(encrypt(offset, plaintext(length))).hasSize(length);
        }

        private org.assertj.core.api.AbstractThrowableAssert<?, ?> assertRefused(long offset, ByteBuffer run) {
            return assertThatThrownBy(() -> parts.encrypt(offset, run))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                    .hasMessageContaining(OBJECT.toString());
        }
    }

    @Nested
    class OneTag {
        @Test
        void tag_gap_isRefusedNamingIt() {
            encrypt(0, plaintext(16));
            encrypt(48, plaintext(16));
            assertThatThrownBy(parts::tag)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("bytes from 16 to 48 are missing");
            assertThat(parts.adjoiningBytes()).isEqualTo(16);
        }

        @Test
        void tag_startMissing_isRefused() {
            encrypt(16, plaintext(16));
            assertThatThrownBy(parts::tag).hasMessageContaining("bytes from 0 to 16 are missing");
            assertThat(parts.adjoiningBytes()).isZero();
        }

        @Test
        void tag_noRun_isThatOfEmptyContent() throws IOException {
            parts.encrypt(0, ByteBuffer.allocate(0));
            assertThat(open(new byte[0])).isEmpty();
        }

        /** Two tags under one key and IV give away the hash key. */
        @Test
        void encrypt_newRunAfterTheTag_isRefusedAndTheBufferIsZeros() {
            encrypt(0, plaintext(16));
            parts.tag();
            ByteBuffer later = ByteBuffer.wrap(plaintext(16));
            assertThatThrownBy(() -> parts.encrypt(16, later))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the tag was taken");
            assertThat(later.array()).containsOnly(0);
            assertThat(encrypt(0, plaintext(16))).hasSize(16);
            assertThat(parts.tag()).isEqualTo(parts.tag());
        }
    }

    @Nested
    class Limit {
        private static final long MAX = (1L << 36) - 32;

        @Test
        @Tag("MPU-007")
        void encrypt_upToTheSuitesLimit_isTakenAndNoByteMore() {
            assertThat(encrypt(MAX - 16, plaintext(16))).hasSize(16);
            assertThatThrownBy(() -> encrypt(MAX - 32, plaintext(33)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("68719476704");
            assertThatThrownBy(() -> encrypt(MAX, plaintext(1))).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> encrypt(Long.MAX_VALUE - 15, plaintext(1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> encrypt(-16, plaintext(1))).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Nested
    class Streams {
        private static final int LENGTH = EncryptedParts.RUN_BYTES + 32;

        private byte[] read(long offset, byte[] plaintext, boolean tagged) throws IOException {
            try (InputStream part = parts.openPart(offset, PlaintextSource.of(plaintext), tagged)) {
                return part.readAllBytes();
            }
        }

        @Test
        @Tag("MPU-004")
        void openPart_lastFirstAndUntagged_joinsWithTheTagOfItsOwn() throws IOException {
            byte[] plaintext = plaintext(3 * 4096 + 5);
            byte[] last = read(8192, Arrays.copyOfRange(plaintext, 8192, plaintext.length), false);
            byte[] first = read(0, Arrays.copyOf(plaintext, 8192), false);
            assertThat(first).hasSize(8192);
            assertThat(last).hasSize(4101);
            byte[] joined = Arrays.copyOf(first, plaintext.length);
            System.arraycopy(last, 0, joined, 8192, last.length);
            assertThat(open(joined)).isEqualTo(plaintext);
        }

        @Test
        @Tag("MPU-004")
        void openPart_tagged_endsWithTheTag() throws IOException {
            read(0, plaintext(32), false);
            byte[] last = read(32, plaintext(3), true);
            assertThat(last).hasSize(3 + 16).endsWith(parts.tag().toByteArray());
        }

        @Test
        void openPart_emptyAndTagged_isTheTag() throws IOException {
            read(0, plaintext(32), false);
            assertThat(read(32, new byte[0], true)).isEqualTo(parts.tag().toByteArray());
            assertThat(read(32, new byte[0], false)).isEmpty();
        }

        @Test
        @Tag("MPU-005")
        void openPart_changedInItsSecondRun_isRefusedThere() throws IOException {
            read(0, plaintext(LENGTH), false);
            byte[] changed = plaintext(LENGTH);
            changed[LENGTH - 1] ^= 1;
            InputStream again = parts.openPart(0, PlaintextSource.of(changed), false);
            assertThat(again.readNBytes(EncryptedParts.RUN_BYTES)).hasSize(EncryptedParts.RUN_BYTES);
            assertThatThrownBy(again::read).isInstanceOf(IntegrityException.class);
            assertThatThrownBy(again::read).isInstanceOf(IOException.class);
        }

        /** Not even the bytes that were said are handed over: their reader may then never ask for more. */
        @ParameterizedTest
        @ValueSource(ints = {0, 16})
        void openPart_longerThanSaid_failsBeforeItsLastRun(int said) throws IOException {
            InputStream part = parts.openPart(
                    0,
                    PlaintextSource.of(
                            said, () -> PlaintextSource.of(plaintext(17)).open()),
                    true);
            assertThatThrownBy(part::read)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("longer than the " + said);
        }

        @Test
        void openPart_shorterThanSaid_failsSayingHowFarItWent() throws IOException {
            InputStream part = parts.openPart(
                    0,
                    PlaintextSource.of(
                            40, () -> PlaintextSource.of(plaintext(17)).open()),
                    true);
            assertThatThrownBy(part::read).isInstanceOf(EOFException.class).hasMessageContaining("17 of 40");
        }
    }

    @Nested
    class Closed {
        @Test
        void close_afterwards_nothingIsEncryptedAndThereIsNoTag() {
            encrypt(0, plaintext(16));
            parts.close();
            parts.close();
            ByteBuffer run = ByteBuffer.wrap(plaintext(16));
            assertThatThrownBy(() -> parts.encrypt(16, run)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(parts::tag).isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class KnownLength {
        @AutoClose
        private final EncryptedObject object = ObjectEncryptor.builder(MATERIALS, CIPHER)
                .build()
                .encrypt(OBJECT, PlaintextSource.of(plaintext(40)), Map.of());

        @Test
        void encrypt_inRuns_isWhatTheBodyIs() throws IOException {
            byte[] whole = plaintext(40);
            object.encrypt(0, ByteBuffer.wrap(whole));
            byte[] body = object.openBody().readAllBytes();
            assertThat(body)
                    .startsWith(whole)
                    .endsWith(object.tag().toByteArray())
                    .hasSize(56);
        }

        @Test
        void encrypt_pastTheLength_isRefused() {
            assertThatThrownBy(() -> object.encrypt(32, ByteBuffer.allocate(9)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("32 to 41 of 40");
            assertThatThrownBy(() -> object.encrypt(-16, ByteBuffer.allocate(9)))
                    .isInstanceOf(IllegalArgumentException.class);
        }

        @Test
        void tag_beforeAllIsEncrypted_isRefused() {
            object.encrypt(0, ByteBuffer.allocate(32));
            assertThatThrownBy(object::tag)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("bytes from 32 of 40 are missing");
        }
    }
}
