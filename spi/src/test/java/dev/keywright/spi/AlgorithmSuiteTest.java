/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AlgorithmSuiteTest {
    /** The suites of the wire format, section 2. */
    @ParameterizedTest
    @CsvSource({
        "ALG_AES_256_CBC_IV16_NO_KDF, 0x70, AES/CBC/PKCS5Padding, 16, 0, false, false, 9223372036854775807",
        "ALG_AES_256_CTR_IV16_TAG16_NO_KDF, 0x71, AES/GCM/NoPadding, 12, 16, false, false, 68719476704",
        "ALG_AES_256_GCM_IV12_TAG16_NO_KDF, 0x72, AES/GCM/NoPadding, 12, 16, false, true, 68719476704",
        "ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, 0x73, 115, 28, 16, true, true, 68719476704",
        "ALG_AES_256_CTR_HKDF_SHA512_COMMIT_KEY, 0x74, 115, 28, 16, true, false, 68719476704"
    })
    @Tag("ENC-002")
    void suite_hasItsPropertiesOfTheWireFormat(
            AlgorithmSuite suite,
            String id,
            String contentAlgorithm,
            int ivBytes,
            int tagBytes,
            boolean committing,
            boolean writable,
            long maxPlaintextBytes) {
        assertThat(suite.id()).isEqualTo(Integer.decode(id));
        assertThat(suite.idBytes().toByteArray()).containsExactly(0, Integer.decode(id));
        assertThat(suite.contentAlgorithm()).isEqualTo(contentAlgorithm);
        assertThat(suite.wrapBinding()).isEqualTo(contentAlgorithm);
        assertThat(suite.ivBytes()).isEqualTo(ivBytes);
        assertThat(suite.tagBytes()).isEqualTo(tagBytes);
        assertThat(suite.isCommitting()).isEqualTo(committing);
        assertThat(suite.isWritable()).isEqualTo(writable);
        assertThat(suite.maxPlaintextBytes()).isEqualTo(maxPlaintextBytes);
        assertThat(suite.dataKeyBytes()).isEqualTo(32);
        for (int bytes = 0; bytes <= 64; bytes++) {
            assertThat(suite.acceptsDataKeyBytes(bytes))
                    .as("%s with a data key of %d bytes", suite, bytes)
                    .isEqualTo(bytes == 32 || (!committing && (bytes == 16 || bytes == 24)));
        }
    }

    @Test
    @Tag("SUI-012")
    void ids_areTheirOwnAndNotZero() {
        assertThat(AlgorithmSuite.values())
                .extracting(AlgorithmSuite::id)
                .doesNotHaveDuplicates()
                .doesNotContain(0);
        assertThat(AlgorithmSuite.values()).extracting(AlgorithmSuite::idBytes).doesNotHaveDuplicates();
    }

    @Test
    void suites_areAllListedAbove() {
        assertThat(Arrays.stream(AlgorithmSuite.values()).map(AlgorithmSuite::id))
                .containsExactly(0x70, 0x71, 0x72, 0x73, 0x74);
    }

    @Test
    void storedAs_storedName_isTheSuiteThatIsStored() {
        assertThat(AlgorithmSuite.storedAs("AES/CBC/PKCS5Padding"))
                .contains(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF);
        assertThat(AlgorithmSuite.storedAs("AES/CBC/PKCS7Padding"))
                .contains(AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF);
        assertThat(AlgorithmSuite.storedAs("AES/GCM/NoPadding"))
                .contains(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
        assertThat(AlgorithmSuite.storedAs("115")).contains(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "116", "114", "0115", "115 ", "0x73", "aes/gcm/nopadding", "AES/CTR/NoPadding", "AES"})
    void storedAs_anythingElse_isNone(String name) {
        assertThat(AlgorithmSuite.storedAs(name)).isEmpty();
    }
}
