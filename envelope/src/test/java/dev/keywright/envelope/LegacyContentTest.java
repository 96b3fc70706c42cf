/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static dev.keywright.envelope.KnownAnswers.OBJECT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.LegacyContentCipher;
import dev.keywright.spi.PolicyException;
import dev.keywright.spi.WrappedDataKey;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Content that nothing authenticates, and wraps that bind to nothing: each behind its switch. */
class LegacyContentTest {
    private static final int SEGMENT = SegmentedInputStream.SEGMENT_BYTES;
    private static final Keyring KEYRING = KnownAnswers.keyring();
    private final AtomicInteger unwraps = new AtomicInteger();

    @TempDir
    private Path spools;

    private ObjectDecryptor.Builder builder(Keyring keyring) {
        CryptographicMaterialsManager inner = CryptographicMaterialsManager.of(keyring);
        return builder(new CryptographicMaterialsManager() {
            @Override
            public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                return inner.forEncrypt(object, request);
            }

            @Override
            public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                unwraps.incrementAndGet();
                return inner.forDecrypt(object, wrapped, request);
            }
        });
    }

    private ObjectDecryptor.Builder builder(CryptographicMaterialsManager materials) {
        return ObjectDecryptor.builder(materials, new ReferenceContentCipher())
                .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
                .spoolDirectory(spools);
    }

    private ObjectDecryptor.Builder open(Keyring keyring) {
        return builder(keyring)
                .enableLegacyWrappingAlgorithms(true)
                .enableLegacyUnauthenticatedModes(KnownAnswers.cbc());
    }

    private static byte[] verified(ObjectDecryptor decryptor, Map<String, String> metadata, byte[] body, long length)
            throws IOException {
        try (Decryption decryption = decryptor.begin(OBJECT, metadata, Map.of());
                InputStream plaintext = decryption.verified(new ByteArrayInputStream(body), length)) {
            return plaintext.readAllBytes();
        }
    }

    private static byte[] unverified(ObjectDecryptor decryptor, Map<String, String> metadata, byte[] body, long length)
            throws IOException {
        try (Decryption decryption = decryptor.begin(OBJECT, metadata, Map.of());
                InputStream plaintext = decryption.unverified(new ByteArrayInputStream(body), length)) {
            return plaintext.readAllBytes();
        }
    }

    private static byte[] encrypt(byte[] plaintext) {
        try {
            Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    new SecretKeySpec(KnownAnswers.DATA_KEY, "AES"),
                    new IvParameterSpec(KnownAnswers.CBC_IV));
            return cipher.doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static Map<String, String> with(Map<String, String> base, String name, String value) {
        Map<String, String> changed = new HashMap<>(base);
        changed.put(name, value);
        return changed;
    }

    @Test
    @Tag("SUI-001")
    @Tag("LEG-004")
    @Tag("CLI-010")
    @Tag("CLI-014")
    void v1_knownAnswer_isReadInEveryWay() throws IOException {
        ObjectDecryptor decryptor = open(KEYRING).build();
        byte[] body = KnownAnswers.CBC_BODY;

        assertThat(verified(decryptor, KnownAnswers.V1, body, body.length)).isEqualTo(KnownAnswers.PLAINTEXT);
        assertThat(unverified(decryptor, KnownAnswers.V1, body, body.length)).isEqualTo(KnownAnswers.PLAINTEXT);
    }

    static Stream<Integer> sizes() {
        return Stream.of(
                0,
                1,
                15,
                16,
                17,
                31,
                32,
                SEGMENT - 17,
                SEGMENT - 16,
                SEGMENT - 1,
                SEGMENT,
                SEGMENT + 1,
                SEGMENT + 16,
                2 * SEGMENT + 5);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void cbc_ofAnySize_isReadInEveryWay(int bytes) throws IOException {
        byte[] plaintext = new byte[bytes];
        new Random(bytes).nextBytes(plaintext);
        byte[] body = encrypt(plaintext);
        for (long length : new long[] {body.length, Decryption.UNKNOWN_LENGTH}) {
            for (int buffer : new int[] {0, 8 << 20}) {
                ObjectDecryptor decryptor = open(KEYRING).bufferBytes(buffer).build();
                assertThat(verified(decryptor, KnownAnswers.V1, body, length)).isEqualTo(plaintext);
                assertThat(unverified(decryptor, KnownAnswers.V1, body, length)).isEqualTo(plaintext);
            }
        }
        try (Stream<Path> left = Files.list(spools)) {
            assertThat(left).isEmpty();
        }
    }

    /** Where the held ciphertext goes, and that nothing is left of key, plaintext and files. */
    @Nested
    class Lifetime {
        private final List<ContentKey> keys = new ArrayList<>();
        private final List<ByteBuffer> plaintexts = new ArrayList<>();
        private final AtomicInteger closed = new AtomicInteger();

        private Decryption begin(int bufferBytes, Map<String, String> metadata) {
            LegacyContentCipher real = KnownAnswers.cbc();
            return builder(KEYRING)
                    .enableLegacyWrappingAlgorithms(true)
                    .enableLegacyUnauthenticatedModes((key, previous, in, out) -> {
                        keys.add(key);
                        plaintexts.add(out.duplicate());
                        real.decrypt(key, previous, in, out);
                    })
                    .bufferBytes(bufferBytes)
                    .build()
                    .begin(OBJECT, metadata, Map.of());
        }

        private InputStream stream(byte[] body) {
            return new ByteArrayInputStream(body) {
                @Override
                public void close() {
                    closed.incrementAndGet();
                }
            };
        }

        private long spoolFilesWhileOpen(int bufferBytes, byte[] body) throws IOException {
            try (InputStream plaintext = begin(bufferBytes, KnownAnswers.V1).verified(stream(body), body.length);
                    Stream<Path> files = Files.list(spools)) {
                long names = files.count();
                assertThat(plaintext.readAllBytes()).isNotEmpty();
                return names;
            }
        }

        private void assertNothingLives() throws IOException {
            assertThat(keys)
                    .isNotEmpty()
                    .allSatisfy(key -> assertThatThrownBy(() -> key.use((raw, iv, aad) -> raw.length))
                            .isInstanceOf(IllegalStateException.class));
            assertThat(plaintexts).allSatisfy(buffer -> {
                byte[] left = new byte[buffer.remaining()];
                buffer.get(left);
                assertThat(left).containsOnly(0);
            });
            assertThat(closed).hasPositiveValue();
            try (Stream<Path> left = Files.list(spools)) {
                assertThat(left).isEmpty();
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 8 << 20})
        void verified_readAndClosed_leavesNothing(int bufferBytes) throws IOException {
            byte[] body = encrypt(new byte[SEGMENT + 100]);
            try (InputStream read = begin(bufferBytes, KnownAnswers.V1).verified(stream(body), body.length)) {
                assertThat(read.readAllBytes()).hasSize(SEGMENT + 100);
            }
            assertNothingLives();
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 8 << 20})
        void verified_refused_leavesNothing(int bufferBytes) throws IOException {
            byte[] body = Arrays.copyOf(encrypt(new byte[SEGMENT + 100]), SEGMENT + 96);
            Decryption decryption = begin(bufferBytes, KnownAnswers.V1);
            assertThatThrownBy(() -> decryption.verified(stream(body), body.length))
                    .isInstanceOf(IntegrityException.class);
            assertNothingLives();
        }

        @Test
        void unverified_closedMidway_leavesNothing() throws IOException {
            byte[] body = encrypt(new byte[SEGMENT + 100]);
            try (InputStream read = begin(0, KnownAnswers.V1).unverified(stream(body), body.length)) {
                assertThat(read.read()).isZero();
                assertThat(read.available()).isPositive();
            }
            assertNothingLives();
        }

        /** A directory that can't hold a file shows where a body would have gone. */
        @Test
        void body_upToTheBuffer_staysInMemoryAndALongerOneDoesNot() throws IOException {
            byte[] body = KnownAnswers.CBC_BODY;
            Path nowhere = spools.resolve("nowhere");
            for (int buffer : new int[] {body.length, body.length + 1}) {
                ObjectDecryptor decryptor = open(KEYRING)
                        .spoolDirectory(nowhere)
                        .bufferBytes(buffer)
                        .build();
                assertThat(verified(decryptor, KnownAnswers.V1, body, body.length))
                        .isEqualTo(KnownAnswers.PLAINTEXT);
            }
            ObjectDecryptor small = open(KEYRING)
                    .spoolDirectory(nowhere)
                    .bufferBytes(body.length - 1)
                    .build();
            assertThatThrownBy(() -> verified(small, KnownAnswers.V1, body, body.length))
                    .isInstanceOf(NoSuchFileException.class);
            ObjectDecryptor unknown =
                    open(KEYRING).spoolDirectory(nowhere).bufferBytes(8 << 20).build();
            assertThatThrownBy(() -> verified(unknown, KnownAnswers.V1, body, Decryption.UNKNOWN_LENGTH))
                    .isInstanceOf(NoSuchFileException.class);
            assertThat(spoolFilesWhileOpen(0, body)).isLessThanOrEqualTo(1);
        }
    }

    @Nested
    class Switches {
        @Test
        @Tag("CLI-013")
        @Tag("CLI-015")
        @Tag("LEG-001")
        @Tag("LEG-003")
        void row28_contentSwitchOff_refusesNamingTheSuite() {
            ObjectDecryptor decryptor =
                    builder(KEYRING).enableLegacyWrappingAlgorithms(true).build();

            assertThatThrownBy(() -> decryptor.begin(OBJECT, KnownAnswers.V1, Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF.name());
            assertThat(unwraps).hasValue(0);
        }

        @ParameterizedTest
        @ValueSource(booleans = {true, false})
        @Tag("CLI-011")
        @Tag("KMS-011")
        @Tag("SEC-020")
        void row25_wrapSwitchOff_refusesBeforeAnyKeyringWhateverTheKey(boolean padded) {
            ObjectDecryptor decryptor = builder(KEYRING)
                    .enableLegacyUnauthenticatedModes(KnownAnswers.cbc())
                    .build();
            byte[] rsa = new byte[256];
            rsa[0] = (byte) (padded ? 1 : 2);
            String key = Base64.getEncoder().encodeToString(rsa);

            assertThatThrownBy(() -> decryptor.begin(OBJECT, with(KnownAnswers.V1, "x-amz-key", key), Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessage("reading s3://bucket/key (format V1, ALG_AES_256_CBC_IV16_NO_KDF, wrapped by RSA, "
                            + "materials description {}): legacy wrap RSA is not enabled; to read such objects enable "
                            + "legacy wrapping algorithms");
            assertThat(unwraps).hasValue(0);
        }

        @Test
        @Tag("COM-006")
        @Tag("DCM-002")
        void row29_policyThatRequiresCommitment_refuses() {
            ObjectDecryptor decryptor = open(KEYRING)
                    .commitmentPolicy(CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
                    .build();

            assertThatThrownBy(() -> decryptor.begin(OBJECT, KnownAnswers.V1, Map.of()))
                    .isInstanceOf(PolicyException.class)
                    .hasMessageContaining("REQUIRE_ENCRYPT_ALLOW_DECRYPT");
            assertThat(unwraps).hasValue(0);
        }

        @Test
        @Tag("CLI-010")
        void authenticatedContentUnderALegacyWrap_needsTheWrapSwitchOnly() throws IOException {
            Map<String, String> aesWrap = with(
                    with(KnownAnswers.V2, "x-amz-wrap-alg", "AESWrap"),
                    "x-amz-key-v2",
                    "iNDAtKXHFfQo8VRl7igNYXRsOw5HU4GpSaF19o02DY+r4ZENHDforg==");
            ObjectDecryptor decryptor =
                    builder(KEYRING).enableLegacyWrappingAlgorithms(true).build();

            assertThat(verified(decryptor, aesWrap, KnownAnswers.V2_BODY, KnownAnswers.V2_BODY.length))
                    .isEqualTo(KnownAnswers.PLAINTEXT);
            assertThatThrownBy(() -> builder(KEYRING).build().begin(OBJECT, aesWrap, Map.of()))
                    .isInstanceOf(PolicyException.class);
        }
    }

    /** Format V1, where any difference between failures would be an oracle. */
    @Nested
    class OneFailure {
        private final List<String> messages = new ArrayList<>();

        private void assertFails(Keyring keyring, Map<String, String> metadata, byte[] body, long length) {
            for (int buffer : new int[] {0, 8 << 20}) {
                ObjectDecryptor decryptor = open(keyring).bufferBytes(buffer).build();
                add(() -> verified(decryptor, metadata, body, length));
            }
            add(() -> unverified(open(keyring).build(), metadata, body, length));
        }

        private void add(org.assertj.core.api.ThrowableAssert.ThrowingCallable read) {
            assertThatThrownBy(read).isInstanceOfSatisfying(IntegrityException.class, e -> {
                assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT);
                messages.add(e.getMessage());
                for (Throwable t = e; t != null; t = t.getCause()) {
                    assertThat(t).isInstanceOf(IntegrityException.class);
                }
            });
        }

        @Test
        @Tag("SEC-023")
        @Tag("SEC-024")
        @Tag("SEC-016")
        void whateverIsWrong_theErrorIsOneAndTheSame() {
            byte[] body = KnownAnswers.CBC_BODY;
            Map<String, String> v1 = KnownAnswers.V1;
            byte[] badPadding = body.clone();
            badPadding[body.length - 17] ^= 0x40; // the last byte of the plaintext's last block
            byte[] otherMasterKey = new byte[32];

            assertFails(KEYRING, v1, badPadding, body.length);
            assertFails(KnownAnswers.keyringOf(otherMasterKey), v1, body, body.length);
            assertFails(KEYRING, with(v1, "x-amz-key", flipped(v1.get("x-amz-key"))), body, body.length);
            assertFails(KEYRING, with(v1, "x-amz-key", "AAAA"), body, body.length);
            for (int length = 0; length < body.length; length++) {
                byte[] truncated = Arrays.copyOf(body, length);
                if (length % 16 != 0 || length == 0) {
                    assertFails(KEYRING, v1, truncated, length);
                    assertFails(KEYRING, v1, truncated, Decryption.UNKNOWN_LENGTH);
                }
                assertFails(KEYRING, v1, truncated, body.length);
            }
            assertFails(KEYRING, v1, Arrays.copyOf(body, body.length + 16), body.length);
            assertFails(KEYRING, v1, Arrays.copyOf(body, body.length + 1), Decryption.UNKNOWN_LENGTH);

            assertThat(messages).containsOnly(messages.get(0));
        }

        /** The key that did not unwrap is found out where a bad body is: after the body was read, not before. */
        @Test
        @Tag("SEC-024")
        void keyThatDoesNotUnwrap_failsOnlyOnceTheBodyWasRead() {
            ObjectDecryptor decryptor = open(KEYRING).build();
            AtomicInteger read = new AtomicInteger();
            InputStream body = new ByteArrayInputStream(KnownAnswers.CBC_BODY) {
                @Override
                public synchronized int read(byte[] into, int offset, int length) {
                    int got = super.read(into, offset, length);
                    read.addAndGet(Math.max(got, 0));
                    return got;
                }
            };

            Decryption decryption = decryptor.begin(OBJECT, with(KnownAnswers.V1, "x-amz-key", "AAAA"), Map.of());
            assertThatThrownBy(() -> decryption.verified(body, KnownAnswers.CBC_BODY.length))
                    .isInstanceOf(IntegrityException.class);

            assertThat(read).hasValue(KnownAnswers.CBC_BODY.length);
        }

        /** A random key gives right padding once in 256 times; that must not pass for a right key. */
        @Test
        @Tag("SEC-019")
        void keyThatDoesNotUnwrap_neverGivesPlaintext() {
            ObjectDecryptor decryptor = open(KEYRING).build();
            Map<String, String> altered = with(KnownAnswers.V1, "x-amz-key", "AAAA");
            for (int i = 0; i < 2000; i++) {
                assertThatThrownBy(() -> verified(decryptor, altered, KnownAnswers.CBC_BODY, 48))
                        .isInstanceOf(IntegrityException.class);
            }
        }

        /** Nobody's key, an outage: no oracle, and worth telling apart. */
        @Test
        void keyThatCannotBeHad_isToldAtOnce() {
            Map<String, String> otherDescription = with(KnownAnswers.V1, "x-amz-matdesc", "{\"key\":\"other\"}");

            assertThatThrownBy(() -> open(KEYRING).build().begin(OBJECT, otherDescription, Map.of()))
                    .isInstanceOf(KeyringException.class);
        }

        private static String flipped(String base64) {
            byte[] bytes = Base64.getDecoder().decode(base64);
            bytes[20] ^= 1;
            return Base64.getEncoder().encodeToString(bytes);
        }
    }

    /** Format V2 over CBC under a wrap that is authenticated: the wrap's failure is told, the body's are one. */
    @Test
    @Tag("SEC-006")
    void row09_gcmObjectRelabelledToCbc_doesNotUnwrap() {
        Map<String, String> relabelled = with(
                with(with(KnownAnswers.V2, "x-amz-cek-alg", "AES/CBC/PKCS5Padding"), "x-amz-tag-len", "0"),
                "x-amz-iv",
                Base64.getEncoder().encodeToString(new byte[16]));

        assertThatThrownBy(() -> open(KEYRING).build().begin(OBJECT, relabelled, Map.of()))
                .isInstanceOfSatisfying(
                        IntegrityException.class,
                        e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY));
    }

    @Nested
    class KmsWithoutContext {
        @Test
        @Tag("SEC-008")
        void row11_callersContext_isRefusedBeforeAnyKeyring() {
            assertThatThrownBy(() -> open(KEYRING).build().begin(OBJECT, KnownAnswers.V2_CBC, Map.of("tenant", "blue")))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.CANNOT_BIND_CONTEXT));
            assertThat(unwraps).hasValue(0);
        }

        @Test
        @Tag("SEC-030")
        void row11_contextThatNamesAContentAlgorithm_isRefusedBeforeAnyKeyring() {
            Map<String, String> relabelled =
                    with(KnownAnswers.V2_CBC, "x-amz-matdesc", "{\"aws:x-amz-cek-alg\":\"AES/CBC/PKCS5Padding\"}");

            assertThatThrownBy(() -> open(KEYRING).build().begin(OBJECT, relabelled, Map.of()))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY))
                    .hasMessageContaining("kms+context");
            assertThat(unwraps).hasValue(0);
        }

        @Test
        void keyThatDoesNotUnwrap_isToldAtOnce() {
            CryptographicMaterialsManager failing = new CryptographicMaterialsManager() {
                @Override
                public EncryptionMaterials forEncrypt(ObjectName object, KeyRequest request) {
                    throw new AssertionError();
                }

                @Override
                public DataKey forDecrypt(ObjectName object, WrappedDataKey wrapped, KeyRequest request) {
                    throw new IntegrityException(IntegrityException.Stage.WRAPPED_KEY, "no");
                }
            };
            ObjectDecryptor decryptor = builder(failing)
                    .enableLegacyWrappingAlgorithms(true)
                    .enableLegacyUnauthenticatedModes(KnownAnswers.cbc())
                    .build();

            assertThatThrownBy(() -> decryptor.begin(OBJECT, KnownAnswers.V2_CBC, Map.of()))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY));
        }
    }

    @Nested
    class Padding {
        @Test
        void padding_ofEveryLength_isTakenOff() {
            for (int pad = 1; pad <= 16; pad++) {
                byte[] block = new byte[16];
                Arrays.fill(block, 16 - pad, 16, (byte) pad);
                assertThat(CbcPadding.plaintextBytes(block)).isEqualTo(16 - pad);
            }
        }

        @Test
        void padding_withAnyOtherByteInIt_isNone() {
            for (int pad = 1; pad <= 16; pad++) {
                for (int at = 16 - pad; at < 15; at++) {
                    byte[] block = new byte[16];
                    Arrays.fill(block, 16 - pad, 16, (byte) pad);
                    block[at] ^= (byte) 0x80;
                    assertThat(CbcPadding.plaintextBytes(block)).isEqualTo(-1);
                }
            }
        }

        @Test
        void padding_ofNoLengthThereIs_isNone() {
            for (int last = 0; last < 256; last++) {
                byte[] block = new byte[16];
                Arrays.fill(block, (byte) last);
                assertThat(CbcPadding.plaintextBytes(block)).isEqualTo(last >= 1 && last <= 16 ? 16 - last : -1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    @Tag("INT-008")
    void dataKeyOfAnyAesLength_opensCbcAndGcm(int bytes) {
        for (AlgorithmSuite suite :
                List.of(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF, AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF)) {
            assertThat(suite.acceptsDataKeyBytes(bytes)).isTrue();
        }
        assertThat(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY.acceptsDataKeyBytes(bytes))
                .isEqualTo(bytes == 32);
    }
}
