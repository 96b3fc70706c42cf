/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.ContentKeyDerivation.NewContentKey;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.Provider;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.MacSpi;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Known answers are those of the wire format, section 19.1, made by two other implementations. */
class ContentKeyDerivationTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final AlgorithmSuite GCM = AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF;
    private static final AlgorithmSuite COMMITTING = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
    private static final AlgorithmSuite COMMITTING_RANGE = AlgorithmSuite.ALG_AES_256_CTR_HKDF_SHA512_COMMIT_KEY;
    private static final byte[] DATA_KEY =
            HEX.parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    private static final Bytes MESSAGE_ID = hex("404142434445464748494a4b4c4d4e4f505152535455565758595a5b");
    private static final Bytes COMMITMENT = hex("0e7419e5cfb7c60d57a748d87c03278749350c9bb4c973f4f40831f4");
    private static final String CONTENT_KEY = "35f108bd2c11d0a8334d2c5d6e7dacb51d477b00723a49466ef1dff41ff45d52";
    private static final Bytes IV = hex("a0a1a2a3a4a5a6a7a8a9aaab");
    private static final ContentKeyDerivation DERIVATION = ContentKeyDerivation.platform();

    private static Bytes hex(String hex) {
        return Bytes.copyOf(HEX.parseHex(hex));
    }

    private static DataKey dataKey() {
        return DataKey.adopt(DATA_KEY.clone());
    }

    private static Bytes zeros(int bytes) {
        return Bytes.copyOf(new byte[bytes]);
    }

    private static String keyOf(ContentKey key) {
        return key.use((raw, iv, aad) -> HEX.formatHex(raw));
    }

    private static void failsIntegrity(IntegrityException.Stage stage, Supplier<ContentKey> call) {
        assertThatThrownBy(call::get)
                .isInstanceOfSatisfying(
                        IntegrityException.class, e -> assertThat(e.stage()).isEqualTo(stage));
    }

    @Nested
    class Committing {
        @Test
        @Tag("KDF-001")
        @Tag("KDF-002")
        @Tag("KDF-008")
        @Tag("KDF-009")
        @Tag("KDF-010")
        @Tag("ENC-011")
        @Tag("ENC-012")
        void forEncrypt_knownDataKey_givesTheKnownCommitment() {
            try (DataKey dataKey = dataKey()) {
                NewContentKey made = DERIVATION.forEncrypt(COMMITTING, dataKey, MESSAGE_ID);
                made.key().close();
                assertThat(made.commitment()).isEqualTo(COMMITMENT);
            }
        }

        @ParameterizedTest
        @EnumSource(
                value = AlgorithmSuite.class,
                names = {"ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY", "ALG_AES_256_CTR_HKDF_SHA512_COMMIT_KEY"})
        @Tag("KDF-005")
        @Tag("KDF-006")
        @Tag("KDF-007")
        @Tag("KDF-011")
        @Tag("KDF-012")
        @Tag("KDF-014")
        void forDecrypt_knownDataKey_givesTheKnownKeyIvAndAdditionalData(AlgorithmSuite suite) {
            try (DataKey dataKey = dataKey();
                    ContentKey key = DERIVATION.forDecrypt(suite, dataKey, MESSAGE_ID, COMMITMENT)) {
                assertThat(key.suite()).isEqualTo(suite);
                assertThat(keyOf(key)).isEqualTo(CONTENT_KEY);
                assertThat(key.<byte[]>use((raw, iv, aad) -> iv)).hasSize(12).containsOnly(1);
                assertThat(key.<byte[]>use((raw, iv, aad) -> aad)).containsExactly(0x00, 0x73);
            }
        }

        @Test
        @Tag("KDF-013")
        void forDecrypt_knownDataKey_opensTheKnownBody() throws Exception {
            byte[] body = HEX.parseHex("870f2f2057f80242783df333cb25a12450f94cba4a9650c5aaa5f6712f41ffec"
                    + "97963c09ccec92e044a59e8bac02e34b769d8d3c89030a5185c13cda");
            try (DataKey dataKey = dataKey();
                    ContentKey key = DERIVATION.forDecrypt(COMMITTING, dataKey, MESSAGE_ID, COMMITMENT)) {
                assertThat(open(key, body)).isEqualTo("The quick brown fox jumps over the lazy dog.");
            }
        }

        private String open(ContentKey key, byte[] body) {
            return key.use((raw, iv, aad) -> {
                try {
                    Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
                    gcm.init(Cipher.DECRYPT_MODE, new SecretKeySpec(raw, "AES"), new GCMParameterSpec(128, iv));
                    gcm.updateAAD(aad);
                    return new String(gcm.doFinal(body), StandardCharsets.US_ASCII);
                } catch (GeneralSecurityException e) {
                    throw new AssertionError(e);
                }
            });
        }

        @Test
        void forEncrypt_thenForDecrypt_giveTheSameKey() {
            try (DataKey dataKey = dataKey()) {
                NewContentKey made = DERIVATION.forEncrypt(COMMITTING, dataKey, zeros(28));
                try (ContentKey written = made.key();
                        ContentKey read = DERIVATION.forDecrypt(COMMITTING, dataKey, zeros(28), made.commitment())) {
                    assertThat(keyOf(read)).isEqualTo(keyOf(written)).isNotEqualTo(CONTENT_KEY);
                }
            }
        }

        @Test
        void forDecrypt_anyBitOfTheCommitmentFlipped_isNoIntegrity() {
            try (DataKey dataKey = dataKey()) {
                for (int bit = 0; bit < 8 * COMMITMENT.size(); bit++) {
                    byte[] flipped = COMMITMENT.toByteArray();
                    flipped[bit / 8] ^= (byte) (1 << bit % 8);
                    failsIntegrity(
                            IntegrityException.Stage.COMMITMENT,
                            () -> DERIVATION.forDecrypt(COMMITTING, dataKey, MESSAGE_ID, Bytes.copyOf(flipped)));
                }
            }
        }

        @Test
        void forDecrypt_otherDataKeyOrMessageId_isNoIntegrity() {
            byte[] other = DATA_KEY.clone();
            other[31] ^= 1;
            try (DataKey dataKey = dataKey();
                    DataKey otherKey = DataKey.adopt(other)) {
                failsIntegrity(
                        IntegrityException.Stage.COMMITMENT,
                        () -> DERIVATION.forDecrypt(COMMITTING, otherKey, MESSAGE_ID, COMMITMENT));
                failsIntegrity(
                        IntegrityException.Stage.COMMITMENT,
                        () -> DERIVATION.forDecrypt(COMMITTING, dataKey, zeros(28), COMMITMENT));
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 12, 27, 29, 56})
        @Tag("KDF-004")
        @Tag("ENC-003")
        void messageId_ofAnotherLength_isRefused(int bytes) {
            try (DataKey dataKey = dataKey()) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forEncrypt(COMMITTING, dataKey, zeros(bytes)))
                        .withMessageContaining(bytes + " bytes");
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forDecrypt(COMMITTING, dataKey, zeros(bytes), COMMITMENT));
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 27, 29})
        void commitment_ofAnotherLength_isRefused(int bytes) {
            Bytes cut = Bytes.copyOf(Arrays.copyOf(COMMITMENT.toByteArray(), bytes));
            try (DataKey dataKey = dataKey()) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forDecrypt(COMMITTING, dataKey, MESSAGE_ID, cut));
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 16, 24, 31, 33})
        @Tag("KDF-003")
        void dataKey_ofAnotherLength_isRefused(int bytes) {
            try (DataKey dataKey = DataKey.adopt(new byte[bytes])) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forEncrypt(COMMITTING, dataKey, MESSAGE_ID));
                failsIntegrity(
                        IntegrityException.Stage.WRAPPED_KEY,
                        () -> DERIVATION.forDecrypt(COMMITTING, dataKey, MESSAGE_ID, COMMITMENT));
            }
        }
    }

    @Nested
    class NotCommitting {
        @Test
        @Tag("ENC-008")
        @Tag("ENC-009")
        void forEncrypt_givesTheDataKeyItselfTheIvAndNoAdditionalData() {
            try (DataKey dataKey = dataKey()) {
                NewContentKey made = DERIVATION.forEncrypt(GCM, dataKey, IV);
                try (ContentKey key = made.key()) {
                    assertThat(made.commitment()).isEqualTo(Bytes.empty());
                    assertThat(keyOf(key)).isEqualTo(HEX.formatHex(DATA_KEY));
                    assertThat(key.<byte[]>use((raw, iv, aad) -> iv)).isEqualTo(IV.toByteArray());
                    assertThat(key.<byte[]>use((raw, iv, aad) -> aad)).isEmpty();
                }
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 32})
        void forDecrypt_anyAesLength_isRead(int bytes) {
            byte[] raw = Arrays.copyOf(DATA_KEY, bytes);
            try (DataKey dataKey = DataKey.adopt(raw.clone());
                    ContentKey key = DERIVATION.forDecrypt(GCM, dataKey, IV, Bytes.empty())) {
                assertThat(keyOf(key)).isEqualTo(HEX.formatHex(raw));
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 15, 17, 31, 33})
        void forDecrypt_noAesLength_isNoIntegrity(int bytes) {
            try (DataKey dataKey = DataKey.adopt(new byte[bytes])) {
                failsIntegrity(
                        IntegrityException.Stage.WRAPPED_KEY,
                        () -> DERIVATION.forDecrypt(GCM, dataKey, IV, Bytes.empty()));
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24})
        void forEncrypt_shorterDataKey_isRefused(int bytes) {
            try (DataKey dataKey = DataKey.adopt(new byte[bytes])) {
                assertThatIllegalArgumentException().isThrownBy(() -> DERIVATION.forEncrypt(GCM, dataKey, IV));
            }
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 11, 13, 16, 28})
        @Tag("ENC-003")
        void iv_ofAnotherLength_isRefused(int bytes) {
            try (DataKey dataKey = dataKey()) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forEncrypt(GCM, dataKey, zeros(bytes)));
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forDecrypt(GCM, dataKey, zeros(bytes), Bytes.empty()));
            }
        }

        @Test
        void forDecrypt_withACommitment_isRefused() {
            try (DataKey dataKey = dataKey()) {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forDecrypt(GCM, dataKey, IV, COMMITMENT));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(AlgorithmSuite.class)
    @Tag("ENC-006")
    @Tag("ENC-007")
    void forEncrypt_suiteThatIsNeverWritten_isRefused(AlgorithmSuite suite) {
        try (DataKey dataKey = dataKey()) {
            if (suite.isWritable()) {
                DERIVATION
                        .forEncrypt(suite, dataKey, zeros(suite.ivBytes()))
                        .key()
                        .close();
            } else {
                assertThatIllegalArgumentException()
                        .isThrownBy(() -> DERIVATION.forEncrypt(suite, dataKey, zeros(suite.ivBytes())))
                        .withMessageContaining("never written");
            }
        }
    }

    @Test
    void contentKey_dataKeyClosed_livesOnUntilItIsClosedItself() {
        ContentKey plain;
        ContentKey committed;
        try (DataKey dataKey = dataKey()) {
            plain = DERIVATION.forEncrypt(GCM, dataKey, IV).key();
            committed = DERIVATION.forDecrypt(COMMITTING_RANGE, dataKey, MESSAGE_ID, COMMITMENT);
        }
        assertThat(keyOf(plain)).isEqualTo(HEX.formatHex(DATA_KEY));
        assertThat(keyOf(committed)).isEqualTo(CONTENT_KEY);
        for (ContentKey key : new ContentKey[] {plain, committed}) {
            key.close();
            key.close();
            assertThatIllegalStateException().isThrownBy(() -> keyOf(key));
            assertThat(key.toString())
                    .contains("redacted")
                    .doesNotContain("00010203")
                    .doesNotContain("35f108bd");
        }
    }

    @Test
    void contentKey_loan_isWipedAfterTheCall() {
        try (DataKey dataKey = dataKey();
                ContentKey key = DERIVATION.forEncrypt(GCM, dataKey, IV).key()) {
            byte[] kept = key.use((raw, iv, aad) -> raw);
            assertThat(kept).containsOnly(0);
            key.use((raw, iv, aad) -> {
                Arrays.fill(iv, (byte) 9);
                return null;
            });
            assertThat(key.<byte[]>use((raw, iv, aad) -> iv)).isEqualTo(IV.toByteArray());
        }
    }

    @Test
    void derivation_onAGivenProvider_isTheSameAndNamesWhatIsMissing() {
        try (DataKey dataKey = dataKey();
                ContentKey key = ContentKeyDerivation.with(Security.getProvider("SunJCE"))
                        .forDecrypt(COMMITTING, dataKey, MESSAGE_ID, COMMITMENT)) {
            assertThat(keyOf(key)).isEqualTo(CONTENT_KEY);
            assertThatIllegalStateException()
                    .isThrownBy(() -> ContentKeyDerivation.with(Security.getProvider("SUN"))
                            .forEncrypt(COMMITTING, dataKey, MESSAGE_ID))
                    .withMessageContaining("HmacSHA512")
                    .withMessageContaining("SUN");
        }
    }

    /** Whether it really is constant in time can't be measured here; that it is what the platform has for that can be seen. */
    @Test
    @Tag("DCM-004")
    void commitment_isComparedByThePlatformsConstantTimeComparison() throws IOException {
        String source = Files.readString(Path.of("src/main/java/dev/keywright/spi/ContentKeyDerivation.java"));
        assertThat(source)
                .contains("MessageDigest.isEqual(derived, commitment.toByteArray())")
                .doesNotContain("Arrays.equals", "Arrays.compare", "Arrays.mismatch", "commitment.equals");
    }

    @Test
    @Tag("DCM-006")
    void contentKey_isNotDerivedBeforeTheCommitmentVerified() {
        ContentKeyDerivation derivation = ContentKeyDerivation.with(new NotingProvider());
        try (DataKey dataKey = dataKey()) {
            NotingMac.LABELS.clear();
            derivation.forDecrypt(COMMITTING, dataKey, MESSAGE_ID, COMMITMENT).close();
            assertThat(NotingMac.LABELS).containsExactly("COMMITKEY", "DERIVEKEY");

            NotingMac.LABELS.clear();
            failsIntegrity(
                    IntegrityException.Stage.COMMITMENT,
                    () -> derivation.forDecrypt(COMMITTING, dataKey, MESSAGE_ID, Bytes.copyOf(new byte[28])));
            assertThat(NotingMac.LABELS).containsExactly("COMMITKEY");
        }
    }

    /** HMAC by the platform, with a note of each label that is expanded. */
    private static final class NotingProvider extends Provider {
        NotingProvider() {
            super("Noting", "1", "HMAC that notes what is expanded");
            put("Mac.HmacSHA512", NotingMac.class.getName());
        }
    }

    public static final class NotingMac extends MacSpi {
        static final List<String> LABELS = new ArrayList<>();

        private final Mac mac;
        private final ByteArrayOutputStream data = new ByteArrayOutputStream();

        public NotingMac() throws GeneralSecurityException {
            this.mac = Mac.getInstance("HmacSHA512", "SunJCE");
        }

        @Override
        protected int engineGetMacLength() {
            return mac.getMacLength();
        }

        @Override
        protected void engineInit(Key key, AlgorithmParameterSpec parameters) throws InvalidKeyException {
            mac.init(key);
            data.reset();
        }

        @Override
        protected void engineUpdate(byte input) {
            mac.update(input);
            data.write(input);
        }

        @Override
        protected void engineUpdate(byte[] input, int offset, int length) {
            mac.update(input, offset, length);
            data.write(input, offset, length);
        }

        @Override
        protected byte[] engineDoFinal() {
            Matcher label = Pattern.compile("(COMMIT|DERIVE)KEY").matcher(data.toString(StandardCharsets.ISO_8859_1));
            if (label.find()) {
                LABELS.add(label.group());
            }
            return mac.doFinal();
        }

        @Override
        protected void engineReset() {
            mac.reset();
            data.reset();
        }
    }

    @Test
    void derivation_closedDataKey_isRefused() {
        DataKey dataKey = dataKey();
        dataKey.close();
        assertThatIllegalStateException().isThrownBy(() -> DERIVATION.forEncrypt(COMMITTING, dataKey, MESSAGE_ID));
    }
}
