/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a {@link ContentCipher} must do: the rules C01 to C09. Extend it, give it a cipher, and run it.
 *
 * <p>The reference is AES-GCM of the running platform, whole message at once.
 */
public abstract class ContentCipherContract {
    private static final long MAX = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF.maxPlaintextBytes();
    private static final int TAG = 16;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final Bytes STORED_WITH = Bytes.copyOf(new byte[] {7});

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final List<AutoCloseable> opened = new ArrayList<>();

    /** For the author's subclass. */
    protected ContentCipherContract() {}

    /** The cipher; the same one at each call, or equals. */
    protected abstract ContentCipher cipher();

    /** How much a test of constant memory feeds, in bytes; smaller for a slow cipher. */
    protected long longContentBytes() {
        return 64 << 20;
    }

    /** Whether it takes AES keys of 16, 24 or 32 bytes; only the last are ever written. */
    protected boolean takesKeysOf(int keyBytes) {
        return true;
    }

    @AfterEach
    void closeAll() throws Exception {
        Collections.reverse(opened);
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    // ---- C01: the bytes are those of AES-GCM --------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 31, 32, 33, 511, 512, 513, 1000, 4096, 16384, 16385, 70_001, 600_003})
    void required_C01_wholeContent_equalsAesGcm(int length) {
        for (AlgorithmSuite suite : cipher().suites()) {
            ContentKey key = key(suite);
            byte[] plaintext = bytes(length);

            Sealed sealed = seal(key, plaintext);

            assertThat(sealed.ciphertext).as(seedOf(suite)).isEqualTo(reference(key, plaintext).ciphertext);
            assertThat(sealed.tag).as(seedOf(suite)).isEqualTo(reference(key, plaintext).tag);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 17, 1000, 70_001, 600_003})
    void required_C01_decryption_givesPlaintextAndTheSameTag(int length) {
        for (AlgorithmSuite suite : cipher().suites()) {
            ContentKey key = key(suite);
            byte[] plaintext = bytes(length);
            Sealed wanted = reference(key, plaintext);
            byte[] out = new byte[length];

            SegmentDigest digest = whole(key, Direction.DECRYPT, 0, wanted.ciphertext, out);

            assertThat(out).as(seedOf(suite)).isEqualTo(plaintext);
            assertThat(tag(key, List.of(digest))).as(seedOf(suite)).isEqualTo(wanted.tag);
        }
    }

    @Test
    void required_C01_alteredCiphertext_givesAnotherTag() {
        ContentKey key = key();
        Sealed sealed = reference(key, bytes(100));
        for (int bit = 0; bit < 8 * sealed.ciphertext.length; bit++) {
            byte[] altered = sealed.ciphertext.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            SegmentDigest digest = whole(key, Direction.AUTHENTICATE, 0, altered, new byte[0]);
            assertThat(tag(key, List.of(digest)))
                    .as("bit %d, %s", bit, seedOf(key.suite()))
                    .isNotEqualTo(sealed.tag);
        }
    }

    @Test
    void required_C01_emptyContent_hasTagWithoutAnySegment() {
        for (AlgorithmSuite suite : cipher().suites()) {
            ContentKey key = key(suite);
            assertThat(tag(key, List.of())).isEqualTo(reference(key, new byte[0]).tag);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24})
    void required_C01_shorterKeyOfAnOldObject_isRead(int keyBytes) {
        AlgorithmSuite suite = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
        Assumptions.assumeTrue(cipher().suites().contains(suite));
        Assumptions.assumeTrue(takesKeysOf(keyBytes), "takes no such key");
        ContentKey key;
        try (DataKey dataKey = DataKey.adopt(bytes(keyBytes))) {
            key = opened(ContentKeyDerivation.platform()
                    .forDecrypt(suite, dataKey, Bytes.copyOf(bytes(suite.ivBytes())), Bytes.empty()));
        }
        byte[] plaintext = bytes(1000);
        Sealed sealed = reference(key, plaintext);
        byte[] out = new byte[1000];

        SegmentDigest digest = whole(key, Direction.DECRYPT, 0, sealed.ciphertext, out);

        assertThat(out).as(seedOf(suite)).isEqualTo(plaintext);
        assertThat(tag(key, List.of(digest))).as(seedOf(suite)).isEqualTo(sealed.tag);
    }

    // ---- C02: any cut, any order ----------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DECRYPT_UNAUTHENTICATED")
    void required_C02_anyCutInAnyOrder_givesTheSameBytesAndTag(Direction direction) {
        for (int round = 0; round < 20; round++) {
            ContentKey key = key();
            byte[] plaintext = bytes(1 + random.nextInt(40_000));
            Sealed wanted = reference(key, plaintext);
            byte[] in = direction == Direction.ENCRYPT ? plaintext : wanted.ciphertext;
            byte[] out = new byte[in.length];
            int[] cuts = cuts(in.length);
            SegmentDigest[] digests = new SegmentDigest[cuts.length - 1];
            for (int part : order(digests.length)) {
                byte[] slice = Arrays.copyOfRange(in, cuts[part], cuts[part + 1]);
                byte[] given = new byte[slice.length];
                digests[part] = pieces(key, direction, cuts[part], slice, given);
                System.arraycopy(given, 0, out, cuts[part], given.length);
            }

            String what = seedOf(key.suite()) + " cuts " + Arrays.toString(cuts);
            switch (direction) {
                case ENCRYPT -> assertThat(out).as(what).isEqualTo(wanted.ciphertext);
                case DECRYPT, DECRYPT_UNAUTHENTICATED ->
                    assertThat(out).as(what).isEqualTo(plaintext);
                case AUTHENTICATE -> assertThat(out).as(what).containsOnly(0);
            }
            assertThat(tag(key, List.of(digests))).as(what).isEqualTo(wanted.tag);
        }
    }

    @Test
    void required_C02_manyThreads_giveTheSameBytesAndTag() throws Exception {
        ContentKey key = key();
        ContentCipher cipher = cipher();
        byte[] plaintext = bytes(64 * 1024 + 7);
        Sealed wanted = reference(key, plaintext);
        List<Callable<SegmentDigest>> parts = new ArrayList<>();
        byte[] out = new byte[plaintext.length];
        for (int at = 0; at < plaintext.length; at += 4096) {
            int from = at;
            int length = Math.min(4096, plaintext.length - at);
            parts.add(() -> {
                try (Segment segment = cipher.segment(key, Direction.ENCRYPT, from)) {
                    segment.update(ByteBuffer.wrap(plaintext, from, length), ByteBuffer.wrap(out, from, length));
                    return segment.finish();
                }
            });
        }
        List<SegmentDigest> digests = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            for (Future<SegmentDigest> each : threads.invokeAll(parts)) {
                digests.add(opened(each.get()));
            }
        } finally {
            threads.shutdownNow();
        }

        assertThat(out).as(seedOf(key.suite())).isEqualTo(wanted.ciphertext);
        assertThat(tag(key, digests)).as(seedOf(key.suite())).isEqualTo(wanted.tag);
    }

    @Test
    void required_C02_emptySegments_changeNothing() {
        ContentKey key = key();
        byte[] plaintext = bytes(100);
        Sealed wanted = reference(key, plaintext);
        SegmentDigest before = whole(key, Direction.AUTHENTICATE, 0, new byte[0], new byte[0]);
        SegmentDigest all = whole(key, Direction.AUTHENTICATE, 0, wanted.ciphertext, new byte[0]);

        assertThat(tag(key, List.of(before, all))).isEqualTo(wanted.tag);
        assertThat(before.lengthBytes()).isZero();
    }

    // ---- C03: any range -------------------------------------------------------------------------------------------

    @Test
    void required_C03_range_decryptsAlone() {
        ContentKey key = key();
        byte[] plaintext = bytes(300);
        byte[] ciphertext = reference(key, plaintext).ciphertext;
        for (int from = 0; from < 300; from += 16) {
            for (int to = from; to <= 300; to += 7) {
                byte[] out = new byte[to - from];
                whole(key, Direction.DECRYPT, from, Arrays.copyOfRange(ciphertext, from, to), out);
                assertThat(out).as("%d-%d", from, to).isEqualTo(Arrays.copyOfRange(plaintext, from, to));
            }
        }
    }

    @Test
    @Tag("RNG-003")
    @Tag("RNG-004")
    @Tag("RGA-001")
    void required_C03_rangeWithoutDigest_decryptsAloneInAnyPieces() {
        for (AlgorithmSuite suite : cipher().suites()) {
            ContentKey key = key(suite);
            byte[] plaintext = bytes(3000);
            byte[] ciphertext = reference(key, plaintext).ciphertext;
            for (int from = 0; from < 3000; from += 16 * (1 + random.nextInt(20))) {
                byte[] out = new byte[3000 - from];
                ByteBuffer in = ByteBuffer.wrap(ciphertext, from, 3000 - from);
                ByteBuffer to = ByteBuffer.wrap(out);
                try (Segment segment = cipher().segment(key, Direction.DECRYPT_UNAUTHENTICATED, from)) {
                    while (in.position() < 3000) {
                        in.limit(Math.min(3000, in.position() + 1 + random.nextInt(600)));
                        segment.update(in, to);
                    }
                }
                assertThat(out)
                        .as("from %d, %s", from, seedOf(suite))
                        .isEqualTo(Arrays.copyOfRange(plaintext, from, 3000));
            }
        }
    }

    @Test
    void required_C03_rangeWithoutDigest_hasNoneToGive() {
        try (Segment segment = cipher().segment(key(), Direction.DECRYPT_UNAUTHENTICATED, 0)) {
            segment.update(ByteBuffer.allocate(32), ByteBuffer.allocate(32));
            assertThatIllegalStateException().isThrownBy(segment::finish);
        }
    }

    // ---- C04: constant memory -------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "DECRYPT_UNAUTHENTICATED")
    void required_C04_longContent_keepsTheHeapFlat(Direction direction) {
        ContentKey key = key();
        ByteBuffer in = ByteBuffer.allocate(1 << 20);
        ByteBuffer out = ByteBuffer.allocate(1 << 20);
        try (Segment segment = cipher().segment(key, direction, 0)) {
            segment.update(in.clear(), out.clear());
            long before = heapInUse();
            for (long fed = 0; fed < longContentBytes(); fed += in.capacity()) {
                segment.update(in.clear(), out.clear());
            }
            assertThat(heapInUse() - before).isLessThan(longContentBytes() / 4);
            segment.finish().close();
        }
    }

    private static long heapInUse() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    // ---- C05: update ----------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 15, 16, 17, 31, 33, 500, 513})
    void required_C05_piecesOfAnyLength_giveEachByteWithItsOwnCall(int piece) {
        for (Direction direction : List.of(Direction.ENCRYPT, Direction.DECRYPT)) {
            ContentKey key = key();
            byte[] plaintext = bytes(2000);
            Sealed wanted = reference(key, plaintext);
            byte[] in = direction == Direction.ENCRYPT ? plaintext : wanted.ciphertext;
            byte[] result = direction == Direction.ENCRYPT ? wanted.ciphertext : plaintext;
            try (Segment segment = cipher().segment(key, direction, 0)) {
                for (int at = 0; at < in.length; at += piece) {
                    ByteBuffer from = ByteBuffer.wrap(in, at, Math.min(piece, in.length - at));
                    ByteBuffer to = ByteBuffer.allocate(piece + 3);
                    segment.update(from, to);
                    segment.update(NOTHING.duplicate(), to);
                    assertThat(from.remaining()).isZero();
                    assertThat(Arrays.copyOf(to.array(), to.position()))
                            .as("%s at %d, %s", direction, at, seedOf(key.suite()))
                            .isEqualTo(Arrays.copyOfRange(result, at, Math.min(at + piece, in.length)));
                }
                assertThat(tag(key, List.of(opened(segment.finish())))).isEqualTo(wanted.tag);
            }
        }
    }

    @Test
    void required_C05_buffersOfAnyKind_giveTheSame() {
        ContentKey key = key();
        byte[] plaintext = bytes(40_000);
        Sealed wanted = reference(key, plaintext);
        for (Direction direction : List.of(Direction.ENCRYPT, Direction.DECRYPT)) {
            byte[] content = direction == Direction.ENCRYPT ? plaintext : wanted.ciphertext;
            byte[] result = direction == Direction.ENCRYPT ? wanted.ciphertext : plaintext;
            for (Kind in : Kind.values()) {
                for (Kind out : List.of(Kind.HEAP, Kind.DIRECT, Kind.SLICE)) {
                    ByteBuffer to = out.holding(new byte[content.length]);
                    try (Segment segment = cipher().segment(key, direction, 0)) {
                        segment.update(in.holding(content), to);
                        byte[] given = new byte[content.length];
                        to.flip().get(given);
                        assertThat(given)
                                .as("%s from %s to %s", direction, in, out)
                                .isEqualTo(result);
                        assertThat(tag(key, List.of(opened(segment.finish())))).isEqualTo(wanted.tag);
                    }
                }
            }
        }
    }

    @Test
    void required_C05_sameRegionForInAndOut_givesTheSame() {
        for (int piece : new int[] {40_000, 777, 16}) {
            for (Direction direction : List.of(Direction.ENCRYPT, Direction.DECRYPT)) {
                for (Kind kind : List.of(Kind.HEAP, Kind.DIRECT, Kind.SLICE)) {
                    ContentKey key = key();
                    byte[] plaintext = bytes(40_000);
                    Sealed wanted = reference(key, plaintext);
                    ByteBuffer region = kind.holding(direction == Direction.ENCRYPT ? plaintext : wanted.ciphertext);
                    ByteBuffer in = region.duplicate();
                    ByteBuffer out = region.duplicate();
                    try (Segment segment = cipher().segment(key, direction, 0)) {
                        while (out.hasRemaining()) {
                            in.limit(Math.min(in.position() + piece, out.limit()));
                            segment.update(in, out);
                        }
                        byte[] given = new byte[plaintext.length];
                        region.duplicate().get(given);
                        assertThat(given)
                                .as("%s in %s by %d", direction, kind, piece)
                                .isEqualTo(direction == Direction.ENCRYPT ? wanted.ciphertext : plaintext);
                        assertThat(tag(key, List.of(opened(segment.finish())))).isEqualTo(wanted.tag);
                    }
                }
            }
        }
    }

    @Test
    void required_C05_tooLittleRoom_isRefusedAndNothingIsTaken() {
        ContentKey key = key();
        byte[] plaintext = bytes(20);
        try (Segment segment = cipher().segment(key, Direction.ENCRYPT, 0)) {
            ByteBuffer in = ByteBuffer.wrap(plaintext);
            ByteBuffer out = ByteBuffer.allocate(20);
            assertThatIllegalArgumentException().isThrownBy(() -> segment.update(in, ByteBuffer.allocate(19)));
            assertThat(in.remaining()).isEqualTo(20);
            segment.update(in, out);
            assertThat(out.array()).isEqualTo(reference(key, plaintext).ciphertext);
        }
    }

    @Test
    void required_C05_authenticate_writesNothingAndDigestsAsTheOthers() {
        ContentKey key = key();
        byte[] plaintext = bytes(1000);
        Sealed sealed = reference(key, plaintext);
        byte[] out = new byte[1000];
        SegmentDigest authenticated = whole(key, Direction.AUTHENTICATE, 0, sealed.ciphertext, out);

        assertThat(out).containsOnly(0);
        assertThat(authenticated.sameAs(whole(key, Direction.ENCRYPT, 0, plaintext, new byte[1000])))
                .isTrue();
        assertThat(authenticated.sameAs(whole(key, Direction.DECRYPT, 0, sealed.ciphertext, new byte[1000])))
                .isTrue();
    }

    @Test
    void required_C05_updateAfterFinishOrClose_isRefused() {
        Segment finished = opened(cipher().segment(key(), Direction.DECRYPT, 0));
        finished.finish().close();
        assertThatIllegalStateException().isThrownBy(() -> finished.update(NOTHING.duplicate(), NOTHING.duplicate()));
        assertThatIllegalStateException().isThrownBy(finished::finish);

        Segment closed = opened(cipher().segment(key(), Direction.DECRYPT, 0));
        closed.close();
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> closed.update(NOTHING.duplicate(), NOTHING.duplicate()));
        assertThatIllegalStateException().isThrownBy(closed::finish);
    }

    // ---- C06: what may be put together into a tag -----------------------------------------------------------------

    @Test
    void required_C06_segmentsThatDoNotAdjoin_areRefused() {
        ContentKey key = key();
        SegmentDigest first = authenticated(key, 0, 32);
        SegmentDigest second = authenticated(key, 32, 32);
        SegmentDigest uneven = authenticated(key, 0, 31);
        for (List<SegmentDigest> wrong : List.of(
                List.of(second),
                List.of(second, first),
                List.of(first, first),
                List.of(uneven, second),
                List.of(authenticated(key, 0, 16), second),
                List.of(authenticated(key, 0, 48), second))) {
            assertThatIllegalArgumentException().as(wrong.toString()).isThrownBy(() -> cipher().tag(key, wrong));
        }
        assertThat(tag(key, List.of(first, second))).hasSize(TAG);
        assertThat(tag(key, List.of(uneven))).hasSize(TAG);
    }

    @Test
    void required_C06_unevenSegmentBeforeAnEmptyOne_isRefused() {
        ContentKey key = key();
        try (SegmentDigest uneven = authenticated(key, 0, 31);
                SegmentDigest empty = new StrangersDigest(31, 0)) {
            assertThatIllegalArgumentException().isThrownBy(() -> cipher().tag(key, List.of(uneven, empty)));
        }
    }

    @Test
    void required_C06_digestOfAnotherCipher_isRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> cipher().tag(key(), List.of(new StrangersDigest(0, 16))));
        assertThat(authenticated(key(), 0, 16).sameAs(new StrangersDigest(0, 16)))
                .isFalse();
    }

    @Test
    void required_C06_digestOfAnotherKey_isRefused() {
        SegmentDigest other = authenticated(key(), 0, 32);
        assertThatIllegalArgumentException().isThrownBy(() -> cipher().tag(key(), List.of(other)));
    }

    @Test
    void required_C06_digests_areSameOnlyForSameBytesPlaceAndKey() {
        ContentKey key = key();
        byte[] content = bytes(64);
        byte[] altered = content.clone();
        altered[63] ^= 1;
        SegmentDigest digest = whole(key, Direction.AUTHENTICATE, 0, content, new byte[0]);
        assertThat(digest.sameAs(whole(key, Direction.AUTHENTICATE, 0, content, new byte[0])))
                .isTrue();
        assertThat(digest.sameAs(whole(key, Direction.AUTHENTICATE, 0, altered, new byte[0])))
                .isFalse();
        assertThat(digest.sameAs(whole(key(), Direction.AUTHENTICATE, 0, content, new byte[0])))
                .isFalse();
        assertThat(digest.sameAs(whole(key, Direction.AUTHENTICATE, 0, Arrays.copyOf(content, 48), new byte[0])))
                .isFalse();
        // Zero bytes hash to zero under any key, wherever they stand, and however many.
        SegmentDigest zeros = whole(key, Direction.AUTHENTICATE, 0, new byte[16], new byte[0]);
        assertThat(zeros.sameAs(whole(key, Direction.AUTHENTICATE, 0, new byte[32], new byte[0])))
                .isFalse();
        assertThat(zeros.sameAs(whole(key(), Direction.AUTHENTICATE, 0, new byte[16], new byte[0])))
                .isFalse();
        assertThat(digest.sameAs(whole(key, Direction.AUTHENTICATE, 64, content, new byte[0])))
                .isFalse();
        assertThat(zeros.sameAs(whole(key, Direction.AUTHENTICATE, 16, new byte[16], new byte[0])))
                .isFalse();
    }

    @Test
    void required_C06_closedDigest_isRefused() {
        ContentKey key = key();
        SegmentDigest digest = authenticated(key, 0, 32);
        SegmentDigest open = authenticated(key, 0, 32);
        digest.close();
        digest.close();
        assertThatIllegalStateException().isThrownBy(() -> cipher().tag(key, List.of(digest)));
        assertThatIllegalStateException().isThrownBy(() -> digest.sameAs(open));
        assertThatIllegalStateException().isThrownBy(() -> open.sameAs(digest));
    }

    @Test
    void required_C06_digest_tellsPlaceAndLengthAndNoSecret() {
        SegmentDigest digest = authenticated(key(), 0, 33);
        assertThat(digest.offsetBytes()).isZero();
        assertThat(digest.lengthBytes()).isEqualTo(33);
        assertThat(digest.toString()).contains("redacted").doesNotContain("[B@", "[J@");
    }

    // ---- C09: digests that are stored ------------------------------------------------------------------------------

    @Test
    void required_C09_sealedDigests_comeBackAsTheyWere() {
        for (AlgorithmSuite suite : cipher().suites()) {
            ContentKey key = key(suite);
            byte[] plaintext = bytes(1000);
            byte[] ciphertext = new byte[1000];
            List<SegmentDigest> digests = List.of(
                    whole(key, Direction.ENCRYPT, 0, Arrays.copyOf(plaintext, 512), new byte[512]),
                    whole(key, Direction.ENCRYPT, 512, Arrays.copyOfRange(plaintext, 512, 1000), new byte[488]));
            Bytes sealed = cipher().seal(key, STORED_WITH, digests);
            List<SegmentDigest> unsealed = cipher().unseal(key, STORED_WITH, sealed);
            unsealed.forEach(this::opened);
            assertThat(unsealed).hasSize(2);
            for (int i = 0; i < 2; i++) {
                assertThat(unsealed.get(i).offsetBytes()).isEqualTo(512L * i);
                assertThat(unsealed.get(i).sameAs(digests.get(i)))
                        .as(seedOf(suite))
                        .isTrue();
            }
            whole(key, Direction.ENCRYPT, 0, plaintext, ciphertext);
            assertThat(tag(key, unsealed)).as(seedOf(suite)).isEqualTo(reference(key, plaintext).tag);
            assertThat(cipher().seal(key, STORED_WITH, digests))
                    .as("a fresh nonce")
                    .isNotEqualTo(sealed);
            assertThat(cipher().unseal(key, STORED_WITH, cipher().seal(key, STORED_WITH, List.of())))
                    .isEmpty();
        }
    }

    @Test
    void required_C09_sealedDigests_alteredAnywhere_areRefused() {
        ContentKey key = key();
        byte[] sealed = cipher().seal(
                        key, STORED_WITH, List.of(whole(key, Direction.ENCRYPT, 0, bytes(16), new byte[16])))
                .toByteArray();
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertUnsealRefused(key, STORED_WITH, altered);
        }
        for (int length = 0; length < sealed.length; length++) {
            assertUnsealRefused(key, STORED_WITH, Arrays.copyOf(sealed, length));
        }
        assertUnsealRefused(key, Bytes.copyOf(new byte[] {8}), sealed);
        assertUnsealRefused(key, Bytes.empty(), sealed);
        assertUnsealRefused(key(), STORED_WITH, sealed);
    }

    private void assertUnsealRefused(ContentKey key, Bytes storedWith, byte[] sealed) {
        assertThatExceptionOfType(IntegrityException.class)
                .isThrownBy(() -> cipher().unseal(key, storedWith, Bytes.copyOf(sealed)))
                .satisfies(e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT));
    }

    @Test
    void required_C09_sealingADigestOfAnotherKeyOrAClosedOne_isRefused() {
        ContentKey key = key();
        SegmentDigest digest = whole(key, Direction.ENCRYPT, 0, bytes(16), new byte[16]);
        assertThatIllegalArgumentException().isThrownBy(() -> cipher().seal(key(), STORED_WITH, List.of(digest)));
        digest.close();
        assertThatIllegalStateException().isThrownBy(() -> cipher().seal(key, STORED_WITH, List.of(digest)));
    }

    // ---- C07: keys ------------------------------------------------------------------------------------------------

    @Test
    void required_C07_closedContentKey_isRefused() {
        ContentKey key = key();
        key.close();
        assertThatIllegalStateException().isThrownBy(() -> cipher().segment(key, Direction.ENCRYPT, 0));
        assertThatIllegalStateException().isThrownBy(() -> cipher().tag(key, List.of()));
    }

    @Test
    void required_C07_keyClosedInMidSegment_doesNotDisturbIt() {
        ContentKey key = key();
        byte[] plaintext = bytes(5000);
        Sealed wanted = reference(key, plaintext);
        byte[] out = new byte[5000];
        try (Segment segment = cipher().segment(key, Direction.ENCRYPT, 0)) {
            segment.update(ByteBuffer.wrap(plaintext, 0, 1000), ByteBuffer.wrap(out, 0, 1000));
            key.close();
            segment.update(ByteBuffer.wrap(plaintext, 1000, 4000), ByteBuffer.wrap(out, 1000, 4000));
            segment.finish().close();
        }
        assertThat(out).isEqualTo(wanted.ciphertext);
    }

    @Test
    void untested_C07_closeWipesTheKey() {
        Assumptions.abort("cannot be seen from outside: dump the heap after close() and look for the key");
    }

    // ---- C08: offsets and lengths ---------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {-16, -1, 1, 8, 15, 17, (1L << 36) - 32, (1L << 36) - 16, 1L << 36, 1L << 40, Long.MAX_VALUE})
    @Tag("ENC-002")
    void required_C08_offsetThatIsNoBlockOfTheMessage_isRefused(long offset) {
        assertThatIllegalArgumentException().isThrownBy(() -> cipher().segment(key(), Direction.DECRYPT, offset));
    }

    @ParameterizedTest
    @EnumSource(Direction.class)
    @Tag("ENC-002")
    void required_C08_updateBeyondTheLongestContent_isRefused(Direction direction) {
        try (Segment segment = cipher().segment(key(), direction, MAX - 16)) {
            ByteBuffer in = ByteBuffer.allocate(17);
            assertThatIllegalArgumentException().isThrownBy(() -> segment.update(in, ByteBuffer.allocate(17)));
            assertThat(in.remaining()).isEqualTo(17);
            segment.update(ByteBuffer.allocate(16), ByteBuffer.allocate(16));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> segment.update(ByteBuffer.allocate(1), ByteBuffer.allocate(1)));
        }
    }

    @ParameterizedTest
    @EnumSource(AlgorithmSuite.class)
    @Tag("ENC-006")
    @Tag("ENC-007")
    void required_C08_suiteOfAnotherCipher_isRefused(AlgorithmSuite suite) {
        Assumptions.assumeFalse(cipher().suites().contains(suite));
        Assumptions.assumeFalse(
                suite.isCommitting(), "a key of it needs a commitment to be made of one that is written");
        try (DataKey dataKey = DataKey.adopt(bytes(32))) {
            ContentKey key = opened(ContentKeyDerivation.platform()
                    .forDecrypt(suite, dataKey, Bytes.copyOf(bytes(suite.ivBytes())), Bytes.empty()));
            for (Direction direction : Direction.values()) {
                assertThatIllegalArgumentException().isThrownBy(() -> cipher().segment(key, direction, 0));
            }
            assertThatIllegalArgumentException().isThrownBy(() -> cipher().tag(key, List.of()));
        }
    }

    // ---- parts ----------------------------------------------------------------------------------------------------

    private enum Kind {
        HEAP,
        SLICE,
        DIRECT,
        READ_ONLY,
        READ_ONLY_DIRECT;

        ByteBuffer holding(byte[] content) {
            ByteBuffer buffer = switch (this) {
                case HEAP, READ_ONLY -> ByteBuffer.allocate(content.length);
                case SLICE ->
                    ByteBuffer.allocate(content.length + 20).position(9).slice().limit(content.length);
                case DIRECT, READ_ONLY_DIRECT -> ByteBuffer.allocateDirect(content.length);
            };
            buffer.duplicate().put(content);
            return name().startsWith("READ_ONLY") ? buffer.asReadOnlyBuffer() : buffer;
        }
    }

    /** Ciphertext and tag. */
    private static final class Sealed {
        final byte[] ciphertext;
        final byte[] tag;

        Sealed(byte[] ciphertext, byte[] tag) {
            this.ciphertext = ciphertext;
            this.tag = tag;
        }
    }

    private record StrangersDigest(long offsetBytes, long lengthBytes) implements SegmentDigest {
        @Override
        public boolean sameAs(SegmentDigest other) {
            return true;
        }

        @Override
        public void close() {}
    }

    private ContentKey key() {
        List<AlgorithmSuite> suites = List.copyOf(cipher().suites());
        return key(suites.get(random.nextInt(suites.size())));
    }

    private ContentKey key(AlgorithmSuite suite) {
        try (DataKey dataKey = DataKey.adopt(bytes(suite.dataKeyBytes()))) {
            return opened(ContentKeyDerivation.platform()
                    .forEncrypt(suite, dataKey, Bytes.copyOf(bytes(suite.ivBytes())))
                    .key());
        }
    }

    private <T extends AutoCloseable> T opened(T closeable) {
        opened.add(closeable);
        return closeable;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private String seedOf(AlgorithmSuite suite) {
        return suite + ", seed " + seed;
    }

    private SegmentDigest authenticated(ContentKey key, long offset, int length) {
        return opened(whole(key, Direction.AUTHENTICATE, offset, bytes(length), new byte[0]));
    }

    private SegmentDigest whole(ContentKey key, Direction direction, long offset, byte[] in, byte[] out) {
        try (Segment segment = cipher().segment(key, direction, offset)) {
            segment.update(ByteBuffer.wrap(in), ByteBuffer.wrap(out));
            return opened(segment.finish());
        }
    }

    private SegmentDigest pieces(ContentKey key, Direction direction, long offset, byte[] in, byte[] out) {
        try (Segment segment = cipher().segment(key, direction, offset)) {
            ByteBuffer from = ByteBuffer.wrap(in);
            ByteBuffer to = ByteBuffer.wrap(out);
            while (from.position() < in.length) {
                from.limit(Math.min(in.length, from.position() + 1 + random.nextInt(3000)));
                segment.update(from, to);
            }
            return opened(segment.finish());
        }
    }

    private Sealed seal(ContentKey key, byte[] plaintext) {
        byte[] out = new byte[plaintext.length];
        SegmentDigest digest = whole(key, Direction.ENCRYPT, 0, plaintext, out);
        return new Sealed(out, tag(key, List.of(digest)));
    }

    private byte[] tag(ContentKey key, List<? extends SegmentDigest> digests) {
        return cipher().tag(key, digests).toByteArray();
    }

    /** Segment borders: 0, some multiples of 16, the length. */
    private int[] cuts(int length) {
        List<Integer> cuts = new ArrayList<>(List.of(0));
        for (int at = 16 * random.nextInt(300); at < length; at += 16 * random.nextInt(300)) {
            cuts.add(at);
        }
        cuts.add(length);
        return cuts.stream().mapToInt(Integer::intValue).toArray();
    }

    private List<Integer> order(int parts) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < parts; i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        return order;
    }

    private static Sealed reference(ContentKey key, byte[] plaintext) {
        byte[] sealed = key.use((raw, iv, aad) -> {
            try {
                Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
                gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(raw, "AES"), new GCMParameterSpec(8 * TAG, iv));
                gcm.updateAAD(aad);
                return gcm.doFinal(plaintext);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(HexFormat.of().formatHex(iv), e);
            }
        });
        return new Sealed(
                Arrays.copyOf(sealed, plaintext.length), Arrays.copyOfRange(sealed, plaintext.length, sealed.length));
    }
}
