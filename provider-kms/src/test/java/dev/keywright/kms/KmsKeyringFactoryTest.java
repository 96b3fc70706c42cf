/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.EncryptionMaterials;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Secrets;
import dev.keywright.testing.MiniKms;
import java.security.SecureRandom;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KmsKeyringFactoryTest {
    private static final KeyRequest REQUEST =
            KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());

    private final MiniKms kms = MiniKms.start();
    private final String key = kms.createKey();

    /** The SDK looks for credentials here first. */
    @BeforeEach
    void credentials() {
        System.setProperty("aws.accessKeyId", "id");
        System.setProperty("aws.secretAccessKey", "secret");
    }

    @AfterEach
    void close() {
        System.clearProperty("aws.accessKeyId");
        System.clearProperty("aws.secretAccessKey");
        kms.close();
    }

    @Test
    void uri_opened_isAKeyringOverThatKey() {
        Map<String, String> options = Map.of("endpoint", kms.endpoint().toString(), "grant-tokens", "one, two,");
        try (Keyring keyring = KeyringFactory.openUri("aws-kms:" + key, options, Secrets.none());
                EncryptionMaterials made = keyring.generate(REQUEST, new SecureRandom())) {
            assertThat(made.dataKey().lengthBytes()).isEqualTo(32);
            assertThat(kms.calls()).singleElement().satisfies(call -> {
                assertThat(call.keyId()).isEqualTo(key);
                assertThat(call.grantTokens()).containsExactly("one", "two");
            });
            assertThat(keyring).hasToString("aws-kms:" + key);
        }
    }

    @Test
    void alias_withARegion_isOpened() {
        kms.alias("alias/master", key);
        Map<String, String> configuration = Map.of(
                "uri",
                "aws-kms:alias/master",
                "region",
                "eu-central-1",
                "endpoint",
                kms.endpoint().toString());
        try (Keyring keyring =
                        KeyringFactory.openNamed(KmsKeyringFactory.class.getName(), configuration, Secrets.none());
                EncryptionMaterials made = keyring.generate(REQUEST, new SecureRandom())) {
            assertThat(made.wrapped().ciphertext().size()).isPositive();
        }
        assertThat(kms.calls().get(0).keyId()).isEqualTo("alias/master");
    }

    @ParameterizedTest
    @CsvSource({
        "regoin, eu-central-1",
        "description.a, b",
        "endpoint, nonsense",
        "endpoint, http://[",
        "endpoint, host:1"
    })
    void option_unknownOrMalformed_isRefused(String name, String value) {
        misconfigured("aws-kms:" + key, Map.of(name, value), name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aws-kms:", "aws-kms: ", "kms:key"})
    void uri_withoutKey_isRefused(String uri) {
        misconfigured(uri, Map.of(), "key");
    }

    private static void misconfigured(String uri, Map<String, String> options, String named) {
        assertThatThrownBy(() -> new KmsKeyringFactory().open(uri, options, Secrets.none()))
                .hasMessageContaining(named)
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED));
    }
}
