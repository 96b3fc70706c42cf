/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.PolicyException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys, digests, segments, plaintext buffers and temporary files end with the stream they serve, whatever happened. */
@Tag("SEC-027")
class LifetimeTest {
    private static final int BYTES = SegmentedInputStream.SEGMENT_BYTES + 100;
    private static final CryptographicMaterialsManager MATERIALS =
            CryptographicMaterialsManager.of(KnownAnswers.keyring());

    @TempDir
    private Path spools;

    private final Watched cipher = new Watched();
    private byte[] body = new byte[0];
    private Map<String, String> metadata = Map.of();

    @BeforeEach
    void seal() throws IOException {
        byte[] plaintext = new byte[BYTES];
        Arrays.fill(plaintext, (byte) 7);
        try (EncryptedObject object = ObjectEncryptor.builder(MATERIALS, cipher)
                        .build()
                        .encrypt(OBJECT, PlaintextSource.of(plaintext), Map.of());
                InputStream stream = object.openBody();
                InputStream again = object.openBody()) {
            body = stream.readAllBytes();
            metadata = object.metadata();
            again.readAllBytes();
        }
        assertNothingLives();
    }

    private Decryption begin(int bufferBytes) {
        return ObjectDecryptor.builder(MATERIALS, cipher)
                .bufferBytes(bufferBytes)
                .spoolDirectory(spools)
                .build()
                .begin(OBJECT, metadata, Map.of());
    }

    private void assertNothingLives() {
        assertThat(cipher.keys)
                .isNotEmpty()
                .allSatisfy(key -> assertThatThrownBy(() -> key.use((raw, iv, aad) -> raw.length))
                        .isInstanceOf(IllegalStateException.class));
        assertThat(cipher.closed).isNotEmpty().allMatch(AtomicBoolean::get);
        assertThat(cipher.plaintexts).allSatisfy(buffer -> {
            byte[] left = new byte[buffer.remaining()];
            buffer.get(left);
            assertThat(left).containsOnly(0);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8 << 20})
    void verified_readAndClosed_leavesNothing(int bufferBytes) throws IOException {
        try (InputStream read = begin(bufferBytes).verified(new ByteArrayInputStream(body), body.length)) {
            assertThat(read.readAllBytes()).hasSize(BYTES).containsOnly(7);
        }
        assertNothingLives();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8 << 20})
    void verified_closedUnread_leavesNothing(int bufferBytes) throws IOException {
        begin(bufferBytes).verified(new ByteArrayInputStream(body), body.length).close();
        assertNothingLives();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 8 << 20})
    void verified_refused_leavesNothing(int bufferBytes) {
        body[5] ^= 1;
        Decryption decryption = begin(bufferBytes);
        assertThatThrownBy(() -> decryption.verified(new ByteArrayInputStream(body), body.length))
                .isInstanceOf(IntegrityException.class);
        assertNothingLives();
    }

    @Test
    void unverified_closedMidway_leavesNothing() throws IOException {
        try (InputStream read = begin(0).unverified(new ByteArrayInputStream(body), body.length)) {
            assertThat(read.read()).isEqualTo(7);
        }
        assertNothingLives();
    }

    @Test
    void unverified_refusedAtItsEnd_leavesNothing() throws IOException {
        body[body.length - 1] ^= 1;
        try (InputStream read = begin(0).unverified(new ByteArrayInputStream(body), body.length)) {
            assertThatThrownBy(read::readAllBytes).isInstanceOf(IntegrityException.class);
        }
        assertNothingLives();
    }

    /** A cipher of somebody else's may fail where it should not; the connection still goes back to its pool. */
    @Test
    void source_whereTheCipherFailsToClose_isClosed() {
        List<AtomicBoolean> sources = new ArrayList<>();
        cipher.failsToClose = true;
        PlaintextRange range = new PlaintextRange(5, 300_000);
        for (InputStream read : List.of(
                begin(0).unverified(source(sources), body.length),
                begin(0).unverifiedRange(source(sources), 0, range))) {
            assertThatThrownBy(read::close).hasMessage("fails to close");
        }
        assertThat(sources).hasSize(2).allMatch(AtomicBoolean::get);
        assertNothingLives();
    }

    private InputStream source(List<AtomicBoolean> sources) {
        AtomicBoolean closed = new AtomicBoolean();
        sources.add(closed);
        return new ByteArrayInputStream(body) {
            @Override
            public void close() {
                closed.set(true);
            }
        };
    }

    @Test
    void unverified_readOnlyBuffer_isRefusedAndTheKeyWiped() {
        UnverifiedDecryption decryption = begin(0).unverified(body.length);
        assertThatThrownBy(() -> decryption.update(ByteBuffer.wrap(body).asReadOnlyBuffer()))
                .isInstanceOf(ReadOnlyBufferException.class);
        assertNothingLives();
    }

    @Test
    void verified_inMemoryTooSmallOrCutOff_leavesNothing() throws IOException {
        ObjectDecryptor small = ObjectDecryptor.builder(MATERIALS, cipher)
                .bufferBytes(body.length - 1)
                .spoolDirectory(spools.resolve("absent"))
                .build();
        for (long length : new long[] {body.length, Decryption.UNKNOWN_LENGTH}) {
            assertThatThrownBy(() -> small.begin(OBJECT, metadata, Map.of())
                            .verifiedInMemory(new ByteArrayInputStream(body), length))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContainingAll("s3://bucket/key", "buffer of " + (body.length - 1) + " bytes");
        }
        InputStream failing = InputStream.nullInputStream();
        failing.close();
        assertThatThrownBy(() -> begin(body.length).verifiedBySpool(failing, body.length))
                .isInstanceOf(IOException.class);
        assertNothingLives();
    }

    @Test
    void segments_openedAndClosed_leaveNothing() {
        try (BodyVerification verification = begin(0).verification(body.length, 1 << 16)) {
            verification.update(ByteBuffer.wrap(body));
            try (VerifiedSegments segments = verification.end()) {
                byte[] first = Arrays.copyOf(body, segments.lengthOf(0));
                segments.open(0, ByteBuffer.wrap(first));
                assertThat(first).containsOnly(7);
                Arrays.fill(first, (byte) 0);
                byte[] altered = Arrays.copyOf(body, segments.lengthOf(0));
                altered[9] ^= 1;
                assertThatThrownBy(() -> segments.open(0, ByteBuffer.wrap(altered)))
                        .isInstanceOf(IntegrityException.class);
            }
        }
        assertNothingLives();
    }

    @Test
    void verification_closedMidwayOrRefused_leavesNothing() {
        BodyVerification midway = begin(0).verification(body.length, 1 << 16);
        midway.update(ByteBuffer.wrap(body, 0, 100_000));
        midway.close();
        BodyVerification tooLong = begin(0).verification(body.length, 1 << 16);
        tooLong.update(ByteBuffer.wrap(body));
        assertThatThrownBy(() -> tooLong.update(ByteBuffer.allocate(1))).isInstanceOf(IntegrityException.class);
        assertNothingLives();
    }

    @Test
    void readAgain_closedMidwayOrRefused_leavesNothing() throws IOException {
        try (BodyVerification verification = begin(0).verification(body.length)) {
            verification.update(ByteBuffer.wrap(body));
            try (VerifiedSegments segments = verification.end()) {
                try (InputStream read = segments.read(new ByteArrayInputStream(body))) {
                    assertThat(read.read()).isEqualTo(7);
                }
                body[SegmentedInputStream.SEGMENT_BYTES + 1] ^= 1;
                try (InputStream read = segments.read(new ByteArrayInputStream(body))) {
                    assertThatThrownBy(read::readAllBytes).isInstanceOf(IntegrityException.class);
                }
            }
        }
        assertNothingLives();
    }

    @Test
    void range_readClosedMidwayOrCutOff_leavesNothing() throws IOException {
        PlaintextRange range = new PlaintextRange(5, 300_000);
        for (int bytes : new int[] {1, 300_000}) {
            try (InputStream read = begin(0).unverifiedRange(new ByteArrayInputStream(body), 0, range)) {
                assertThat(read.readNBytes(bytes)).containsOnly(7);
            }
        }
        try (InputStream cut = begin(0).unverifiedRange(new ByteArrayInputStream(body, 0, 200_000), 0, range)) {
            assertThatThrownBy(cut::readAllBytes).isInstanceOf(IntegrityException.class);
        }
        RangeDecryption late = begin(0).unverifiedRange(0, range);
        late.close();
        Decryption refused = begin(0);
        assertThatThrownBy(() -> refused.unverifiedRange(16, range)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> refused.unverifiedRange(0, range)).isInstanceOf(IllegalStateException.class);
        assertNothingLives();
    }

    @Test
    void decryption_closedWithoutAStream_wipesItsKey() throws IOException {
        Decryption decryption = begin(0);
        decryption.close();
        assertThatThrownBy(() -> decryption.verified(new ByteArrayInputStream(body), body.length))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void encryptedObject_bodyBrokenOff_leavesNothing() throws IOException {
        AtomicBoolean sourceClosed = new AtomicBoolean();
        PlaintextSource source = PlaintextSource.of(BYTES, () -> new ByteArrayInputStream(new byte[BYTES]) {
            @Override
            public void close() {
                sourceClosed.set(true);
            }
        });
        try (EncryptedObject object =
                        ObjectEncryptor.builder(MATERIALS, cipher).build().encrypt(OBJECT, source, Map.of());
                InputStream stream = object.openBody()) {
            assertThat(stream.read()).isGreaterThanOrEqualTo(0);
        }
        assertThat(sourceClosed).isTrue();
        assertNothingLives();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void spool_afterSuccessAndFailure_isClosed() throws IOException {
        try (InputStream read = begin(0).verified(new ByteArrayInputStream(body), body.length)) {
            assertThat(openSpools()).isOne();
            assertThat(read.read()).isEqualTo(7);
        }
        assertThat(openSpools()).isZero();
        body[0] ^= 1;
        Decryption decryption = begin(0);
        assertThatThrownBy(() -> decryption.verified(new ByteArrayInputStream(body), body.length))
                .isInstanceOf(IntegrityException.class);
        assertThat(openSpools()).isZero();
    }

    private long openSpools() throws IOException {
        List<Path> descriptors;
        try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
            descriptors = all.toList();
        }
        long open = 0;
        for (Path descriptor : descriptors) {
            try {
                open += Files.readSymbolicLink(descriptor).startsWith(spools.toRealPath()) ? 1 : 0;
            } catch (NoSuchFileException e) {
                // The listing's own descriptor, closed since.
            }
        }
        return open;
    }

    @Test
    @Tag("CLI-020")
    void buffer_asLargeAsTheBody_needsNoTemporaryFile() throws IOException {
        ObjectDecryptor.Builder builder =
                ObjectDecryptor.builder(MATERIALS, cipher).spoolDirectory(spools.resolve("absent"));
        for (long length : new long[] {body.length, Decryption.UNKNOWN_LENGTH}) {
            ObjectDecryptor tooSmall = builder.bufferBytes(body.length - 1).build();
            assertThatThrownBy(() ->
                            tooSmall.begin(OBJECT, metadata, Map.of()).verified(new ByteArrayInputStream(body), length))
                    .isInstanceOf(NoSuchFileException.class);
        }
        builder.bufferBytes(body.length)
                .build()
                .begin(OBJECT, metadata, Map.of())
                .verified(new ByteArrayInputStream(body), body.length)
                .close();
    }

    @Test
    void buffer_negative_isRefused() {
        assertThatThrownBy(() -> begin(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("buffer of -1 bytes");
    }

    @Test
    @Tag("CLI-022")
    void buffer_notChosen_holdsObjectsOfSomeMegabytesInMemory() throws IOException {
        assertThat(ObjectDecryptor.DEFAULT_BUFFER_BYTES)
                .isBetween(1 << 20, 64 << 20)
                .isGreaterThan(body.length);
        ObjectDecryptor.builder(MATERIALS, cipher)
                .spoolDirectory(spools.resolve("absent"))
                .build()
                .begin(OBJECT, metadata, Map.of())
                .verified(new ByteArrayInputStream(body), body.length)
                .close();
    }

    /** Remembers every key, digest, segment and plaintext buffer that passes through a cipher. */
    private static final class Watched implements ContentCipher {
        private final ContentCipher inner = new ReferenceContentCipher();
        private final List<ContentKey> keys = new ArrayList<>();
        private final List<AtomicBoolean> closed = new ArrayList<>();
        private final List<ByteBuffer> plaintexts = new ArrayList<>();
        private boolean failsToClose;

        private AtomicBoolean watch() {
            AtomicBoolean flag = new AtomicBoolean();
            closed.add(flag);
            return flag;
        }

        @Override
        public Set<AlgorithmSuite> suites() {
            return inner.suites();
        }

        @Override
        public Segment segment(ContentKey key, Direction direction, long offsetBytes) {
            keys.add(key);
            Segment segment = inner.segment(key, direction, offsetBytes);
            AtomicBoolean segmentClosed = watch();
            return new Segment() {
                @Override
                public void update(ByteBuffer in, ByteBuffer out) {
                    if (direction == Direction.DECRYPT || direction == Direction.DECRYPT_UNAUTHENTICATED) {
                        plaintexts.add(out.duplicate());
                    }
                    segment.update(in, out);
                }

                @Override
                public SegmentDigest finish() {
                    return new WatchedDigest(segment.finish(), watch());
                }

                @Override
                public void close() {
                    segmentClosed.set(true);
                    if (failsToClose) {
                        throw new IllegalStateException("fails to close");
                    }
                }
            };
        }

        @Override
        public Bytes seal(ContentKey key, Bytes associatedData, List<? extends SegmentDigest> digests) {
            throw new UnsupportedOperationException("nothing is stored here");
        }

        @Override
        public List<SegmentDigest> unseal(ContentKey key, Bytes associatedData, Bytes sealed) {
            throw new UnsupportedOperationException("nothing is stored here");
        }

        @Override
        public Bytes tag(ContentKey key, List<? extends SegmentDigest> inOrder) {
            return inner.tag(
                    key,
                    inOrder.stream()
                            .map(digest -> ((WatchedDigest) digest).inner)
                            .toList());
        }
    }

    private record WatchedDigest(ContentCipher.SegmentDigest inner, AtomicBoolean closed)
            implements ContentCipher.SegmentDigest {
        @Override
        public long offsetBytes() {
            return inner.offsetBytes();
        }

        @Override
        public long lengthBytes() {
            return inner.lengthBytes();
        }

        @Override
        public boolean sameAs(ContentCipher.SegmentDigest other) {
            return inner.sameAs(((WatchedDigest) other).inner);
        }

        @Override
        public void close() {
            closed.set(true);
        }
    }
}
