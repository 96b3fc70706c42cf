/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WrapAlgorithmTest {
    /** The wraps of the wire format, section 8.1. */
    @ParameterizedTest
    @CsvSource({
        "AES_GCM, AES/GCM, 02, false, false",
        "RSA_OAEP_SHA1, RSA-OAEP-SHA1, 22, false, false",
        "KMS_CONTEXT, kms+context, 12, false, true",
        "KMS, kms, , true, true",
        "AES_WRAP, AESWrap, , true, false",
        "RSA_OAEP_SHA256, RSA/ECB/OAEPWithSHA-256AndMGF1Padding, , true, false",
        "RAW_AES, AES, , true, false",
        "RAW_RSA, RSA, , true, false"
    })
    void wrap_hasItsNamesOfTheWireFormat(
            WrapAlgorithm algorithm, String wireName, @Nullable String code, boolean legacy, boolean kms) {
        assertThat(algorithm.wireName()).isEqualTo(wireName);
        assertThat(algorithm.codeV3().orElse(null)).isEqualTo(code);
        assertThat(algorithm.isLegacy()).isEqualTo(legacy);
        assertThat(algorithm.isKms()).isEqualTo(kms);
        boolean unnamed = wireName.equals("AES") || wireName.equals("RSA");
        assertThat(algorithm.isUnnamed()).isEqualTo(unnamed);
        assertThat(WrapAlgorithm.named(wireName)).isEqualTo(unnamed ? Optional.empty() : Optional.of(algorithm));
        if (code != null) {
            assertThat(WrapAlgorithm.codedV3(code)).contains(algorithm);
        }
    }

    @Test
    void wraps_areAllListedAbove() {
        assertThat(WrapAlgorithm.values()).hasSize(8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "AES", "RSA", "aes/gcm", "AES/GCM ", "AES/GCM/NoPadding", "kms+Context", "02"})
    void named_anythingElse_isNone(String name) {
        assertThat(WrapAlgorithm.named(name)).isEmpty();
    }

    /** 01, 11 and 21 are known to some SDKs and written by none. */
    @ParameterizedTest
    @ValueSource(strings = {"", "2", "002", "02 ", "01", "11", "21", "AES/GCM"})
    void codedV3_anythingElse_isNone(String code) {
        assertThat(WrapAlgorithm.codedV3(code)).isEmpty();
    }
}
