/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.IntegrityException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is released, and when. */
class ReleaseTest {
    private static final int SEGMENT = SegmentedInputStream.SEGMENT_BYTES;
    private static final ReferenceContentCipher CIPHER = new ReferenceContentCipher();
    private static final CryptographicMaterialsManager MATERIALS =
            CryptographicMaterialsManager.of(KnownAnswers.keyring());

    @TempDir
    private Path spools;

    private final AtomicBoolean bodyClosed = new AtomicBoolean();
    private byte[] plaintext = new byte[0];
    private byte[] body = new byte[0];
    private Map<String, String> metadata = Map.of();

    @BeforeEach
    void small() throws IOException {
        seal(1000);
    }

    private void seal(int bytes) throws IOException {
        plaintext = new byte[bytes];
        new Random(bytes).nextBytes(plaintext);
        try (EncryptedObject object = ObjectEncryptor.builder(MATERIALS, CIPHER)
                        .build()
                        .encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
                InputStream stream = object.openBody()) {
            body = stream.readAllBytes();
            metadata = object.metadata();
        }
    }

    private Decryption begin(int bufferBytes) {
        return ObjectDecryptor.builder(MATERIALS, CIPHER)
                .bufferBytes(bufferBytes)
                .spoolDirectory(spools)
                .build()
                .begin(OBJECT, metadata, Map.of());
    }

    private InputStream stream(byte[] bytes) {
        return new FilterInputStream(new ByteArrayInputStream(bytes)) {
            @Override
            public void close() {
                bodyClosed.set(true);
            }
        };
    }

    private long spoolFiles() {
        try (Stream<Path> files = Files.list(spools)) {
            return files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Integer> sizes() {
        return Stream.of(
                0, 1, 15, 16, 17, 1000, SEGMENT - 16, SEGMENT - 1, SEGMENT, SEGMENT + 1, SEGMENT + 16, 2 * SEGMENT);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void everyWayOfReading_givesThePlaintext(int bytes) throws IOException {
        seal(bytes);
        for (long length : new long[] {body.length, Decryption.UNKNOWN_LENGTH}) {
            for (int buffer : new int[] {0, 64, 8 << 20}) {
                try (InputStream read = begin(buffer).verified(stream(body), length)) {
                    assertThat(read.readAllBytes()).isEqualTo(plaintext);
                }
            }
            try (InputStream read = begin(0).unverified(stream(body), length)) {
                assertThat(read.readAllBytes()).isEqualTo(plaintext);
            }
        }
        assertThat(spoolFiles()).isZero();
    }

    /** Section 16, row 21: before any plaintext, in memory and through the spool alike. */
    @Nested
    class Tampered {
        @Test
        @Tag("CLI-019")
        @Tag("SEC-025")
        void verified_everyTruncation_isRefused() throws IOException {
            seal(40);
            for (int length = 0; length < body.length; length++) {
                assertRefused(Arrays.copyOf(body, length), length);
                assertRefused(Arrays.copyOf(body, length), Decryption.UNKNOWN_LENGTH);
                assertRefused(Arrays.copyOf(body, length), body.length);
            }
        }

        @Test
        @Tag("SEC-025")
        void verified_extendedBody_isRefused() {
            for (int more : new int[] {1, 15, 16, 17}) {
                byte[] longer = Arrays.copyOf(body, body.length + more);
                assertRefused(longer, longer.length);
                assertRefused(longer, Decryption.UNKNOWN_LENGTH);
                assertRefused(longer, body.length);
            }
        }

        @Test
        @Tag("SEC-025")
        void verified_everyBit_isProtected() throws IOException {
            seal(20);
            for (int bit = 0; bit < body.length * 8; bit++) {
                byte[] altered = body.clone();
                altered[bit / 8] ^= (byte) (1 << bit % 8);
                assertRefused(altered, altered.length);
            }
        }

        @Test
        void verified_alteredAcrossSegments_isRefused() throws IOException {
            seal(2 * SEGMENT + 5);
            for (int at : new int[] {0, SEGMENT, 2 * SEGMENT + 4, body.length - 1}) {
                byte[] altered = body.clone();
                altered[at] ^= 1;
                assertRefused(altered, altered.length);
            }
        }

        @Test
        void verified_segmentsSwapped_isRefused() throws IOException {
            seal(2 * SEGMENT);
            byte[] swapped = body.clone();
            System.arraycopy(body, 0, swapped, SEGMENT, SEGMENT);
            System.arraycopy(body, SEGMENT, swapped, 0, SEGMENT);
            assertRefused(swapped, swapped.length);
        }

        private void assertRefused(byte[] altered, long length) {
            for (int buffer : new int[] {0, 8 << 20}) {
                bodyClosed.set(false);
                Decryption decryption = begin(buffer);
                assertThatThrownBy(() -> decryption.verified(stream(altered), length))
                        .isInstanceOfSatisfying(
                                IntegrityException.class,
                                e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                        .hasMessageContaining("s3://bucket/key");
                assertThat(bodyClosed).isTrue();
                assertThat(spoolFiles()).isZero();
            }
        }
    }

    @Nested
    class Unverified {
        @Test
        @Tag("CLI-018")
        void unverified_alteredBody_failsAtTheEndAndNeverEnds() throws IOException {
            body[3] ^= 1;
            InputStream read = begin(0).unverified(stream(body), body.length);
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            assertThatThrownBy(() -> read.transferTo(got))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("s3://bucket/key");
            assertThat(got.size()).isEqualTo(plaintext.length);
            assertThatThrownBy(read::read).isInstanceOf(IOException.class);
            read.close();
            assertThat(bodyClosed).isTrue();
        }

        @Test
        void unverified_truncatedBody_failsAtTheEnd() {
            byte[] shorter = Arrays.copyOf(body, body.length - 1);
            for (long length : new long[] {shorter.length, body.length, Decryption.UNKNOWN_LENGTH}) {
                assertThatThrownBy(() ->
                                begin(0).unverified(stream(shorter), length).readAllBytes())
                        .isInstanceOf(IntegrityException.class);
            }
        }
    }

    @Nested
    class Ownership {
        @Test
        void decryption_givesOneStream() throws IOException {
            Decryption decryption = begin(0);
            decryption.verified(stream(body), body.length).close();
            assertThatThrownBy(() -> decryption.verified(stream(body), body.length))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> decryption.unverified(stream(body), body.length))
                    .isInstanceOf(IllegalStateException.class);
        }

        @Test
        void decryption_closedEarly_doesNotDisturbItsStream() throws IOException {
            InputStream read;
            try (Decryption decryption = begin(0)) {
                read = decryption.verified(stream(body), body.length);
            }
            assertThat(read.readAllBytes()).isEqualTo(plaintext);
            read.close();
        }

        @Test
        void spool_closedMidway_leavesNothing() throws IOException {
            seal(2 * SEGMENT);
            InputStream read = begin(0).verified(stream(body), body.length);
            assertThat(read.read()).isGreaterThanOrEqualTo(0);
            read.close();
            assertThat(spoolFiles()).isZero();
            assertThatThrownBy(read::read).isInstanceOf(IOException.class);
        }

        @Test
        void bodyThatFailsMidway_leavesNothing() throws IOException {
            seal(2 * SEGMENT);
            InputStream failing = new FilterInputStream(new ByteArrayInputStream(body)) {
                private int left = SEGMENT + 100;

                @Override
                public int read(byte[] into, int offset, int length) throws IOException {
                    if (left == 0) {
                        throw new IOException("connection reset");
                    }
                    int got = super.read(into, offset, Math.min(length, left));
                    left -= got;
                    return got;
                }

                @Override
                public void close() {
                    bodyClosed.set(true);
                }
            };
            assertThatThrownBy(() -> begin(0).verified(failing, body.length)).hasMessage("connection reset");
            assertThat(bodyClosed).isTrue();
            assertThat(spoolFiles()).isZero();
        }
    }
}
