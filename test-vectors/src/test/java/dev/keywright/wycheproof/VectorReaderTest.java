/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.wycheproof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.tck.WycheproofAssertions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VectorReaderTest {
    @TempDir
    private Path folder;

    @Nested
    class Strictness {
        @Test
        void file_asItShouldBe_isRead() throws IOException {
            List<WycheproofCase> cases = SmallVectors.read(folder).cases();
            assertThat(cases).hasSize(3);
            WycheproofCase altered = cases.get(1);
            assertThat(altered).hasToString("aes_gcm_test.json 2");
            assertThat(altered.comment()).isEqualTo("last bit altered");
            assertThat(altered.expected()).isEqualTo(Expected.INVALID);
            assertThat(altered.flags()).containsExactly("ModifiedTag");
            assertThat(altered.algorithm()).isEqualTo(Algorithm.AES_GCM);
        }

        @ParameterizedTest
        @CsvSource(delimiter = '|', quoteCharacter = '\'', textBlock = """
                        "algorithm": "AES-GCM"   | "algorithm": "AES-EAX"        | algorithm is 'AES-EAX'
                        aead_test_schema_v1      | aead_test_schema_v2           | schema is 'aead_test_schema_v2.json'
                        "numberOfTests": 3       | "numberOfTests": 4            | numberOfTests is 4, and there are 3
                        "numberOfTests": 3       | "numberOfTests": "3"          | numberOfTests is missing, or no count
                        "type": "AeadTest"       | "type": "MacTest"             | type is 'MacTest'
                        "keySize": 128           | "keySize": 256                | key has 128 bits, and its group says 256
                        "ivSize": 96             | "ivSize": 64                  | iv has 96 bits, and its group says 64
                        "tagSize": 128           | "tagSize": 96                 | tag has 128 bits, and its group says 96
                        "tcId": 2                | "tcId": 1                     | tcId 1 is given twice
                        "flags": ["Ktv"]         | "flags": ["Unheard"]          | flag Unheard is not explained
                        "result": "valid"        | "result": "probably"          | result 'probably'
                        "aad": ""                | "aad": "0g"                   | aad is not in hex
                        "aad": ""                | "aad": "", "nonce": ""        | does not know: [nonce]
                        "aad": "",               | ''                            | aad is missing
                        "source"                 | "seed": 1, "source"           | does not know: [seed]
                        "header"                 | "footer": 1, "header"         | does not know: [footer]
                        "tests": [               | "tests": [ 7,                 | is no object
                        { "algorithm"            | { "schema": 1, "algorithm"    | a name twice
                        """)
        void file_withOneFault_isRefused_namingIt(String what, String by, String said) {
            assertThat(SmallVectors.TEXT).contains(what);
            assertThatThrownBy(() -> SmallVectors.read(
                            folder, SmallVectors.TEXT.replaceFirst(java.util.regex.Pattern.quote(what), by)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("aes_gcm_test.json")
                    .hasMessageContaining(said);
        }

        @Test
        void folder_withoutAFile_isRefused_namingIt() throws IOException {
            SmallVectors.read(folder);
            assertThatThrownBy(() -> WycheproofVectors.read(folder))
                    .isInstanceOf(NoSuchFileException.class)
                    .hasMessageContaining("aes_gmac_test.json");
        }
    }

    @Nested
    class Finding {
        @Test
        void find_configured_isTakenAsItIs() {
            assertThat(WycheproofVectors.find(folder, "/no/such")).contains(Path.of("/no/such"));
        }

        @Test
        void find_sharedFolderBeforeClone() throws IOException {
            Path root = Files.createDirectories(folder.resolve("checkout"));
            assertThat(WycheproofVectors.find(root, null)).isEmpty();
            Path clone = Files.createDirectories(root.resolve("target/wycheproof/testvectors_v1"));
            assertThat(WycheproofVectors.find(root, null)).isEmpty();
            SmallVectors.read(clone);
            assertThat(WycheproofVectors.find(root, "")).contains(clone);
            Path shared = Files.createDirectories(folder.resolve("shared/wycheproof"));
            SmallVectors.read(shared);
            assertThat(WycheproofVectors.find(root, null)).contains(shared);
        }
    }

    /** The vectors themselves. */
    @Nested
    class Wycheproof {
        @Test
        void vectors_ofThePinnedCommit_areAllRead() {
            List<WycheproofCase> cases = WycheproofAssertions.vectors().cases();
            assertThat(cases).hasSize(WycheproofVectors.PINNED_CASES).hasSize(2032);
            Map<String, Long> perFile =
                    cases.stream().collect(Collectors.groupingBy(WycheproofCase::file, Collectors.counting()));
            for (VectorFile file : VectorFile.values()) {
                assertThat(perFile).containsEntry(file.fileName, (long) file.pinnedCases);
            }
        }
    }
}
