/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.jca.HashingWay.Way;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class JcaContentCipherTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] PLAINTEXT =
            "The quick brown fox jumps over the lazy dog.".getBytes(StandardCharsets.US_ASCII);
    private static final String DATA_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final String MESSAGE_ID = "404142434445464748494a4b4c4d4e4f505152535455565758595a5b";
    private static final String IV = "a0a1a2a3a4a5a6a7a8a9aaab";
    private static final Provider SUN = Security.getProvider("SunJCE");
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    static Stream<ContentCipher> ciphers() {
        return Stream.of(
                JcaContentCipher.platform(),
                JcaContentCipher.byComputedIv(new AesCiphers(SUN), Way.REENCRYPTION),
                JcaContentCipher.byCounter(new AesCiphers(SUN), Way.GMAC),
                JcaContentCipher.with(BOUNCY_CASTLE),
                JcaContentCipher.byComputedIv(new AesCiphers(BOUNCY_CASTLE), Way.REENCRYPTION),
                JcaContentCipher.byCounter(new AesCiphers(BOUNCY_CASTLE), Way.GMAC));
    }

    private static ContentKey key(AlgorithmSuite suite, String ivOrMessageId) {
        try (DataKey dataKey = DataKey.adopt(HEX.parseHex(DATA_KEY))) {
            return ContentKeyDerivation.platform()
                    .forEncrypt(suite, dataKey, Bytes.copyOf(HEX.parseHex(ivOrMessageId)))
                    .key();
        }
    }

    /** The wire format's known answers (wire-format, section 19.1), made by two other implementations. */
    @Nested
    @Tag("PRV-002")
    class KnownAnswers {
        static Stream<ContentCipher> ciphers() {
            return JcaContentCipherTest.ciphers();
        }

        @ParameterizedTest
        @MethodSource("ciphers")
        @Tag("ENC-008")
        @Tag("ENC-009")
        void gcm_body_isTheWritten(ContentCipher cipher) {
            assertThat(body(cipher, key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV), PLAINTEXT))
                    .isEqualTo("b270190d34be6bdc0945e5a1680daefe16c32130f8c22f1cef2e49f01ad95575"
                            + "ba136793ce582a1d3bf363e6fa4cf3c3677ac9dba3726c0d6ea4e5d2");
        }

        @ParameterizedTest
        @MethodSource("ciphers")
        @Tag("KDF-011")
        @Tag("KDF-013")
        @Tag("KDF-014")
        void committingGcm_body_isTheWritten(ContentCipher cipher) {
            AlgorithmSuite suite = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
            assertThat(body(cipher, key(suite, MESSAGE_ID), PLAINTEXT))
                    .isEqualTo("870f2f2057f80242783df333cb25a12450f94cba4a9650c5aaa5f6712f41ffec"
                            + "97963c09ccec92e044a59e8bac02e34b769d8d3c89030a5185c13cda");
            assertThat(body(cipher, key(suite, MESSAGE_ID), new byte[0])).isEqualTo("1957e31f3fbe220acba1a68965e5d1c9");
        }

        private String body(ContentCipher cipher, ContentKey key, byte[] plaintext) {
            ByteBuffer out = ByteBuffer.allocate(plaintext.length);
            try (key;
                    Segment segment = cipher.segment(key, Direction.ENCRYPT, 0)) {
                segment.update(ByteBuffer.wrap(plaintext), out);
                try (SegmentDigest digest = segment.finish()) {
                    Bytes tag = cipher.tag(key, List.of(digest));
                    return HEX.formatHex(out.array()) + HEX.formatHex(tag.toByteArray());
                }
            }
        }
    }

    /** Beyond what any test can encrypt from the start. */
    @Nested
    class FarOffsets {
        private static final long MAX = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF.maxPlaintextBytes();

        static Stream<ContentCipher> ciphers() {
            return JcaContentCipherTest.ciphers();
        }

        /** Across 2^31 and 2^32 bytes, where a 32-bit count of bits or of bytes ends; in the middle; at the very end. */
        static Stream<Arguments> places() {
            return ciphers()
                    .flatMap(cipher -> Stream.of((1L << 29) - 48, (1L << 31) - 48, (1L << 32) - 48, 1L << 35, MAX - 96)
                            .flatMap(offset -> Stream.of(Direction.ENCRYPT, Direction.DECRYPT)
                                    .map(direction -> Arguments.of(cipher, offset, direction))));
        }

        @ParameterizedTest
        @MethodSource("places")
        void segment_farAway_hasCountersAndTagOfAesGcm(ContentCipher cipher, long offset, Direction direction)
                throws Exception {
            byte[] plaintext = new byte[96];
            Arrays.fill(plaintext, (byte) 7);
            ByteBuffer out = ByteBuffer.allocate(96);
            try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, MESSAGE_ID);
                    Segment segment = cipher.segment(key, direction, offset)) {
                byte[] ciphertext = byCounter(key, offset / 16 + 2, plaintext);
                byte[] in = direction == Direction.ENCRYPT ? plaintext : ciphertext;
                segment.update(ByteBuffer.wrap(in, 0, 33), out);
                segment.update(ByteBuffer.wrap(in, 33, 63), out);
                assertThat(out.array()).isEqualTo(direction == Direction.ENCRYPT ? ciphertext : plaintext);

                // Gigabytes of ciphertext whose hash is zero stand before it.
                long[] fingerprint;
                try (GcmKey derived = GcmKey.of(key, new AesCiphers(SUN))) {
                    fingerprint = derived.fingerprint();
                }
                try (SegmentDigest before = new GcmSegmentDigest(0, offset, new long[2], fingerprint);
                        SegmentDigest digest = segment.finish()) {
                    assertThat(HEX.formatHex(
                                    cipher.tag(key, List.of(before, digest)).toByteArray()))
                            .isEqualTo(HEX.formatHex(slowTag(key, offset / 16, ciphertext, offset + 96)));
                }
            }
        }

        @ParameterizedTest
        @MethodSource("ciphers")
        void segment_lastBlockOfTheLongestContent_hasTheLastCounter(ContentCipher cipher) throws Exception {
            long last = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF.maxPlaintextBytes() - 16;
            ByteBuffer out = ByteBuffer.allocate(16);
            try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV);
                    Segment segment = cipher.segment(key, Direction.DECRYPT, last)) {
                segment.update(ByteBuffer.allocate(16), out);
                assertThat(out.array()).isEqualTo(byCounter(key, 0xffff_ffffL, new byte[16]));
            }
        }

        @Test
        void tag_digestsBeyondTheLongestContent_areRefused() {
            long max = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF.maxPlaintextBytes();
            try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV);
                    GcmKey derived = GcmKey.of(key, new AesCiphers(SUN));
                    SegmentDigest most = new GcmSegmentDigest(0, max, new long[2], derived.fingerprint());
                    SegmentDigest tooMuch = new GcmSegmentDigest(0, max + 1, new long[2], derived.fingerprint())) {
                assertThat(JcaContentCipher.platform().tag(key, List.of(most)).size())
                        .isEqualTo(16);
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> JcaContentCipher.platform().tag(key, List.of(tooMuch)));
            }
        }

        private static byte[] byCounter(ContentKey key, long counter, byte[] bytes) throws Exception {
            Cipher ctr = Cipher.getInstance("AES/CTR/NoPadding", SUN);
            byte[] block = key.use((raw, iv, aad) ->
                    ByteBuffer.allocate(16).put(iv).putInt((int) counter).array());
            SecretKeySpec aes = key.use((raw, iv, aad) -> new SecretKeySpec(raw, "AES"));
            ctr.init(Cipher.ENCRYPT_MODE, aes, new IvParameterSpec(block));
            return ctr.doFinal(bytes);
        }

        private static byte[] slowTag(ContentKey key, long zeroBlocks, byte[] ciphertext, long length)
                throws Exception {
            Cipher ecb = Cipher.getInstance("AES/ECB/NoPadding", SUN);
            SecretKeySpec aes = key.use((raw, iv, aad) -> new SecretKeySpec(raw, "AES"));
            ecb.init(Cipher.ENCRYPT_MODE, aes);
            BigInteger h = new BigInteger(1, ecb.doFinal(new byte[16]));
            byte[] aad = key.use((raw, iv, data) -> data);
            BigInteger hash = SlowGhash.ghash(h, BigInteger.ZERO, aad);
            // The hash of the zero-hashed run is zero by declaration; what stood before is carried past its blocks.
            hash = SlowGhash.multiply(hash, SlowGhash.power(h, zeroBlocks));
            hash = SlowGhash.ghash(h, hash, ciphertext);
            byte[] lengths = ByteBuffer.allocate(16)
                    .putLong(8L * aad.length)
                    .putLong(8 * length)
                    .array();
            hash = SlowGhash.ghash(h, hash, lengths);
            byte[] first = key.use(
                    (raw, iv, data) -> ByteBuffer.allocate(16).put(iv).putInt(1).array());
            return SlowGhash.block(hash.xor(new BigInteger(1, ecb.doFinal(first))));
        }
    }

    @Nested
    class Buffers {
        @Test
        void update_oneBufferForBoth_isRefusedAndNothingIsTaken() {
            ByteBuffer one = ByteBuffer.wrap(PLAINTEXT.clone());
            try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV);
                    Segment segment = JcaContentCipher.platform().segment(key, Direction.ENCRYPT, 0)) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> segment.update(one, one))
                        .withMessageContaining("duplicate()");
                segment.update(one, one.duplicate());
                assertThat(HEX.formatHex(one.array())).startsWith("b270190d34be6bdc");
            }
        }

        @Test
        void update_readOnlyOut_isRefusedAndNothingIsTaken() {
            ByteBuffer in = ByteBuffer.wrap(PLAINTEXT);
            ByteBuffer out = ByteBuffer.allocate(44);
            try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV);
                    Segment segment = JcaContentCipher.platform().segment(key, Direction.ENCRYPT, 0)) {
                assertThatThrownBy(() -> segment.update(in, out.asReadOnlyBuffer()))
                        .isInstanceOf(ReadOnlyBufferException.class);
                segment.update(in, out);
                assertThat(HEX.formatHex(out.array())).startsWith("b270190d34be6bdc");
            }
        }

        @Test
        void update_providerFailsMidway_closesTheSegment() {
            boolean[] down = {false};
            Provider failing = new CommandedProvider((key, spec) -> {
                if (down[0]) {
                    throw new ProviderException("token removed");
                }
                return key;
            });
            AesCiphers ciphers = new AesCiphers(failing);
            for (ContentCipher cipher : List.of(
                    JcaContentCipher.byComputedIv(ciphers, Way.REENCRYPTION),
                    JcaContentCipher.byCounter(ciphers, Way.GMAC))) {
                try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV);
                        Segment segment = cipher.segment(key, Direction.ENCRYPT, 0)) {
                    down[0] = true;
                    assertThatIllegalStateException()
                            .isThrownBy(() -> segment.update(ByteBuffer.wrap(PLAINTEXT), ByteBuffer.allocate(44)))
                            .withStackTraceContaining("token removed");
                    down[0] = false;
                    assertThatIllegalStateException()
                            .isThrownBy(() -> segment.update(ByteBuffer.wrap(PLAINTEXT), ByteBuffer.allocate(44)))
                            .withMessageContaining("closed");
                }
            }
        }
    }

    @Nested
    class Providers {
        @Test
        void probe_providersThatTakeLongIvs_encryptByThem() {
            assertThat(ComputedIvProbe.of(new AesCiphers(SUN)).encrypts()).isTrue();
            assertThat(ComputedIvProbe.of(new AesCiphers(BOUNCY_CASTLE)).encrypts())
                    .isTrue();
            assertThat(ComputedIvProbe.of(new AesCiphers(SUN)).hashes()).isTrue();
            assertThat(ComputedIvProbe.of(new AesCiphers(BOUNCY_CASTLE)).hashes())
                    .isTrue();
        }

        @Test
        void probe_providerThatTakesShortIvsOnly_encryptsByCounter() {
            Provider strict = new CommandedProvider(JcaContentCipherTest::shortIvsOnly);
            assertThat(ComputedIvProbe.of(new AesCiphers(strict)).encrypts()).isFalse();
            assertThat(ComputedIvProbe.of(new AesCiphers(strict)).hashes()).isFalse();
            try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV);
                    Segment segment = JcaContentCipher.with(strict).segment(key, Direction.ENCRYPT, 0);
                    Segment sun = JcaContentCipher.with(SUN).segment(key, Direction.ENCRYPT, 0)) {
                segment.update(ByteBuffer.wrap(PLAINTEXT), ByteBuffer.allocate(44));
                sun.update(ByteBuffer.wrap(PLAINTEXT), ByteBuffer.allocate(44));
                try (SegmentDigest found = segment.finish();
                        SegmentDigest wanted = sun.finish()) {
                    assertThat(found.sameAs(wanted))
                            .as("digests of two providers")
                            .isTrue();
                }
            }
        }

        @Test
        void probe_providerThatMistakesLongIvs_encryptsByCounter() {
            Provider mistaken = new CommandedProvider(new DelegatingCipher.Command() {
                @Override
                public Key key(Key given, AlgorithmParameterSpec spec) {
                    return given;
                }

                @Override
                public AlgorithmParameterSpec parameters(int mode, AlgorithmParameterSpec given) {
                    return given instanceof GCMParameterSpec gcm && gcm.getIV().length == 16
                            ? new GCMParameterSpec(128, Arrays.copyOf(gcm.getIV(), 12))
                            : given;
                }
            });
            assertThat(ComputedIvProbe.of(new AesCiphers(mistaken)).encrypts()).isFalse();
            assertThat(ComputedIvProbe.of(new AesCiphers(mistaken)).hashes()).isFalse();
        }

        @Test
        void probe_providerThatHoldsOutputBack_encryptsByCounter() {
            ComputedIvProbe probe = ComputedIvProbe.of(new AesCiphers(new CommandedProvider(new HoldingBack())));
            assertThat(probe.encrypts()).isFalse();
            assertThat(probe.hashes()).as("by encrypting again").isTrue();
        }

        @Test
        void update_providerThatHoldsOutputBackAfterAll_givesNoWrongBytes() {
            ContentCipher cipher =
                    JcaContentCipher.byComputedIv(new AesCiphers(new CommandedProvider(new HoldingBack())), Way.GMAC);
            try (ContentKey key = key(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, IV);
                    Segment segment = cipher.segment(key, Direction.ENCRYPT, 0)) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> segment.update(ByteBuffer.wrap(PLAINTEXT), ByteBuffer.allocate(44)));
            }
        }

        @Test
        void with_providerWhoseCiphersTakeNoKeyOfOurs_isRefused() {
            for (Class<? extends AlgorithmParameterSpec> failing :
                    List.of(GCMParameterSpec.class, IvParameterSpec.class)) {
                Provider token = new CommandedProvider((key, spec) -> {
                    if (failing.isInstance(spec)) {
                        throw new InvalidKeyException("not a key of this token");
                    }
                    return key;
                });
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> JcaContentCipher.with(token))
                        .withMessageContaining("Commanded")
                        .withStackTraceContaining("not a key of this token");
            }
        }

        @Test
        @Tag("PRV-004")
        void with_providerWithoutTheCipher_namesBoth() {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> JcaContentCipher.with(Security.getProvider("SUN")))
                    .withMessageContaining("SUN")
                    .withMessageContaining("AES/GCM/NoPadding");
        }

        @Test
        @Tag("PRV-004")
        void with_providerThatHasGcmAlone_takesTheRestFromThePlatformAndSaysSo() {
            assertThat(JcaContentCipher.with(CommandedProvider.lacking("AES/CTR/NoPadding")))
                    .hasToString("JcaContentCipher[Commanded, AES/CTR/NoPadding of SunJCE]");
            assertThat(JcaContentCipher.with(CommandedProvider.lacking("AES/ECB/NoPadding")))
                    .hasToString("JcaContentCipher[Commanded, AES/ECB/NoPadding of SunJCE]");
            assertThat(JcaContentCipher.with(SUN)).hasToString("JcaContentCipher[SunJCE]");
        }

        @Test
        @Tag("PRV-005")
        void with_providerNotRegistered_isUsedWithoutRegisteringIt() {
            Provider[] before = Security.getProviders();
            assertThat(JcaContentCipher.with(BOUNCY_CASTLE)).hasToString("JcaContentCipher[BC]");
            assertThat(Security.getProviders()).isEqualTo(before);
        }
    }

    /** Gives its output late, as some providers do to work on many blocks at once. */
    static final class HoldingBack implements DelegatingCipher.Command {
        @Override
        public Key key(Key given, AlgorithmParameterSpec spec) {
            return given;
        }

        @Override
        public int holdsBack() {
            return 70;
        }
    }

    private static Key shortIvsOnly(Key key, AlgorithmParameterSpec spec) throws InvalidAlgorithmParameterException {
        if (spec instanceof GCMParameterSpec gcm && gcm.getIV().length != 12) {
            throw new InvalidAlgorithmParameterException("IV of " + gcm.getIV().length + " bytes");
        }
        return key;
    }
}
