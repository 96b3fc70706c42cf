/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.PolicyException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole messages through a strict cipher, which shows no digests. */
class StrictContentTest {
    private static final CryptographicMaterialsManager MATERIALS =
            CryptographicMaterialsManager.of(KnownAnswers.keyring());
    private static final int MIB = 1 << 20;

    private static byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static ObjectEncryptor encryptor(ReferenceMessageCipher cipher) {
        return ObjectEncryptor.builder(MATERIALS, cipher).build();
    }

    /** An object as stored. */
    private static final class Stored {
        final Map<String, String> metadata;
        final byte[] body;

        Stored(Map<String, String> metadata, byte[] body) {
            this.metadata = metadata;
            this.body = body;
        }

        static Stored of(byte[] plaintext) throws IOException {
            try (EncryptedObject object = encryptor(ReferenceMessageCipher.late())
                            .encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
                    InputStream body = object.openBody()) {
                return new Stored(object.metadata(), body.readAllBytes());
            }
        }

        Decryption openedBy(ObjectDecryptor decryptor) {
            return decryptor.begin(OBJECT, metadata, Map.of());
        }

        Stored altered() {
            byte[] other = body.clone();
            other[other.length / 2] ^= 1;
            return new Stored(metadata, other);
        }
    }

    @Nested
    class Writing {
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 17, 5000})
        void body_ofAStrictCipher_isReadBySegmentsAndTheReverse(int length) throws IOException {
            byte[] plaintext = bytes(length);
            Stored stored = Stored.of(plaintext);
            ObjectDecryptor segmented = ObjectDecryptor.builder(MATERIALS, new ReferenceContentCipher())
                    .build();
            assertThat(stored.openedBy(segmented)
                            .verified(new ByteArrayInputStream(stored.body), stored.body.length)
                            .readAllBytes())
                    .isEqualTo(plaintext);

            try (EncryptedObject object = ObjectEncryptor.builder(MATERIALS, new ReferenceContentCipher())
                            .build()
                            .encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
                    InputStream body = object.openBody()) {
                byte[] written = body.readAllBytes();
                assertThat(written).hasSize((int) object.bodyBytes());
                ObjectDecryptor strict = ObjectDecryptor.builder(MATERIALS, ReferenceMessageCipher.late())
                        .build();
                assertThat(strict.begin(OBJECT, object.metadata(), Map.of())
                                .verified(new ByteArrayInputStream(written), written.length)
                                .readAllBytes())
                        .isEqualTo(plaintext);
            }
        }

        @Test
        void body_readAgainFromTheSamePlaintext_isTheSame() throws IOException {
            byte[] plaintext = bytes(2 * MIB + 5);
            try (EncryptedObject object = encryptor(ReferenceMessageCipher.late())
                            .encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
                    InputStream first = object.openBody();
                    InputStream second = object.openBody()) {
                assertThat(first.readNBytes(MIB + 7)).hasSize(MIB + 7);
                byte[] whole = second.readAllBytes();
                assertThat(whole).hasSize((int) object.bodyBytes());
                try (InputStream third = object.openBody()) {
                    assertThat(third.readAllBytes()).isEqualTo(whole);
                }
            }
        }

        @Test
        void body_readAgainFromChangedPlaintext_isRefusedBeforeAnyOfTheChangeIsEncrypted() throws IOException {
            byte[] plaintext = bytes(2 * MIB + 5);
            ReferenceMessageCipher cipher = ReferenceMessageCipher.late();
            try (EncryptedObject object = encryptor(cipher)
                    .encrypt(
                            OBJECT,
                            PlaintextSource.of(plaintext.length, () -> new ByteArrayInputStream(plaintext)),
                            Map.of())) {
                byte[] sent;
                try (InputStream first = object.openBody()) {
                    sent = first.readAllBytes();
                }
                plaintext[2 * MIB - 1] ^= 1;
                try (InputStream again = object.openBody()) {
                    assertThat(again.readNBytes(MIB)).isEqualTo(Arrays.copyOf(sent, MIB));
                    assertThatThrownBy(again::read)
                            .isInstanceOf(IntegrityException.class)
                            .hasMessageContainingAll("changed between two attempts", "near byte " + MIB);
                    assertThatThrownBy(again::read).isInstanceOf(IOException.class);
                }
                assertThat(cipher.messages.get(1).taken.size()).isEqualTo(MIB);
            }
        }

        /** One key and IV give one message: a longer one at the retry would be a second, with a tag of its own. */
        @Test
        void body_readAgainFromASourceThatIsLongerNow_isRefusedBeforeAnyMoreIsEncrypted() throws IOException {
            byte[] plaintext = bytes(2 * MIB);
            int[] length = {MIB};
            PlaintextSource growing = new PlaintextSource() {
                @Override
                public long lengthBytes() {
                    return length[0];
                }

                @Override
                public InputStream open() {
                    return new ByteArrayInputStream(plaintext, 0, length[0]);
                }
            };
            ReferenceMessageCipher cipher = ReferenceMessageCipher.late();
            try (EncryptedObject object = encryptor(cipher).encrypt(OBJECT, growing, Map.of());
                    InputStream first = object.openBody()) {
                assertThat(first.readAllBytes()).hasSize(MIB + 16);
                length[0] = 2 * MIB;
                assertThat(object.bodyBytes()).isEqualTo(MIB + 16);
                try (InputStream again = object.openBody()) {
                    assertThatThrownBy(again::readAllBytes)
                            .isInstanceOf(IOException.class)
                            .hasMessageContainingAll("longer than the " + MIB + " bytes");
                }
                assertThat(cipher.messages.get(1).taken.size()).isEqualTo(MIB);
            }
        }

        @Test
        void body_plaintextOfAnotherLength_isRefusedAndTheMessageClosed() {
            byte[] plaintext = bytes(100);
            ReferenceMessageCipher cipher = ReferenceMessageCipher.late();
            for (int said : new int[] {99, 101}) {
                assertThatThrownBy(() -> {
                            try (EncryptedObject object = encryptor(cipher)
                                            .encrypt(
                                                    OBJECT,
                                                    PlaintextSource.of(said, () -> new ByteArrayInputStream(plaintext)),
                                                    Map.of());
                                    InputStream body = object.openBody()) {
                                body.readAllBytes();
                            }
                        })
                        .isInstanceOfAny(EOFException.class, IOException.class)
                        .hasMessageContainingAll(OBJECT.toString(), Integer.toString(said));
            }
            assertThat(cipher.messages).hasSize(2).allMatch(message -> message.closed);
        }

        @Test
        @Tag("ENC-002")
        void encrypt_plaintextLongerThanTheCipherTakes_isRefusedNamingIt() {
            ObjectEncryptor encryptor = encryptor(ReferenceMessageCipher.upTo(100));
            encryptor
                    .encrypt(OBJECT, PlaintextSource.of(new byte[100]), Map.of())
                    .close();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> encryptor.encrypt(OBJECT, PlaintextSource.of(new byte[101]), Map.of()))
                    .withMessageContainingAll("101", "0 to 100", "strict", "ReferenceMessageCipher");
        }

        @Test
        void body_ofAClosedObject_isRefused() throws IOException {
            EncryptedObject object = encryptor(ReferenceMessageCipher.late())
                    .encrypt(OBJECT, PlaintextSource.of(bytes(MIB + 1)), Map.of());
            try (InputStream body = object.openBody()) {
                body.readNBytes(MIB);
                object.close();
                assertThatIllegalStateException().isThrownBy(body::read).withMessageContaining("closed");
            }
        }

        @Test
        void sentPlaintext_closed_admitsNothing() {
            SentPlaintext sent = new SentPlaintext();
            assertThat(sent.admits(0, ByteBuffer.wrap(new byte[] {1}))).isTrue();
            assertThat(sent.admits(0, ByteBuffer.wrap(new byte[] {1}))).isTrue();
            assertThat(sent.admits(0, ByteBuffer.wrap(new byte[] {2}))).isFalse();
            sent.close();
            assertThatIllegalStateException().isThrownBy(() -> sent.admits(0, ByteBuffer.wrap(new byte[] {1})));
        }
    }

    @Nested
    class ReadingVerified {
        private final byte[] plaintext = bytes(5000);
        private final ReferenceMessageCipher cipher = ReferenceMessageCipher.early();
        private final ObjectDecryptor decryptor =
                ObjectDecryptor.builder(MATERIALS, cipher).bufferBytes(5016).build();

        private InputStream read(Stored stored, long said) throws IOException {
            return stored.openedBy(decryptor).verified(new ByteArrayInputStream(stored.body), said);
        }

        @ParameterizedTest
        @ValueSource(longs = {5016, Decryption.UNKNOWN_LENGTH})
        void verified_bodyThatFillsTheBuffer_isRead(long said) throws IOException {
            try (InputStream in = read(Stored.of(plaintext), said)) {
                assertThat(in.readAllBytes()).isEqualTo(plaintext);
            }
            assertThat(cipher.messages).allMatch(message -> message.closed);
        }

        @Test
        void verified_bySpool_isRefusedAsThereIsNone() throws IOException {
            Stored stored = Stored.of(plaintext);
            assertThatThrownBy(() -> stored.openedBy(decryptor)
                            .verifiedBySpool(new ByteArrayInputStream(stored.body), stored.body.length))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageContainingAll(OBJECT.toString(), "temporary file");
            assertThat(cipher.messages).isEmpty();
        }

        @Test
        void streams_whereTheCipherFailsToClose_closeTheirSource() throws IOException {
            AtomicBoolean closed = new AtomicBoolean();
            Stored stored = Stored.of(plaintext);
            InputStream source = new ByteArrayInputStream(stored.body) {
                @Override
                public void close() {
                    closed.set(true);
                }
            };
            cipher.failsToClose = true;
            InputStream unverified = stored.openedBy(decryptor).unverified(source, 5016);
            unverified.read();
            assertThatThrownBy(unverified::close).hasMessage("fails to close");
            assertThat(closed).isTrue();

            closed.set(false);
            try (EncryptedObject object =
                    encryptor(cipher).encrypt(OBJECT, PlaintextSource.of(0, () -> source), Map.of())) {
                InputStream body = object.openBody();
                body.read();
                assertThatThrownBy(body::close).hasMessage("fails to close");
                assertThat(closed).isTrue();
            }
        }

        @Test
        void verified_closed_wipesThePlaintext() throws IOException {
            InputStream in = read(Stored.of(plaintext), 5016);
            in.readNBytes(100);
            in.close();
            assertThat(cipher.messages.get(0).given)
                    .allSatisfy(each -> assertThat(each).containsOnly(0));
        }

        @Test
        @Tag("CLI-019")
        void verified_alteredBody_isRefused() throws IOException {
            Stored altered = Stored.of(plaintext).altered();
            assertThatThrownBy(() -> read(altered, 5016))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining(OBJECT.toString());
            assertThat(cipher.messages).allMatch(message -> message.closed);
        }

        @ParameterizedTest
        @ValueSource(longs = {5015, 5000})
        void verified_bodyOfAnotherLengthThanAnnounced_isRefused(long said) throws IOException {
            Stored stored = Stored.of(plaintext);
            assertThatThrownBy(() -> read(stored, said))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("goes on after " + said);
        }

        @Test
        void verified_bodyShorterThanAnnounced_isRefused() throws IOException {
            Stored stored = Stored.of(bytes(4000));
            assertThatThrownBy(() -> read(stored, 5016))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageContaining("ends after 4016");
        }

        @ParameterizedTest
        @ValueSource(longs = {5017, Decryption.UNKNOWN_LENGTH})
        void verified_bodyLongerThanTheBuffer_isRefusedNamingTheLimitAndClosed(long said) throws IOException {
            Stored stored = Stored.of(bytes(5001));
            AtomicBoolean closed = new AtomicBoolean();
            InputStream body = new ByteArrayInputStream(stored.body) {
                @Override
                public void close() {
                    closed.set(true);
                }
            };
            assertThatThrownBy(() -> stored.openedBy(decryptor).verified(body, said))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContainingAll("bufferBytes", "5016", "ReferenceMessageCipher", "not strict");
            assertThat(closed).isTrue();
        }

        @Test
        void buffer_notChosen_holdsMoreThanASegmentedCiphers() {
            assertThat(ObjectDecryptor.DEFAULT_MESSAGE_BUFFER_BYTES).isEqualTo(64 * MIB);
        }
    }

    @Nested
    class ReadingUnverified {
        private static ObjectDecryptor decryptor(ReferenceMessageCipher cipher, int bufferBytes) {
            return ObjectDecryptor.builder(MATERIALS, cipher)
                    .bufferBytes(bufferBytes)
                    .build();
        }

        @Test
        void unverified_cipherThatGivesEarly_isHandedOnAndFailsAtItsEnd() throws IOException {
            byte[] plaintext = bytes(2 * MIB + 100);
            Stored altered = Stored.of(plaintext).altered();
            ReferenceMessageCipher cipher = ReferenceMessageCipher.early();
            try (InputStream in = altered.openedBy(decryptor(cipher, MIB + 16))
                    .unverified(new ByteArrayInputStream(altered.body), altered.body.length)) {
                assertThat(in.readNBytes(MIB)).isEqualTo(Arrays.copyOf(plaintext, MIB));
                assertThatThrownBy(in::readAllBytes)
                        .isInstanceOf(IntegrityException.class)
                        .hasMessageContaining(OBJECT.toString());
                assertThatThrownBy(in::read).isInstanceOf(IOException.class);
            }
            assertThat(cipher.messages).allMatch(message -> message.closed);
            assertThat(cipher.messages.get(0).given)
                    .allSatisfy(each -> assertThat(each).containsOnly(0));
        }

        @Test
        void unverified_cipherThatGivesEarly_isReadBeyondTheBuffer() throws IOException {
            byte[] plaintext = bytes(2 * MIB + 100);
            Stored stored = Stored.of(plaintext);
            for (long said : new long[] {stored.body.length, Decryption.UNKNOWN_LENGTH}) {
                try (InputStream in = stored.openedBy(decryptor(ReferenceMessageCipher.early(), MIB + 16))
                        .unverified(new ByteArrayInputStream(stored.body), said)) {
                    assertThat(in.readAllBytes()).isEqualTo(plaintext);
                }
            }
        }

        @Test
        void unverified_cipherThatGivesLate_isReadUpToTheBufferAndRefusedBeyond() throws IOException {
            byte[] plaintext = bytes(MIB + 100);
            Stored stored = Stored.of(plaintext);
            try (InputStream in = stored.openedBy(decryptor(ReferenceMessageCipher.late(), MIB + 116))
                    .unverified(new ByteArrayInputStream(stored.body), stored.body.length)) {
                assertThat(in.readAllBytes()).isEqualTo(plaintext);
            }
            try (InputStream in = stored.openedBy(decryptor(ReferenceMessageCipher.late(), MIB + 115))
                    .unverified(new ByteArrayInputStream(stored.body), stored.body.length)) {
                assertThatThrownBy(in::read)
                        .isInstanceOf(PolicyException.class)
                        .hasMessageContainingAll("bufferBytes", Integer.toString(MIB + 115), OBJECT.toString());
            }
        }

        @ParameterizedTest
        @ValueSource(longs = {115, 117})
        void unverified_bodyOfAnotherLengthThanAnnounced_isRefused(long said) throws IOException {
            Stored stored = Stored.of(bytes(100));
            try (InputStream in = stored.openedBy(decryptor(ReferenceMessageCipher.early(), MIB))
                    .unverified(new ByteArrayInputStream(stored.body), said)) {
                assertThatThrownBy(in::readAllBytes)
                        .isInstanceOf(IntegrityException.class)
                        .hasMessageContaining(Long.toString(said));
            }
        }
    }

    @Nested
    class Visible {
        @Test
        void strict_isTold() {
            assertThat(encryptor(ReferenceMessageCipher.late()).isStrict()).isTrue();
            assertThat(encryptor(ReferenceMessageCipher.late()))
                    .hasToString("ObjectEncryptor[ReferenceMessageCipher, ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY]");
            ObjectDecryptor strict = ObjectDecryptor.builder(MATERIALS, ReferenceMessageCipher.late())
                    .build();
            assertThat(strict.isStrict()).isTrue();
            assertThat(strict).hasToString("ObjectDecryptor[ReferenceMessageCipher]");

            ReferenceContentCipher segmented = new ReferenceContentCipher();
            assertThat(ObjectEncryptor.builder(MATERIALS, segmented).build().isStrict())
                    .isFalse();
            assertThat(ObjectDecryptor.builder(MATERIALS, segmented).build().isStrict())
                    .isFalse();
        }

        @Test
        void segments_ofAStrictCipher_areRefusedNamingOperationAndCipher() {
            CipherInUse strict = CipherInUse.of(ReferenceMessageCipher.late());
            assertThatThrownBy(() -> strict.forSegments("a range"))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageStartingWith("a range needs content in segments")
                    .hasMessageContaining("ReferenceMessageCipher");
            ReferenceContentCipher segmented = new ReferenceContentCipher();
            CipherInUse other = CipherInUse.of(segmented);
            assertThat(other.forSegments("a range")).isSameAs(segmented);
            assertThatIllegalStateException().isThrownBy(other::strict);
        }
    }
}
