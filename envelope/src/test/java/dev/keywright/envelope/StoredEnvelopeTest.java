/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Envelopes of which all, or all but the body's part, is in an instruction file. */
class StoredEnvelopeTest {
    private static final Map<String, String> V3_BESIDE =
            Envelope.parse(KnownAnswers.V3).toMetadataBesideInstructionFile();

    private static InstructionFile file(String json) {
        return InstructionFile.parse(json.getBytes(StandardCharsets.UTF_8));
    }

    private static InstructionFile file(Map<String, String> names) {
        return file(FlatJson.write(names));
    }

    private static Map<String, String> with(Map<String, String> base, String name, String value) {
        Map<String, String> changed = new HashMap<>(base);
        changed.put(name, value);
        return changed;
    }

    private static Map<String, String> v3File() {
        Map<String, String> names = new TreeMap<>(KnownAnswers.V3);
        names.keySet().removeAll(V3_BESIDE.keySet());
        return names;
    }

    private static void assertMalformed(Map<String, String> metadata, InstructionFile file, String... said) {
        assertThatThrownBy(() -> StoredEnvelope.in(metadata).with(file))
                .isInstanceOfSatisfying(
                        FormatException.class, e -> assertThat(e.fault()).isEqualTo(FormatException.Fault.MALFORMED))
                .hasMessageContainingAll(said);
    }

    @Nested
    class Reads {
        @Test
        @Tag("DET-004")
        void metadata_thatIsComplete_needsNoFile() {
            for (Map<String, String> whole : List.of(KnownAnswers.V1, KnownAnswers.V2, KnownAnswers.V3)) {
                StoredEnvelope stored = StoredEnvelope.in(whole);
                assertThat(stored.needsInstructionFile()).isFalse();
                assertThat(stored.complete()).isEqualTo(Envelope.parse(whole));
                assertThatIllegalStateException().isThrownBy(() -> stored.with(file("{}")));
            }
        }

        @Test
        @Tag("INS-014")
        @Tag("INS-016")
        @Tag("INS-018")
        @Tag("INS-020")
        @Tag("INS-021")
        void v3_splitBetweenMetadataAndFile_isTheSameEnvelope() {
            StoredEnvelope stored = StoredEnvelope.in(V3_BESIDE);

            assertThat(stored.needsInstructionFile()).isTrue();
            assertThat(stored.with(file(v3File()))).isEqualTo(Envelope.parse(KnownAnswers.V3));
        }

        @Test
        void plaintextLength_isToldAsFarAsTheMetadataTellsIt() {
            assertThat(StoredEnvelope.in(KnownAnswers.V3).plaintextBytes(60)).hasValue(44);
            assertThat(StoredEnvelope.in(V3_BESIDE).plaintextBytes(60)).hasValue(44);
            assertThat(StoredEnvelope.in(KnownAnswers.V1).plaintextBytes(48)).isEmpty();
            assertThat(StoredEnvelope.in(Map.of()).plaintextBytes(60)).isEmpty();
            assertThatThrownBy(() ->
                            StoredEnvelope.in(with(V3_BESIDE, "x-amz-c", "116")).plaintextBytes(60))
                    .isInstanceOf(FormatException.class);
        }

        @Test
        @Tag("INS-013")
        void olderFormats_whollyInTheFile_areTheSameEnvelope() {
            for (Map<String, String> whole : List.of(KnownAnswers.V1, KnownAnswers.V2, KnownAnswers.V2_CBC)) {
                StoredEnvelope stored = StoredEnvelope.in(Map.of("owner", "me"));
                assertThat(stored.needsInstructionFile()).isTrue();
                assertThat(stored.with(file(whole))).isEqualTo(Envelope.parse(whole));
            }
        }

        /** Ruby, PHP and .NET leave it with the object. */
        @Test
        @Tag("INT-013")
        @Tag("INT-014")
        @Tag("FMT-003")
        void unencryptedLength_besideAFileOrInIt_isPassedOver() {
            Map<String, String> length = Map.of("x-amz-unencrypted-content-length", "44");
            assertThat(Envelope.parse(with(KnownAnswers.V1, "x-amz-unencrypted-content-length", "44")))
                    .isEqualTo(Envelope.parse(KnownAnswers.V1));

            assertThat(StoredEnvelope.in(length)
                            .with(file(with(KnownAnswers.V2, "x-amz-unencrypted-content-length", "44"))))
                    .isEqualTo(Envelope.parse(KnownAnswers.V2));
            assertThat(StoredEnvelope.in(length)
                            .with(file(with(KnownAnswers.V2, "x-amz-unencrypted-content-md5", "xyz"))))
                    .isEqualTo(Envelope.parse(KnownAnswers.V2));
            assertThat(StoredEnvelope.in(with(V3_BESIDE, "x-amz-unencrypted-content-length", "44"))
                            .with(file(v3File())))
                    .isEqualTo(Envelope.parse(KnownAnswers.V3));
        }

        /** As PHP wrote them, with escaped slashes. */
        @Test
        @Tag("INT-006")
        @Tag("INT-007")
        void numbers_ofTagLengthAndLength_areRead() {
            String json = FlatJson.write(KnownAnswers.V2)
                    .replace("\"128\"", "128")
                    .replace("/", "\\/")
                    .replace("}\"}", "}\", \"x-amz-unencrypted-content-length\" : 0}");

            assertThat(StoredEnvelope.in(Map.of()).with(file(json))).isEqualTo(Envelope.parse(KnownAnswers.V2));
        }

        @ParameterizedTest
        @ValueSource(strings = {"0", "9", "90", "128", "6553500000000000000000"})
        @Tag("INT-006")
        void number_ofAnyDigits_isItsText(String number) {
            assertThat(file("{\"x-amz-tag-len\":" + number + "}").names()).containsEntry("x-amz-tag-len", number);
        }

        @Test
        void fileOfTheGreatestLength_isRead() {
            byte[] spaces = new byte[InstructionFile.MAX_BYTES];
            java.util.Arrays.fill(spaces, (byte) ' ');
            spaces[0] = '{';
            spaces[spaces.length - 1] = '}';
            assertThat(InstructionFile.parse(spaces).names()).isEmpty();
        }

        @Test
        @Tag("INT-004")
        @Tag("INT-025")
        void emptyAndNullValues_ofForeignWriters_countAsAbsent() {
            String goV1 = FlatJson.write(with(KnownAnswers.V2_CBC, "x-amz-tag-len", ""));
            String netV3 = FlatJson.write(v3File()).replace("{", "{\"x-amz-m\":null,");

            assertThat(StoredEnvelope.in(Map.of()).with(file(goV1))).isEqualTo(Envelope.parse(KnownAnswers.V2_CBC));
            assertThat(StoredEnvelope.in(V3_BESIDE).with(file(netV3))).isEqualTo(Envelope.parse(KnownAnswers.V3));
            assertThat(StoredEnvelope.in(V3_BESIDE).with(file(with(v3File(), "x-amz-m", ""))))
                    .isEqualTo(Envelope.parse(KnownAnswers.V3));
        }

        /** .NET escapes, Python's spaces. */
        @Test
        @Tag("INT-007")
        void spacingAndEscapes_ofForeignWriters_areRead() {
            String net = FlatJson.write(with(KnownAnswers.V2_CBC, "x-amz-wrap-alg", "kms+context"))
                    .replace("+", "\\u002B")
                    .replace("\\\"", "\\u0022")
                    .replace(":", " : ")
                    .replace(",", " ,\n\t");

            assertThat(StoredEnvelope.in(Map.of())
                            .with(file(net))
                            .wrapped()
                            .algorithm()
                            .wireName())
                    .isEqualTo("kms+context");
        }

        @Test
        @Tag("INT-015")
        void oldestNetFile_isFormatV1() {
            String json = FlatJson.write(Map.of(
                    "EncryptedEnvelopeKey", KnownAnswers.V1.get("x-amz-key"),
                    "IV", KnownAnswers.V1.get("x-amz-iv")));

            assertThat(StoredEnvelope.in(Map.of()).with(file(json))).isEqualTo(Envelope.parse(KnownAnswers.V1));
        }
    }

    /** What is refused by the format layer, rows of wire format section 16. */
    @Nested
    class Refuses {
        @ParameterizedTest
        @ValueSource(strings = {"x-amz-c", "x-amz-d", "x-amz-i"})
        @Tag("SEC-002")
        @Tag("INS-015")
        @Tag("INS-017")
        @Tag("INS-019")
        void row03_bodysPartRepeatedInTheFile_isRefusedEvenIfEqual(String name) {
            assertMalformed(
                    V3_BESIDE, file(with(v3File(), name, KnownAnswers.V3.getOrDefault(name, ""))), name, "no place");
        }

        @Test
        @Tag("SEC-003")
        @Tag("FMT-033")
        void row04_bodysPartInTheFileOnly_isRefused() {
            assertMalformed(Map.of(), file(KnownAnswers.V3), "mixed formats");
            assertMalformed(Map.of("owner", "me"), file(v3File()), "mixed formats");
        }

        @Test
        @Tag("DET-004")
        @Tag("SEC-004")
        void row05_fileMissing_saysWhatWasLookedFor() {
            FormatException v3 = StoredEnvelope.in(V3_BESIDE).withoutInstructionFile("there is no b/k.instruction");
            assertThat(v3.fault()).isEqualTo(FormatException.Fault.MALFORMED);
            assertThat(v3).hasMessageContaining("there is no b/k.instruction");

            FormatException plain = StoredEnvelope.in(Map.of()).withoutInstructionFile("there is no b/k.instruction");
            assertThat(plain.fault()).isEqualTo(FormatException.Fault.NOT_ENCRYPTED);
            assertThat(plain).hasMessageContaining("there is no b/k.instruction");
        }

        @ParameterizedTest
        @ValueSource(strings = {"x-amz-3", "x-amz-w"})
        @Tag("SEC-004")
        void row05_fileWithoutARequiredName_isRefused(String name) {
            Map<String, String> names = v3File();
            names.remove(name);
            assertMalformed(V3_BESIDE, file(names), name);
            assertMalformed(V3_BESIDE, file("{\"other\":\"json\"}"), "x-amz-w");
        }

        @Test
        @Tag("SEC-005")
        void row06_v2NamesInTheFileOfAV3Object_areRefused() {
            assertMalformed(V3_BESIDE, file(KnownAnswers.V2), "x-amz-key-v2", "no place");
            for (String name : MetadataNames.OLD) {
                assertMalformed(V3_BESIDE, file(with(v3File(), name, "x")), name);
            }
        }

        @Test
        @Tag("SEC-005")
        void v3NamesInTheFileOfAV2Object_areRefused() {
            for (String name : MetadataNames.NEW) {
                assertMalformed(Map.of(), file(with(KnownAnswers.V2, name, "x")), "mixed formats");
            }
        }

        @Test
        @Tag("SEC-004")
        void row07_fileWithARenamedKey_isRefused() {
            Map<String, String> renamed = new TreeMap<>(KnownAnswers.V2);
            renamed.put("x-amz-key-v9", String.valueOf(renamed.remove("x-amz-key-v2")));
            assertMalformed(Map.of(), file(renamed), "without a wrapped data key");
            assertMalformed(Map.of(), file("{}"), "without a wrapped data key");
        }

        @Test
        @Tag("DET-005")
        void row01_twoKeysInTheFile_areRefused() {
            assertMalformed(Map.of(), file(with(KnownAnswers.V2, "x-amz-key", "AAAA")), "two wrapped data keys");
        }

        @Test
        @Tag("DET-006")
        void fileOfAnObjectWithAPieceOfAnEnvelope_isNotLookedFor() {
            for (String name : MetadataNames.OLD) {
                if (!name.equals("x-amz-matdesc")) {
                    assertThatThrownBy(() -> StoredEnvelope.in(Map.of(name, "x")))
                            .isInstanceOf(FormatException.class);
                }
            }
            for (String name : V3_BESIDE.keySet()) {
                Map<String, String> without = new TreeMap<>(V3_BESIDE);
                without.remove(name);
                for (Map<String, String> piece : List.of(without, Map.of(name, V3_BESIDE.getOrDefault(name, "")))) {
                    assertThatThrownBy(() -> StoredEnvelope.in(piece))
                            .as("%s", piece.keySet())
                            .isInstanceOf(FormatException.class)
                            .hasMessageContaining("truncated");
                }
            }
            for (String name : new String[] {"x-amz-w", "x-amz-m", "x-amz-t"}) {
                assertThatThrownBy(() -> StoredEnvelope.in(with(V3_BESIDE, name, "x")))
                        .as(name)
                        .isInstanceOf(FormatException.class);
            }
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "",
                    "[]",
                    "null",
                    "\"text\"",
                    "{",
                    "{} {}",
                    "{\"a\":1}",
                    "{\"a\":true}",
                    "{\"a\":{}}",
                    "{\"x-amz-tag-len\":-128}",
                    "{\"x-amz-tag-len\":128.0}",
                    "{\"x-amz-tag-len\":0128}",
                    "{\"x-amz-tag-len\":1e2}",
                    "{\"x-amz-tag-len\":[128]}",
                    "{\"x-amz-tag-len\":128",
                    "{\"x-amz-tag-len\":00}",
                    "{\"x-amz-tag-len\":/}",
                    "{\"x-amz-tag-len\"::}",
                    "{\"a\":nul}",
                    "\ufeff{}",
                })
        @Tag("SEC-004")
        void file_thatIsNoObjectOfStrings_isMalformed(String json) {
            assertThatThrownBy(() -> file(json))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("instruction file");
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "{\"a\":\"1\",\"a\":\"1\"}",
                    "{\"a\":null,\"a\":\"1\"}",
                    "{\"a\":\"1\",\"a\":null}",
                    "{\"x-amz-tag-len\":128,\"x-amz-tag-len\":\"128\"}",
                    "{\"a\":\"1\",\"\\u0061\":\"2\"}",
                })
        @Tag("SEC-022")
        void row30_nameTwiceInTheFile_isRefused(String json) {
            assertThatThrownBy(() -> file(json))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("twice");
        }

        @Test
        void file_inBothOfNetsWords_isRefused() {
            assertThatThrownBy(() -> file("{\"EncryptedEnvelopeKey\":\"a\",\"IV\":\"b\",\"x-amz-iv\":\"c\"}"))
                    .isInstanceOf(FormatException.class);
        }

        @Test
        void file_thatIsNotUtf8_isMalformed() {
            assertThatThrownBy(() -> InstructionFile.parse(new byte[] {'{', '"', (byte) 0xe9, '"'}))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("UTF-8");
        }

        @Test
        void file_thatIsTooLong_isRefused() {
            byte[] spaces = new byte[InstructionFile.MAX_BYTES + 1];
            java.util.Arrays.fill(spaces, (byte) ' ');
            spaces[0] = '{';
            spaces[spaces.length - 1] = '}';
            assertThatThrownBy(() -> InstructionFile.parse(spaces))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("at most");
            byte[] fewerCharacters = ("{\"a\":\"" + "\u6f22".repeat(InstructionFile.MAX_BYTES / 3) + "\"}")
                    .getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> InstructionFile.parse(fewerCharacters))
                    .isInstanceOf(FormatException.class)
                    .hasMessageContaining("instruction file of " + fewerCharacters.length + " bytes");
            assertThat(InstructionFile.parse(java.util.Arrays.copyOf("{}".getBytes(StandardCharsets.UTF_8), 2))
                            .names())
                    .isEmpty();
        }
    }

    @Nested
    class Writes {
        /** The known answer of the wire format, section 19.1. */
        @Test
        @Tag("INS-005")
        @Tag("INS-006")
        void v3_inAFile_isTheKnownAnswer() {
            Envelope envelope = Envelope.parse(KnownAnswers.V3);

            assertThat(envelope.toMetadataBesideInstructionFile())
                    .containsOnlyKeys("x-amz-c", "x-amz-d", "x-amz-i")
                    .allSatisfy((name, value) -> assertThat(value).isEqualTo(KnownAnswers.V3.get(name)));
            assertThat(new String(envelope.toInstructionFile().toByteArray(), StandardCharsets.US_ASCII))
                    .isEqualTo("{\"x-amz-3\":\"" + KnownAnswers.V3.get("x-amz-3") + "\",\"x-amz-w\":\"02\"}");
        }

        @ParameterizedTest
        @CsvSource({"02,x-amz-m", "12,x-amz-t"})
        @Tag("INS-022")
        @Tag("INS-023")
        @Tag("FMT-022")
        @Tag("FMT-024")
        void v3_inAFile_hasItsMapThere(String code, String map) {
            Envelope envelope = Envelope.parse(with(with(KnownAnswers.V3, "x-amz-w", code), map, "{\"a\":\"\u00e9\"}"));

            assertThat(FlatJson.read(new String(envelope.toInstructionFile().toByteArray(), StandardCharsets.US_ASCII)))
                    .containsEntry(map, "{\"a\":\"\\u00e9\"}");
        }

        @Test
        @Tag("INS-013")
        void v2_inAFile_leavesNothingWithTheObject() {
            Envelope envelope = Envelope.parse(KnownAnswers.V2);

            assertThat(envelope.toMetadataBesideInstructionFile()).isEmpty();
            assertThat(FlatJson.read(new String(envelope.toInstructionFile().toByteArray(), StandardCharsets.US_ASCII)))
                    .isEqualTo(KnownAnswers.V2);
        }
    }
}
