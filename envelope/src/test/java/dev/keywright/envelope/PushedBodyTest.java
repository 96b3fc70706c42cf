/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.IntegrityException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Bodies that are pushed, in pieces of any length. */
class PushedBodyTest {
    private static final AlgorithmSuite COMMITTING = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
    private static final AlgorithmSuite CBC = AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    /** Pushes in pieces of random length, each in memory of its own, now on the heap and now off it. */
    private void push(byte[] body, Consumer<ByteBuffer> into) {
        for (int at = 0; at < body.length || random.nextInt(3) == 0; ) {
            int length = Math.min(body.length - at, random.nextInt(4) == 0 ? 0 : random.nextInt(40));
            ByteBuffer piece = random.nextBoolean()
                    ? ByteBuffer.allocate(length + 5).position(3).limit(3 + length)
                    : ByteBuffer.allocateDirect(length);
            piece.duplicate().put(body, at, length);
            into.accept(piece);
            assertThat(piece.remaining()).isZero();
            at += length;
        }
    }

    private static void take(ByteBuffer plaintext, ByteArrayOutputStream into) {
        byte[] bytes = new byte[plaintext.remaining()];
        plaintext.get(bytes);
        into.writeBytes(bytes);
    }

    private VerifiedSegments verify(SealedObject object, byte[] body, long length, int segmentBytes) {
        try (BodyVerification verification = object.begin().verification(length, segmentBytes)) {
            push(body, verification::update);
            return verification.end();
        }
    }

    private static VerifiedSegments verified(SealedObject object, int segmentBytes) {
        try (BodyVerification verification = object.begin().verification(object.body().length, segmentBytes)) {
            verification.update(ByteBuffer.wrap(object.body()));
            return verification.end();
        }
    }

    static Stream<byte[]> alterations(byte[] body) {
        Stream<byte[]> bits = IntStream.range(0, body.length * 8).mapToObj(bit -> {
            byte[] altered = body.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            return altered;
        });
        Stream<byte[]> lengths = IntStream.rangeClosed(0, body.length + 33)
                .filter(length -> length != body.length)
                .mapToObj(length -> Arrays.copyOf(body, length));
        return Stream.concat(bits, lengths);
    }

    @Nested
    class Verified {
        @Test
        void pieces_ofAnyLength_verifyAndOpenInAnyOrder() {
            for (int bytes : new int[] {0, 1, 15, 16, 17, 31, 32, 33, 48, 100, 333}) {
                for (int segmentBytes : new int[] {16, 32, 112, 1 << 20}) {
                    SealedObject object = SealedObject.of(COMMITTING, bytes);
                    long announced = random.nextBoolean() ? object.body().length : Decryption.UNKNOWN_LENGTH;
                    try (VerifiedSegments segments = verify(object, object.body(), announced, segmentBytes)) {
                        assertThat(segments.plaintextBytes()).isEqualTo(bytes);
                        byte[] plaintext = new byte[bytes];
                        for (int i = segments.count() - 1; i >= 0; i--) {
                            int from = (int) segments.offsetOf(i);
                            ByteBuffer segment = ByteBuffer.allocate(segments.lengthOf(i));
                            segment.duplicate().put(object.body(), from, segments.lengthOf(i));
                            if (random.nextBoolean()) {
                                segments.open(i, segment);
                            } else {
                                segments.openHeld(i, segment);
                            }
                            segment.get(plaintext, from, segment.remaining());
                            assertThat(segments.indexOf(from)).isEqualTo(i);
                        }
                        assertThat(plaintext)
                                .as("%d bytes by %d, seed %d", bytes, segmentBytes, seed)
                                .isEqualTo(object.plaintext());
                    }
                }
            }
        }

        /** Section 16, row 21. There is no call that could give plaintext before the end. */
        @Test
        @Tag("SEC-025")
        void everyBitAndEveryOtherLength_isRefused() {
            SealedObject object = SealedObject.of(COMMITTING, 37);
            alterations(object.body()).forEach(altered -> {
                for (long announced : new long[] {altered.length, object.body().length, Decryption.UNKNOWN_LENGTH}) {
                    assertThatThrownBy(() -> verify(object, altered, announced, 16))
                            .as("seed %d", seed)
                            .isInstanceOfSatisfying(
                                    IntegrityException.class,
                                    e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                            .hasMessageContaining("s3://bucket/key");
                }
            });
        }

        @Test
        void segments_areSoLongThatThereAreNotTooMany() {
            long most = COMMITTING.maxPlaintextBytes() + 16;
            for (long length : new long[] {0, 1 << 20, 1L << 30, (1L << 30) + 17, most, Decryption.UNKNOWN_LENGTH}) {
                try (BodyVerification verification =
                        SealedObject.of(COMMITTING, 1).begin().verification(length, 1 << 16)) {
                    long bytes = verification.segmentBytes();
                    assertThat((length < 0 ? most : length) / bytes).isLessThan(BodyVerification.MAX_SEGMENTS);
                    assertThat(length < 1L << 30 && length >= 0 ? 1 << 16 : 2 << 16)
                            .isLessThanOrEqualTo((int) bytes);
                }
            }
        }

        @Test
        void segmentBytes_thatAreNoWholeBlocks_areRefused() {
            for (int bytes : new int[] {0, -16, 1, 17}) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> SealedObject.of(COMMITTING, 1).begin().verification(17, bytes));
            }
        }

        @Test
        void verification_afterItsEndOrAFailure_takesNothing() {
            SealedObject object = SealedObject.of(COMMITTING, 10);
            BodyVerification failed = object.begin().verification(5);
            assertThatThrownBy(() -> failed.update(ByteBuffer.allocate(6))).isInstanceOf(IntegrityException.class);
            assertThatIllegalStateException().isThrownBy(() -> failed.update(ByteBuffer.allocate(0)));
            assertThatIllegalStateException().isThrownBy(failed::end);
            BodyVerification ended = object.begin().verification(26);
            ended.update(ByteBuffer.wrap(object.body()));
            ended.end().close();
            assertThatIllegalStateException().isThrownBy(() -> ended.update(ByteBuffer.allocate(0)));
            assertThatIllegalStateException().isThrownBy(ended::end);
        }
    }

    /** The second reading: nobody need trust where it comes from. */
    @Nested
    class ReadAgain {
        @Test
        @Tag("CLI-019")
        void segment_withAnyBitChanged_isRefusedAndWiped() {
            SealedObject object = SealedObject.of(COMMITTING, 40);
            try (VerifiedSegments segments = verified(object, 16)) {
                for (int i = 0; i < segments.count(); i++) {
                    int index = i;
                    int from = (int) segments.offsetOf(i);
                    byte[] good = Arrays.copyOfRange(object.body(), from, from + segments.lengthOf(i));
                    for (int bit = 0; bit < good.length * 8; bit++) {
                        byte[] altered = good.clone();
                        altered[bit / 8] ^= (byte) (1 << bit % 8);
                        assertThatThrownBy(() -> segments.open(index, ByteBuffer.wrap(altered)))
                                .isInstanceOf(IntegrityException.class)
                                .hasMessageContaining("s3://bucket/key");
                        assertThat(altered).containsOnly(0);
                    }
                    segments.open(i, ByteBuffer.wrap(good));
                    assertThat(good).isEqualTo(Arrays.copyOfRange(object.plaintext(), from, from + good.length));
                }
            }
        }

        @Test
        void segment_ofAnotherPlaceOrLength_isRefused() {
            SealedObject object = SealedObject.of(COMMITTING, 48);
            try (VerifiedSegments segments = verified(object, 16)) {
                byte[] second = Arrays.copyOfRange(object.body(), 16, 32);
                assertThatThrownBy(() -> segments.open(0, ByteBuffer.wrap(second)))
                        .isInstanceOf(IntegrityException.class);
                assertThatIllegalArgumentException().isThrownBy(() -> segments.open(0, ByteBuffer.allocate(15)));
                assertThatIllegalArgumentException().isThrownBy(() -> segments.openHeld(0, ByteBuffer.allocate(17)));
            }
        }

        /** What was given before the altered place was verified; nothing of the altered segment is given, and no end. */
        @Test
        @Tag("CLI-019")
        @Tag("SEC-025")
        void wholeBody_withAnyBitOrLengthChanged_givesNoUnverifiedByteAndNoEnd() {
            SealedObject object = SealedObject.of(COMMITTING, 40);
            try (VerifiedSegments segments = verified(object, 16)) {
                alterations(object.body()).forEach(altered -> {
                    ByteArrayOutputStream got = new ByteArrayOutputStream();
                    try (InputStream read = segments.read(new ByteArrayInputStream(altered))) {
                        assertThatThrownBy(() -> read.transferTo(got)).isInstanceOf(IntegrityException.class);
                        assertThatThrownBy(read::read).isInstanceOf(IOException.class);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                    int same = Arrays.mismatch(altered, object.body());
                    assertThat(got.size()).isLessThanOrEqualTo(Math.min(same, 40));
                    assertThat(got.toByteArray()).isEqualTo(Arrays.copyOf(object.plaintext(), got.size()));
                });
            }
        }

        @Test
        void everyPart_givesItsSliceOutOfItsSegments() throws IOException {
            SealedObject object = SealedObject.of(COMMITTING, 70);
            try (VerifiedSegments segments = verified(object, 32)) {
                for (int from = 0; from < 70; from++) {
                    for (int to = from + 1; to <= 70; to++) {
                        int begin = (int) segments.offsetOf(segments.indexOf(from));
                        int last = segments.indexOf(to - 1);
                        int end = (int) segments.offsetOf(last) + segments.lengthOf(last);
                        InputStream part = new ByteArrayInputStream(object.body(), begin, end - begin);
                        try (InputStream read = segments.read(part, from, to - from)) {
                            assertThat(read.readAllBytes()).isEqualTo(Arrays.copyOfRange(object.plaintext(), from, to));
                        }
                    }
                }
                assertThatThrownBy(() -> segments.read(InputStream.nullInputStream(), 60, 11))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThat(segments.read(InputStream.nullInputStream(), 70, 0).read())
                        .isEqualTo(-1);
            }
        }

        @Test
        void closed_opensNothing() {
            SealedObject object = SealedObject.of(COMMITTING, 40);
            VerifiedSegments segments = verified(object, 16);
            segments.close();
            segments.close();
            byte[] bytes = Arrays.copyOf(object.body(), 16);
            assertThatIllegalStateException().isThrownBy(() -> segments.open(0, ByteBuffer.wrap(bytes)));
            assertThat(bytes).containsOnly(0);
            assertThat(segments).asString().doesNotContain("Digest").contains("redacted");
        }
    }

    @Nested
    class Unverified {
        private byte[] decrypt(SealedObject object, byte[] body, long announced) {
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            try (UnverifiedDecryption decryption = object.begin().unverified(announced)) {
                push(body, piece -> take(decryption.update(piece), got));
                take(decryption.end(), got);
                return got.toByteArray();
            }
        }

        @ParameterizedTest
        @EnumSource(AlgorithmSuite.class)
        void pieces_ofAnyLength_giveThePlaintext(AlgorithmSuite suite) {
            for (int bytes = 0; bytes < 100; bytes++) {
                SealedObject object = SealedObject.of(suite, bytes);
                assertThat(decrypt(object, object.body(), object.body().length))
                        .as("%d bytes, seed %d", bytes, seed)
                        .isEqualTo(object.plaintext());
            }
        }

        @Test
        @Tag("CLI-018")
        void everyBitAndEveryOtherLength_hasNoEnd() {
            SealedObject object = SealedObject.of(COMMITTING, 37);
            alterations(object.body()).forEach(altered -> {
                for (long announced : new long[] {altered.length, object.body().length, Decryption.UNKNOWN_LENGTH}) {
                    assertThatThrownBy(() -> decrypt(object, altered, announced))
                            .as("seed %d", seed)
                            .isInstanceOf(IntegrityException.class)
                            .hasMessageContaining("s3://bucket/key");
                }
            });
        }

        @Test
        void decryption_afterItsEndOrAFailure_takesNothing() {
            SealedObject object = SealedObject.of(COMMITTING, 10);
            UnverifiedDecryption failed = object.begin().unverified(5);
            byte[] tooLong = new byte[60];
            Arrays.fill(tooLong, (byte) 1);
            assertThatThrownBy(() -> failed.update(ByteBuffer.wrap(tooLong))).isInstanceOf(IntegrityException.class);
            assertThatIllegalStateException().isThrownBy(() -> failed.update(ByteBuffer.allocate(0)));
            UnverifiedDecryption ended = object.begin().unverified(26);
            ended.update(ByteBuffer.wrap(object.body().clone()));
            assertThat(ended.end().remaining()).isZero();
            assertThatIllegalStateException().isThrownBy(ended::end);
        }

        @Test
        void trial_releasesNothingAndPassesTheKeyOn() {
            SealedObject object = SealedObject.of(CBC, 90);
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            try (TrialDecryption trial = object.begin().trial(object.body().length)) {
                byte[] body = object.body().clone();
                push(body, trial::update);
                assertThat(body).isEqualTo(object.body());
                try (UnverifiedDecryption decryption = trial.end()) {
                    push(object.body(), piece -> take(decryption.update(piece), got));
                    take(decryption.end(), got);
                }
                assertThatIllegalStateException().isThrownBy(() -> trial.update(ByteBuffer.allocate(1)));
            }
            assertThat(got.toByteArray()).isEqualTo(object.plaintext());
            assertThatIllegalStateException()
                    .isThrownBy(() -> SealedObject.of(COMMITTING, 1).begin().trial(17));
            assertThatIllegalStateException().isThrownBy(() -> object.begin().verification(96));
        }
    }

    @Nested
    class Ranges {
        private byte[] decrypt(SealedObject object, int bodyOffset, int bodyEnd, PlaintextRange range) {
            ByteArrayOutputStream got = new ByteArrayOutputStream();
            try (RangeDecryption decryption = object.begin().unverifiedRange(bodyOffset, range)) {
                push(
                        Arrays.copyOfRange(object.body(), bodyOffset, bodyEnd),
                        piece -> take(decryption.update(piece), got));
                decryption.end();
                return got.toByteArray();
            }
        }

        @ParameterizedTest
        @EnumSource(AlgorithmSuite.class)
        @Tag("RNG-003")
        @Tag("RNG-004")
        @Tag("RGA-002")
        @Tag("RGA-010")
        void everyRange_isTheSlice(AlgorithmSuite suite) {
            SealedObject object = SealedObject.of(suite, 70);
            for (int from = 0; from < 70; from++) {
                for (int to = from + 1; to <= 70; to++) {
                    PlaintextRange range = new PlaintextRange(from, to - from);
                    int needed = (int) range.bodyOffset(suite);
                    int bodyOffset = random.nextBoolean() ? needed : random.nextInt(needed + 1);
                    int bodyEnd = random.nextBoolean()
                            ? object.body().length
                            : (int) Math.min(object.body().length, range.bodyEnd());
                    assertThat(decrypt(object, bodyOffset, bodyEnd, range))
                            .as("%s out of body %d-%d, seed %d", range, bodyOffset, bodyEnd, seed)
                            .isEqualTo(Arrays.copyOfRange(object.plaintext(), from, to));
                }
            }
        }

        @ParameterizedTest
        @EnumSource(AlgorithmSuite.class)
        void rangeThatEndsEarly_hasNoEnd(AlgorithmSuite suite) {
            SealedObject object = SealedObject.of(suite, 70);
            PlaintextRange range = new PlaintextRange(20, 30);
            for (int end = (int) range.bodyOffset(suite); end < 50; end++) {
                int bodyEnd = end;
                assertThatThrownBy(() -> decrypt(object, (int) range.bodyOffset(suite), bodyEnd, range))
                        .isInstanceOf(IntegrityException.class)
                        .hasMessageContaining("s3://bucket/key");
            }
        }

        @Test
        void bodyThatBeginsTooLate_isRefused() {
            SealedObject object = SealedObject.of(COMMITTING, 70);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> object.begin().unverifiedRange(17, new PlaintextRange(20, 3)));
        }

        @Test
        @Tag("RNG-004")
        @Tag("RGA-001")
        void workedExample_ofTheWireFormat() {
            SealedObject known = new SealedObject(KnownAnswers.PLAINTEXT, KnownAnswers.V3_BODY, KnownAnswers.V3);
            assertThat(decrypt(known, 16, 44, new PlaintextRange(16, 28)))
                    .asString()
                    .isEqualTo("fox jumps over the lazy dog.");
        }

        @Test
        void legacyLength_isToldByThePadding() {
            for (int bytes = 0; bytes < 70; bytes++) {
                SealedObject object = SealedObject.of(CBC, bytes);
                byte[] body = object.body();
                Bytes last = Bytes.copyOf(Arrays.copyOfRange(body, Math.max(0, body.length - 32), body.length));
                try (Decryption decryption = object.begin()) {
                    assertThat(decryption.legacyPlaintextBytes(body.length, last))
                            .isEqualTo(bytes);
                }
            }
        }

        @Test
        @Tag("SEC-023")
        void legacyLength_ofAnAlteredBody_isTheOneError() {
            SealedObject object = SealedObject.of(CBC, 40);
            byte[] last = Arrays.copyOfRange(object.body(), 16, 48);
            last[15] ^= 0x40;
            try (Decryption decryption = object.begin()) {
                for (long bodyBytes : new long[] {48, 47, 0, 16}) {
                    assertThatThrownBy(() -> decryption.legacyPlaintextBytes(bodyBytes, Bytes.copyOf(last)))
                            .isInstanceOf(IntegrityException.class)
                            .hasMessageContaining("does not decrypt")
                            .hasMessageContaining("s3://bucket/key");
                }
                assertThatIllegalStateException()
                        .isThrownBy(() ->
                                SealedObject.of(COMMITTING, 1).begin().legacyPlaintextBytes(48, Bytes.copyOf(last)));
            }
        }
    }
}
