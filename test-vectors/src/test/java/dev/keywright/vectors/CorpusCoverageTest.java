/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.vectors;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.testing.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the corpus must have a case for, whoever made it. */
class CorpusCoverageTest {
    private static final Path CORPUS = Path.of("corpus");
    private static final Set<String> FILES = Set.of("case.json", "meta.json", "object.bin", "instruction.json");

    private static final List<Map<String, Object>> CASES = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        for (Path directory : directories()) {
            CASES.add(Json.readObject(Files.readString(directory.resolve("case.json"))));
        }
    }

    private static List<Path> directories() throws IOException {
        try (Stream<Path> all = Files.walk(CORPUS, 2)) {
            return all.filter(path -> path.getNameCount() == 3).sorted().toList();
        }
    }

    private static Map<?, ?> map(Map<?, ?> parent, String name) {
        return (Map<?, ?>) parent.get(name);
    }

    private static boolean isGood(Map<String, Object> vector) {
        return "success".equals(vector.get("expect"));
    }

    /** Format, suite and wrap of everything that any client writes (wire format, sections 1.1 and 8.1), in either place. */
    @ParameterizedTest
    @CsvSource({
        "V1,0x0070,AES",
        "V1,0x0070,RSA",
        "V2,0x0070,kms",
        "V2,0x0070,AESWrap",
        "V2,0x0072,kms",
        "V2,0x0072,AESWrap",
        "V2,0x0072,RSA/ECB/OAEPWithSHA-256AndMGF1Padding",
        "V2,0x0072,AES/GCM",
        "V2,0x0072,RSA-OAEP-SHA1",
        "V2,0x0072,kms+context",
        "V3,0x0073,AES/GCM",
        "V3,0x0073,RSA-OAEP-SHA1",
        "V3,0x0073,kms+context",
    })
    @Tag("VEC-001")
    void whatAClientWrites_isThereInEitherPlace(String format, String suite, String wrap) {
        assertThat(CASES.stream()
                        .filter(CorpusCoverageTest::isGood)
                        .filter(vector -> format.equals(vector.get("format"))
                                && suite.equals(vector.get("suite"))
                                && wrap.equals(vector.get("wrap")))
                        .map(vector -> vector.get("location"))
                        .collect(Collectors.toSet()))
                .containsExactlyInAnyOrder("metadata", "instruction");
    }

    @Test
    @Tag("VEC-002")
    void everyCase_namesItsWriterAndWhatMustComeOfIt() {
        assertThat(CASES).isNotEmpty().allSatisfy(vector -> {
            Map<?, ?> producer = map(vector, "producer");
            assertThat(List.of("sdk", "version", "script"))
                    .allMatch(name -> producer.get(name) instanceof String text && !text.isBlank());
            assertThat(vector.get("expect"))
                    .isIn(
                            "success",
                            "not-encrypted",
                            "format",
                            "policy",
                            "no-key",
                            "unwrap",
                            "commitment",
                            "integrity");
            Map<?, ?> policy = map(vector, "policy");
            assertThat(policy.get("commitment"))
                    .isIn("REQUIRE_ENCRYPT_REQUIRE_DECRYPT", "REQUIRE_ENCRYPT_ALLOW_DECRYPT");
            assertThat(policy.get("legacyWrap")).isInstanceOf(Boolean.class);
            assertThat(policy.get("legacyContent")).isInstanceOf(Boolean.class);
            assertThat(vector.containsKey("plaintext")).isEqualTo(isGood(vector));
        });
    }

    /**
     * The rows of the wire format's section 16 by the flags of what was done. Rows 23 and 26 are no files: a put, and an
     * answer of S3; they are SEC-018 and RNG-005.
     */
    @ParameterizedTest
    @CsvSource({
        "1,TwoWrappedKeys",
        "2,SpoofedV3Header",
        "3,ObjectPartInInstructionFile",
        "5,MissingInstructionFile",
        "5,MalformedInstructionFile",
        "6,FormatConfusion",
        "8,V3RewrittenAsV2",
        "9,GcmDeclaredCbc",
        "10,RewrittenAsV1",
        "10,WrapRelabelled",
        "11,KmsContextRelabelledKms",
        "11,KmsWithContext",
        "12,CommitmentTampered",
        "12,CommitmentLength",
        "13,MessageIdTampered",
        "13,MessageIdLength",
        "14,WrongContentAlgorithm",
        "15,WrongWrapCode",
        "16,InstructionFileSwapped",
        "17,TagLength",
        "18,IvLength",
        "18,BadBase64",
        "19,WrappedKeyDamaged",
        "20,RsaEnvelope",
        "21,BodyShorterThanTag",
        "21,BodyTruncated",
        "21,BodyExtended",
        "21,BodyTampered",
        "22,OtherContext",
        "24,DescriptionTampered",
        "25,Pkcs1Oracle",
        "27,NotEncrypted",
        "28,CbcNotAllowed",
        "29,CommitmentRequired",
        "30,DuplicateName",
    })
    @Tag("VEC-003")
    void everyWayOfTampering_isThere(int row, String flag) {
        assertThat(CASES).as("row " + row).anyMatch(vector -> isBad(vector, flag));
    }

    private static boolean isBad(Map<String, Object> vector, String flag) {
        return !isGood(vector) && ((List<?>) vector.get("flags")).contains(flag);
    }

    /** Rows 4 and 7, which are told by the files themselves. */
    @Test
    @Tag("VEC-003")
    void instructionFileThatHoldsAllOfV3_orLacksItsKey_isThere() throws IOException {
        Set<String> found = new TreeSet<>();
        for (Path directory : directories()) {
            Map<String, Object> vector = Json.readObject(Files.readString(directory.resolve("case.json")));
            if (isBad(vector, "ObjectPartInInstructionFile")
                    && !text(directory, "meta.json").contains("x-amz-c")) {
                found.add("4");
            }
            if ("V2".equals(vector.get("format"))
                    && isBad(vector, "MissingField")
                    && text(directory, "instruction.json").contains("x-amz-cek-alg")
                    && !text(directory, "instruction.json").contains("\"x-amz-key-v2\"")) {
                found.add("7");
            }
        }
        assertThat(found).containsExactly("4", "7");
    }

    private static String text(Path directory, String name) {
        try {
            return Files.exists(directory.resolve(name)) ? Files.readString(directory.resolve(name)) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** JSON and bytes, with ids that any file system and language takes. */
    @Test
    @Tag("VEC-004")
    void everyCase_isInFilesThatAnyLanguageReads() throws IOException {
        Map<String, String> strange = new TreeMap<>();
        for (Path directory : directories()) {
            try (Stream<Path> files = Files.list(directory)) {
                files.map(file -> file.getFileName().toString())
                        .filter(name -> !FILES.contains(name))
                        .forEach(name -> strange.put(directory.toString(), name));
            }
            Json.readObject(text(directory, "meta.json"));
        }
        assertThat(strange).isEmpty();
        assertThat(CASES).allMatch(vector -> vector.get("id").toString().matches("[A-Za-z0-9._-]+"));
        Map<String, Object> corpus = Json.readObject(Files.readString(CORPUS.resolve("corpus.json")));
        assertThat(((Number) corpus.get("cases")).intValue()).isEqualTo(CASES.size());
    }
}
