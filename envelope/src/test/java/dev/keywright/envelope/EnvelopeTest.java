/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.FormatException;
import dev.keywright.spi.WrapAlgorithm;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Detection and strictness: what {@link Envelope#parse} reads, and all that it refuses. The refusing layer is the format. */
class EnvelopeTest {
    private static Map<String, String> with(Map<String, String> base, String name, String value) {
        Map<String, String> changed = new HashMap<>(base);
        changed.put(name, value);
        return changed;
    }

    private static Map<String, String> without(Map<String, String> base, String name) {
        Map<String, String> changed = new HashMap<>(base);
        assertThat(changed.remove(name)).as(name).isNotNull();
        return changed;
    }

    private static String base64(int bytes) {
        return Base64.getEncoder().encodeToString(new byte[bytes]);
    }

    private static void assertMalformed(Map<String, String> metadata, String... said) {
        assertThatThrownBy(() -> Envelope.parse(metadata))
                .isInstanceOfSatisfying(
                        FormatException.class, e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.MALFORMED))
                .hasMessageContainingAll(said);
    }

    @Nested
    class Reads {
        @Test
        @Tag("DET-003")
        void parse_v3_namesEverything() {
            Envelope envelope = Envelope.parse(KnownAnswers.V3);
            assertThat(envelope.format()).isEqualTo(MessageFormat.V3);
            assertThat(envelope.suite()).isEqualTo(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
            assertThat(envelope.wrapped().algorithm()).isEqualTo(WrapAlgorithm.AES_GCM);
            assertThat(envelope.ivOrMessageId().toByteArray()).isEqualTo(KnownAnswers.MESSAGE_ID);
            assertThat(envelope.toMetadata()).isEqualTo(KnownAnswers.V3);
        }

        @Test
        @Tag("DET-002")
        void parse_v2_namesEverything() {
            Envelope envelope = Envelope.parse(KnownAnswers.V2);
            assertThat(envelope.format()).isEqualTo(MessageFormat.V2);
            assertThat(envelope.suite()).isEqualTo(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
            assertThat(envelope.ivOrMessageId().toByteArray()).isEqualTo(KnownAnswers.GCM_IV);
            assertThat(envelope.toMetadata()).isEqualTo(KnownAnswers.V2);
        }

        @Test
        @Tag("DET-001")
        void parse_v1OfAnAesKey_namesEverything() {
            Envelope envelope = Envelope.parse(KnownAnswers.V1);
            assertThat(envelope.format()).isEqualTo(MessageFormat.V1);
            assertThat(envelope.suite()).isEqualTo(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF);
            assertThat(envelope.wrapped().algorithm()).isEqualTo(WrapAlgorithm.RAW_AES);
            assertThat(envelope.ivOrMessageId().toByteArray()).isEqualTo(KnownAnswers.CBC_IV);
            assertThat(envelope.commitment().size()).isZero();
        }

        /** The longest AES wrap has 48 bytes, the shortest RSA modulus far more. */
        @ParameterizedTest
        @CsvSource({"1,RAW_AES", "32,RAW_AES", "48,RAW_AES", "49,RAW_RSA", "256,RAW_RSA", "512,RAW_RSA"})
        @Tag("INT-017")
        void parse_v1_takesTheWrapFromTheKeysLength(int bytes, WrapAlgorithm wrap) {
            assertThat(Envelope.parse(with(KnownAnswers.V1, "x-amz-key", base64(bytes)))
                            .wrapped()
                            .algorithm())
                    .isEqualTo(wrap);
        }

        @Test
        @Tag("FMT-005")
        @Tag("INT-005")
        void parse_v1WithoutDescription_isAsWithAnEmptyOne() {
            assertThat(Envelope.parse(without(KnownAnswers.V1, "x-amz-matdesc")))
                    .isEqualTo(Envelope.parse(KnownAnswers.V1));
        }

        @ParameterizedTest
        @ValueSource(strings = {"", "0"})
        @Tag("FMT-015")
        @Tag("INT-025")
        void parse_cbcOfV2WithAnEmptyOrZeroTagLength_isAsWithout(String bits) {
            assertThat(Envelope.parse(with(KnownAnswers.V2_CBC, "x-amz-tag-len", bits)))
                    .isEqualTo(Envelope.parse(KnownAnswers.V2_CBC));
        }

        @Test
        @Tag("FMT-015")
        @Tag("SUI-004")
        void cbcOfV2_isNeverWritten() {
            Envelope envelope = Envelope.parse(KnownAnswers.V2_CBC);
            assertThatThrownBy(envelope::toMetadata).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(envelope::toInstructionFile).isInstanceOf(IllegalStateException.class);
        }

        @Test
        void lengths_ofCbcBodies_areNotKnownBeforehand() {
            Envelope envelope = Envelope.parse(KnownAnswers.V1);
            assertThat(envelope.plaintextBytes(48)).isEmpty();
            assertThatThrownBy(() -> envelope.bodyBytes(1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(envelope::toMetadata).isInstanceOf(IllegalStateException.class);
        }

        @ParameterizedTest
        @CsvSource({"02,AES_GCM", "12,KMS_CONTEXT", "22,RSA_OAEP_SHA1"})
        @Tag("VAL-008")
        @Tag("VAL-009")
        @Tag("VAL-010")
        void parse_v3WrapCode_isTheWrap(String code, WrapAlgorithm wrap) {
            Envelope envelope = Envelope.parse(with(KnownAnswers.V3, "x-amz-w", code));
            assertThat(envelope.wrapped().algorithm()).isEqualTo(wrap);
            assertThat(envelope.toMetadata()).containsEntry("x-amz-w", code);
        }

        @Test
        @Tag("INT-003")
        void parse_namesInOtherCase_areTheSame() {
            Map<String, String> canonical = KnownAnswers.V2.entrySet().stream()
                    .collect(Collectors.toMap(e -> e.getKey().toUpperCase(Locale.ROOT), Map.Entry::getValue));
            assertThat(Envelope.parse(canonical)).isEqualTo(Envelope.parse(KnownAnswers.V2));
        }

        @Test
        @Tag("INT-004")
        @Tag("VAL-004")
        @Tag("VAL-007")
        void parse_emptyMaps_countAsAbsent() {
            Map<String, String> goShaped = with(with(KnownAnswers.V3, "x-amz-m", ""), "x-amz-t", "");
            assertThat(Envelope.parse(goShaped)).isEqualTo(Envelope.parse(KnownAnswers.V3));
            assertThat(Envelope.parse(with(KnownAnswers.V2, "x-amz-matdesc", "")))
                    .isEqualTo(Envelope.parse(KnownAnswers.V2));
        }

        @Test
        @Tag("INT-005")
        void parse_v2WithoutDescription_hasAnEmptyOne() {
            assertThat(Envelope.parse(without(KnownAnswers.V2, "x-amz-matdesc")))
                    .isEqualTo(Envelope.parse(KnownAnswers.V2));
        }

        @ParameterizedTest
        @ValueSource(
                strings = {"x-amz-unencrypted-content-length", "x-amz-unencrypted-content-md5", "owner", "x-amz-foo"})
        @Tag("INT-013")
        @Tag("INT-014")
        void parse_unrelatedName_isPassedOver(String name) {
            assertThat(Envelope.parse(with(KnownAnswers.V3, name, "44"))).isEqualTo(Envelope.parse(KnownAnswers.V3));
            assertThat(Envelope.parse(with(KnownAnswers.V2, name, "44"))).isEqualTo(Envelope.parse(KnownAnswers.V2));
        }

        @Test
        @Tag("VAL-003")
        @Tag("VAL-006")
        void parse_v3Maps_theWrapSaysWhichOneCounts() {
            Map<String, String> both =
                    with(with(KnownAnswers.V3, "x-amz-m", "{\"a\":\"1\"}"), "x-amz-t", "{\"b\":\"2\"}");
            assertThat(Envelope.parse(both).wrapped().description()).isEqualTo(Map.of("a", "1"));
            assertThat(Envelope.parse(with(both, "x-amz-w", "12")).wrapped().description())
                    .isEqualTo(Map.of("b", "2"));
        }

        @Test
        void lengths_ofGcmBodies_differByTheTag() {
            Envelope envelope = Envelope.parse(KnownAnswers.V3);
            assertThat(envelope.bodyBytes(0)).isEqualTo(16);
            assertThat(envelope.plaintextBytes(60)).hasValue(44);
            assertThat(envelope.plaintextBytes(16)).hasValue(0);
            assertThatThrownBy(() -> envelope.plaintextBytes(15)).isInstanceOf(FormatException.class);
        }

        @Test
        @Tag("SEC-029")
        void reservedNames_areKnownInAnyCase() {
            assertThat(Envelope.isReservedName("X-Amz-Key-V2")).isTrue();
            assertThat(Envelope.isReservedName("x-amz-unencrypted-content-length"))
                    .isTrue();
            assertThat(Envelope.isReservedName("owner")).isFalse();
        }
    }

    /** Section 16 of the wire format, as far as the format layer must refuse. */
    @Nested
    class Refuses {
        @Test
        @Tag("SEC-021")
        void parse_plainObject_isNotEncrypted() {
            assertThatThrownBy(() -> Envelope.parse(Map.of("owner", "me")))
                    .isInstanceOfSatisfying(
                            FormatException.class,
                            e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.NOT_ENCRYPTED));
        }

        @ParameterizedTest
        @CsvSource({"x-amz-key,x-amz-key-v2", "x-amz-key,x-amz-3", "x-amz-key-v2,x-amz-3"})
        @Tag("DET-005")
        void row01_twoWrappedKeys_areRefused(String one, String other) {
            assertMalformed(Map.of(one, base64(60), other, base64(60)), "mixed formats");
            assertMalformed(with(with(KnownAnswers.V2, one, base64(60)), other, base64(60)), "mixed formats");
        }

        @Test
        @Tag("DET-005")
        void row01_allThreeWrappedKeys_areRefused() {
            assertMalformed(
                    Map.of("x-amz-key", base64(48), "x-amz-key-v2", base64(60), "x-amz-3", base64(60)), "two wrapped");
        }

        @Test
        @Tag("SEC-001")
        @Tag("FMT-017")
        void row02_v3NamesInjectedIntoV2_areRefused() {
            assertMalformed(with(with(KnownAnswers.V2, "x-amz-c", "115"), "x-amz-w", "12"), "mixed formats");
            for (String name : MetadataNames.NEW) {
                assertMalformed(with(KnownAnswers.V2, name, "x"), "mixed formats");
            }
        }

        @Test
        @Tag("FMT-032")
        void v2NamesInjectedIntoV3_areRefused() {
            for (String name : MetadataNames.OLD) {
                assertMalformed(with(KnownAnswers.V3, name, "x"), "mixed formats");
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-amz-c", "x-amz-d", "x-amz-i", "x-amz-3", "x-amz-w"})
        @Tag("FMT-018")
        @Tag("FMT-020")
        @Tag("FMT-026")
        @Tag("FMT-028")
        @Tag("FMT-030")
        @Tag("DET-006")
        void row05_v3WithoutARequiredName_isRefused(String name) {
            assertMalformed(without(KnownAnswers.V3, name), "truncated");
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len"})
        void messages_ofStrangeValues_forgeNoLineAndStayShort(String name) {
            assertThatThrownBy(
                            () -> Envelope.parse(with(KnownAnswers.V2, name, "x\n2026 \u001b[2J" + "y".repeat(5000))))
                    .isInstanceOf(FormatException.class)
                    .message()
                    .contains("'x?2026 ?[2Jy")
                    .matches("[ -~]{1,300}");
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-amz-key-v2", "x-amz-iv", "x-amz-wrap-alg", "x-amz-cek-alg"})
        @Tag("FMT-008")
        @Tag("FMT-010")
        @Tag("FMT-011")
        @Tag("FMT-012")
        @Tag("SEC-007")
        void row10_v2WithoutARequiredName_isRefused(String name) {
            assertMalformed(without(KnownAnswers.V2, name), "truncated");
        }

        @Test
        @Tag("DET-006")
        void everyStrictSubsetOfAnEnvelope_isRefused() {
            for (Map<String, String> whole : List.of(KnownAnswers.V3, without(KnownAnswers.V2, "x-amz-matdesc"))) {
                List<Map.Entry<String, String>> entries = new ArrayList<>(whole.entrySet());
                for (int mask = 0; mask < (1 << entries.size()) - 1; mask++) {
                    Map<String, String> subset = new HashMap<>();
                    for (int i = 0; i < entries.size(); i++) {
                        if ((mask >> i & 1) == 1) {
                            subset.put(entries.get(i).getKey(), entries.get(i).getValue());
                        }
                    }
                    assertThatThrownBy(() -> Envelope.parse(subset))
                            .as("%s", subset.keySet())
                            .isInstanceOf(FormatException.class);
                }
            }
        }

        @ParameterizedTest
        @ValueSource(strings = {"AES", "RSA", "aes/gcm", "AES/GCM ", "", "KMS+CONTEXT"})
        @Tag("SEC-007")
        void row10_unknownWrap_isRefused(String wrap) {
            assertMalformed(with(KnownAnswers.V2, "x-amz-wrap-alg", wrap), "x-amz-wrap-alg");
        }

        @ParameterizedTest
        @ValueSource(strings = {"115", "116", "AES/GCM", "AES/CTR/NoPadding", "aes/gcm/nopadding", ""})
        @Tag("SUI-003")
        void unknownContentAlgorithmInV2_isRefused(String algorithm) {
            assertMalformed(with(KnownAnswers.V2, "x-amz-cek-alg", algorithm), "x-amz-cek-alg");
        }

        @ParameterizedTest
        @ValueSource(strings = {"116", "0115", "115 ", "", "MTE1", "AES/GCM/NoPadding"})
        @Tag("SEC-011")
        void row14_contentCipherOtherThan115_isRefused(String cipher) {
            assertMalformed(with(KnownAnswers.V3, "x-amz-c", cipher), "x-amz-c", "115");
        }

        @ParameterizedTest
        @ValueSource(strings = {"01", "11", "21", "2", "AES/GCM", "", "99"})
        @Tag("SEC-012")
        void row15_wrapCodeOutsideTheThree_isRefused(String code) {
            assertMalformed(with(KnownAnswers.V3, "x-amz-w", code), "x-amz-w");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 20, 27, 29, 40})
        @Tag("SEC-009")
        void row12_commitmentOfAnotherLength_isRefused(int bytes) {
            assertMalformed(with(KnownAnswers.V3, "x-amz-d", base64(bytes)), "x-amz-d", "28");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 12, 27, 29})
        @Tag("SEC-010")
        @Tag("KDF-004")
        void row13_messageIdOfAnotherLength_isRefused(int bytes) {
            assertMalformed(with(KnownAnswers.V3, "x-amz-i", base64(bytes)), "x-amz-i", "28");
        }

        @ParameterizedTest
        @ValueSource(strings = {"96", "32", "x", "", "0128", "128 ", "0", "-128"})
        @Tag("SEC-014")
        @Tag("SUI-011")
        void row17_tagLengthOtherThan128_isRefused(String bits) {
            assertMalformed(with(KnownAnswers.V2, "x-amz-tag-len", bits), "x-amz-tag-len", "128");
        }

        @Test
        @Tag("SEC-014")
        @Tag("FMT-014")
        void row17_tagLengthAbsent_isRefused() {
            assertMalformed(without(KnownAnswers.V2, "x-amz-tag-len"), "x-amz-tag-len is absent");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 11, 13, 16})
        @Tag("SEC-015")
        @Tag("SUI-010")
        void row18_ivOfAnotherLength_isRefused(int bytes) {
            assertMalformed(with(KnownAnswers.V2, "x-amz-iv", base64(bytes)), "x-amz-iv", "12");
        }

        static Stream<String> notBase64() {
            return Stream.of(
                    "oKGio6Slpqeoqaq",
                    "oKGio6Slpqeoqaqr=",
                    "oKGio6Slpq\neoqaqr",
                    "oKGio6Slpqeoqaq-",
                    "%%%%",
                    "oKGio6Slpqeoqaqs====");
        }

        @ParameterizedTest
        @MethodSource("notBase64")
        @Tag("SEC-015")
        void row18_invalidBase64_isRefused(String text) {
            assertMalformed(with(KnownAnswers.V2, "x-amz-iv", text), "x-amz-iv");
            assertMalformed(with(KnownAnswers.V2, "x-amz-key-v2", text + "!"), "x-amz-key-v2");
            assertMalformed(with(KnownAnswers.V3, "x-amz-3", text + "!"), "x-amz-3");
        }

        @Test
        @Tag("SEC-016")
        void row19_emptyWrappedKey_isRefused() {
            assertMalformed(with(KnownAnswers.V1, "x-amz-key", ""), "x-amz-key", "at least one");
            assertMalformed(with(KnownAnswers.V2, "x-amz-key-v2", ""), "x-amz-key-v2", "at least one");
            assertMalformed(with(KnownAnswers.V3, "x-amz-3", ""), "x-amz-3", "at least one");
        }

        /** Only maps hold text beyond US-ASCII, so only they are decoded. */
        @Test
        @Tag("INT-002")
        void encodedWord_elsewhereThanInAMap_isRefused() {
            assertMalformed(with(KnownAnswers.V2, "x-amz-wrap-alg", "=?UTF-8?Q?AES/GCM?="), "x-amz-wrap-alg");
            assertMalformed(with(KnownAnswers.V3, "x-amz-c", "=?UTF-8?Q?115?="), "x-amz-c");
        }

        @ParameterizedTest
        @ValueSource(strings = {"[]", "{\"a\":1}", "{\"a\":\"1\",\"a\":\"2\"}", "{\"a\":{}}", "x"})
        @Tag("SEC-022")
        void row30_malformedMap_isRefused(String json) {
            assertMalformed(with(KnownAnswers.V2, "x-amz-matdesc", json), "x-amz-matdesc");
            assertMalformed(with(KnownAnswers.V3, "x-amz-m", json), "x-amz-m");
        }

        @Test
        void sameNameInTwoCases_isRefused() {
            assertMalformed(with(KnownAnswers.V3, "X-Amz-D", base64(28)), "twice");
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-amz-wrap-alg", "x-amz-cek-alg", "x-amz-tag-len"})
        @Tag("FMT-007")
        @Tag("SUI-002")
        void v1WithANameOfV2_isRefused(String name) {
            assertMalformed(with(KnownAnswers.V1, name, "AES/GCM/NoPadding"), "mixed formats", name);
        }

        @Test
        @Tag("FMT-006")
        void v1WithoutIv_isRefused() {
            assertMalformed(without(KnownAnswers.V1, "x-amz-iv"), "x-amz-iv", "truncated");
        }

        @Test
        @Tag("FMT-004")
        void v1WithoutKey_isRefused() {
            assertMalformed(without(KnownAnswers.V1, "x-amz-key"), "truncated");
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 12, 15, 17})
        @Tag("SEC-015")
        void row18_ivOfV1OfAnotherLength_isRefused(int bytes) {
            assertMalformed(with(KnownAnswers.V1, "x-amz-iv", base64(bytes)), "x-amz-iv", "16");
        }

        @ParameterizedTest
        @ValueSource(strings = {"128", "1", "x", "00"})
        @Tag("FMT-015")
        void cbcOfV2WithATagLength_isRefused(String bits) {
            assertMalformed(with(KnownAnswers.V2_CBC, "x-amz-tag-len", bits), "x-amz-tag-len", "none");
        }
    }
}
