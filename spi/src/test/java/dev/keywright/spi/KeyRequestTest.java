/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeyRequestTest {
    @Test
    void of_suite_hasItsReadyBinding() {
        for (AlgorithmSuite suite : AlgorithmSuite.values()) {
            KeyRequest request = KeyRequest.of(suite, Map.of());
            assertThat(request.binding()).isEqualTo(suite.isCommitting() ? "115" : suite.contentAlgorithm());
            assertThat(request.dataKeyBytes()).isEqualTo(32);
        }
    }

    @Test
    void encryptionContext_isCopiedAndNotPrinted() {
        Map<String, String> context = new HashMap<>(Map.of("customer", "seventeen"));
        KeyRequest request = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, context);
        context.clear();
        assertThat(request.encryptionContext()).isEqualTo(Map.of("customer", "seventeen"));
        assertThat(request.toString()).contains("115").doesNotContain("seventeen");
    }

    @Test
    void wrappedDataKey_description_isCopied() {
        Map<String, String> description = new HashMap<>(Map.of("k", "v"));
        WrappedDataKey wrapped = new WrappedDataKey(WrapAlgorithm.AES_GCM, Bytes.empty(), description);
        description.clear();
        assertThat(wrapped.description()).isEqualTo(Map.of("k", "v"));
    }
}
