/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.testing.SoftHsm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class Pkcs11KeyringTest {
    private static final byte[] KNOWN_MASTER = bytesFrom(0x80);
    private static final byte[] DATA_KEY = bytesFrom(0);

    private static byte[] bytesFrom(int first) {
        byte[] bytes = new byte[32];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (first + i);
        }
        return bytes;
    }

    private static SoftHsm token;

    @BeforeAll
    static void makeToken() {
        token = SoftHsm.newToken();
        token.generateAes("aes", "01", 32);
        token.importAes("known", "02", KNOWN_MASTER);
        token.generateRsa("rsa", "03", 2048);
        token.generateRsa("rsa4096", "04", 4096);
        token.generateAes("twin", "05", 32);
        token.generateAes("twin", "06", 16);
    }

    @AfterAll
    static void deleteToken() {
        token.close();
    }

    private static KeyRequest request(AlgorithmSuite suite) {
        return KeyRequest.of(suite, Map.of());
    }

    private static WrappedDataKey wrap(Keyring keyring, AlgorithmSuite suite) {
        try (DataKey key = DataKey.adopt(DATA_KEY.clone())) {
            return keyring.wrap(key, request(suite));
        }
    }

    private static byte[] unwrap(Keyring keyring, WrappedDataKey wrapped, AlgorithmSuite suite) {
        try (DataKey key = ((Unwrap.Opened) keyring.unwrap(wrapped, request(suite))).dataKey()) {
            return key.use(byte[]::clone);
        }
    }

    private static void assertRefused(ThrowingCallable build, KeyringException.Reason reason, String... said) {
        assertThatThrownBy(build)
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContainingAll(said);
    }

    @Nested
    class RoundTrips {
        @ParameterizedTest
        @ValueSource(strings = {"aes", "known", "rsa", "rsa4096"})
        void wrap_thenUnwrap_givesTheKeyForBothFormats(String label) {
            try (Keyring keyring = Tokens.keyring(token, label)) {
                for (AlgorithmSuite suite : new AlgorithmSuite[] {
                    AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
                    AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF
                }) {
                    assertThat(unwrap(keyring, wrap(keyring, suite), suite)).isEqualTo(DATA_KEY);
                }
            }
        }

        @ParameterizedTest
        @EnumSource(names = {"ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY", "ALG_AES_256_GCM_IV12_TAG16_NO_KDF"})
        void aesKey_andItsTwinInSoftware_openEachOther(AlgorithmSuite suite) throws GeneralSecurityException {
            byte[] aad = suite.wrapBinding().getBytes(StandardCharsets.US_ASCII);
            try (Keyring keyring = Tokens.keyring(token, "known")) {
                byte[] ours = wrap(keyring, suite).ciphertext().toByteArray();
                assertThat(gcm(Cipher.DECRYPT_MODE, ours, aad).doFinal(ours, 12, 48))
                        .isEqualTo(DATA_KEY);

                byte[] nonce = new byte[12];
                byte[] sealed = gcm(Cipher.ENCRYPT_MODE, nonce, aad).doFinal(DATA_KEY);
                byte[] theirs = Arrays.copyOf(nonce, 60);
                System.arraycopy(sealed, 0, theirs, 12, 48);
                assertThat(unwrap(keyring, wrapped(WrapAlgorithm.AES_GCM, theirs), suite))
                        .isEqualTo(DATA_KEY);
            }
        }

        private Cipher gcm(int mode, byte[] nonceFirst, byte[] aad) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
            cipher.init(
                    mode,
                    new SecretKeySpec(KNOWN_MASTER, "AES"),
                    new GCMParameterSpec(128, Arrays.copyOf(nonceFirst, 12)));
            cipher.updateAAD(aad);
            return cipher;
        }

        @Test
        void rsaKey_wrappedByAnybodyWithThePublicKey_opensOnTheToken() throws GeneralSecurityException {
            AlgorithmSuite suite = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
            byte[] pseudoKey = new byte[36];
            pseudoKey[0] = 32;
            System.arraycopy(DATA_KEY, 0, pseudoKey, 1, 32);
            System.arraycopy("115".getBytes(StandardCharsets.US_ASCII), 0, pseudoKey, 33, 3);
            Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
            oaep.init(
                    Cipher.ENCRYPT_MODE,
                    token.rsaPublicKey("03"),
                    new OAEPParameterSpec("SHA-1", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT));
            byte[] theirs = oaep.doFinal(pseudoKey);
            try (Keyring keyring = Tokens.keyring(token, "rsa")) {
                assertThat(unwrap(keyring, wrapped(WrapAlgorithm.RSA_OAEP_SHA1, theirs), suite))
                        .isEqualTo(DATA_KEY);
            }
        }

        private WrappedDataKey wrapped(WrapAlgorithm algorithm, byte[] ciphertext) {
            return new WrappedDataKey(algorithm, Bytes.copyOf(ciphertext), Map.of());
        }

        @ParameterizedTest
        @ValueSource(strings = {"aes", "rsa"})
        @Tag("SEC-016")
        void badCiphertextsBetweenGoodOnes_failAloneAndAlike(String label) {
            AlgorithmSuite suite = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
            try (Keyring keyring = Tokens.keyring(token, label)) {
                WrappedDataKey good = wrap(keyring, suite);
                for (int length : new int[] {good.ciphertext().size(), 59, 61, 255, 257, 300}) {
                    byte[] bad = Arrays.copyOf(good.ciphertext().toByteArray(), length);
                    bad[20] ^= 1;
                    assertThatThrownBy(() -> keyring.unwrap(wrapped(good.algorithm(), bad), request(suite)))
                            .isInstanceOfSatisfying(
                                    IntegrityException.class,
                                    e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.WRAPPED_KEY))
                            .hasMessageContaining("the wrapped data key does not open under this master key")
                            .hasMessageNotContaining("CKR")
                            .hasNoCause();
                    assertThat(unwrap(keyring, good, suite)).isEqualTo(DATA_KEY);
                }
            }
        }
    }

    @Nested
    class Selection {
        @Test
        void key_byId_isFound() {
            String uri = token.uri("twin").replace("?", ";id=%06?");
            try (Pkcs11Keyring keyring =
                    Pkcs11Keyring.builder(Pkcs11Uri.parse(uri)).pin(token::pin).build()) {
                assertThat(keyring.describe().key().bits()).isEqualTo(128);
            }
        }

        @Test
        void key_ambiguousLabel_isRefusedNamingBoth() {
            assertRefused(
                    () -> Tokens.keyring(token, "twin"),
                    KeyringException.Reason.MISCONFIGURED,
                    "there are 2",
                    "CKA_ID 05",
                    "CKA_ID 06");
        }

        @Test
        void key_absent_isRefusedNamingWhatIsThere() {
            assertRefused(
                    () -> Tokens.keyring(token, "nobody"),
                    KeyringException.Reason.MISCONFIGURED,
                    "'nobody'",
                    "AES key 'aes' (CKA_ID 01",
                    "RSA key 'rsa' (CKA_ID 03");
        }

        @Test
        void key_typeThatTheLabelIsNot_isRefused() {
            assertRefused(
                    () -> Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri("rsa").replace("?", ";type=secret-key?")))
                            .pin(token::pin)
                            .build(),
                    KeyringException.Reason.MISCONFIGURED,
                    "there is none");
        }

        @Test
        void token_absent_isRefusedNamingWhatIsThere() {
            String uri = token.uri("aes").replace("token=", "token=not-");
            assertRefused(
                    () -> Pkcs11Keyring.builder(Pkcs11Uri.parse(uri))
                            .pin(token::pin)
                            .build(),
                    KeyringException.Reason.MISCONFIGURED,
                    "label 'not-" + token.label(),
                    "there are only",
                    "token '" + token.label() + "'");
        }

        @Test
        void token_ambiguous_isRefusedNamingBoth() {
            try (SoftHsm second = SoftHsm.newToken()) {
                assertRefused(
                        () -> Pkcs11Keyring.builder(Pkcs11Uri.parse("pkcs11:object=aes?module-path=" + token.module()))
                                .pin(token::pin)
                                .build(),
                        KeyringException.Reason.MISCONFIGURED,
                        "several match",
                        token.label(),
                        second.label());
            }
        }

        @Test
        void tokens_areListedWithoutLogin() {
            assertThat(Pkcs11Keyring.listTokens(token.module()))
                    .anySatisfy(info -> assertThat(info.label()).isEqualTo(token.label()));
        }
    }

    @Nested
    class Refusals {
        @Test
        void pin_wrong_isRefusedOnceAndNotShown() {
            AtomicInteger asked = new AtomicInteger();
            assertThatThrownBy(() -> Tokens.builder(token, "aes")
                            .pin(() -> {
                                asked.incrementAndGet();
                                return "98765432".toCharArray();
                            })
                            .build())
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.DENIED))
                    .hasMessageContaining("PIN is wrong")
                    .hasMessageNotContaining("98765432");
            assertThat(asked).hasValue(1);
            Tokens.keyring(token, "aes").close();
        }

        @Test
        void pin_afterUse_isWiped() {
            char[][] given = new char[1][];
            Tokens.builder(token, "aes")
                    .pin(() -> given[0] = token.pin())
                    .build()
                    .close();
            assertThat(given[0]).containsOnly('\0');
        }

        @Test
        void pin_notConfigured_isRefused() {
            assertRefused(
                    () -> Pkcs11Keyring.builder(Pkcs11Uri.parse(token.uri("aes")))
                            .build(),
                    KeyringException.Reason.MISCONFIGURED,
                    "PIN");
        }

        @ParameterizedTest
        @CsvSource({"aes-open, 0x105, CKA_DECRYPT", "aes-seal, 0x104, CKA_ENCRYPT", "rsa-open, 0x105, CKA_DECRYPT"})
        void key_thatMayNot_isRefusedAtConstructionAndDescribed(String label, String attribute, String name)
                throws CryptokiException {
            if (label.startsWith("aes")) {
                token.generateAes(label, "20", 32);
            } else {
                token.generateRsa(label, "20", 2048);
            }
            KeyUsage.deny(token, label, Long.decode(attribute));
            assertRefused(
                    () -> Tokens.keyring(token, label),
                    KeyringException.Reason.MISCONFIGURED,
                    "object=" + label,
                    "as its " + name + " is false");
            assertThat(Tokens.builder(token, label).describe().verdicts())
                    .noneMatch(Pkcs11Description.Verdict::possible)
                    .anyMatch(verdict -> verdict.why().contains(name));
        }

        @Test
        void module_notNamed_isRefused() {
            assertRefused(
                    () -> Pkcs11Keyring.builder(Pkcs11Uri.parse("pkcs11:token=a;object=b"))
                            .build(),
                    KeyringException.Reason.MISCONFIGURED,
                    "module-path");
        }
    }

    @Nested
    class Descriptions {
        @Test
        void describe_namesModuleTokenKeyAndVerdicts() {
            Pkcs11Description description = Tokens.builder(token, "aes").describe();
            assertThat(description.token().label()).isEqualTo(token.label());
            assertThat(description.key().sensitive()).isTrue();
            assertThat(description.key().extractable()).isFalse();
            assertThat(description.warnings()).noneMatch(warning -> warning.contains("CKA"));
            assertThat(description.mechanisms())
                    .contains(new Pkcs11Description.Mechanism("CKM_AES_GCM", true, true, false, false));
            assertThat(description.verdicts())
                    .extracting(Pkcs11Description.Verdict::wrap, Pkcs11Description.Verdict::possible)
                    .containsExactly(
                            org.assertj.core.groups.Tuple.tuple("AES/GCM", true),
                            org.assertj.core.groups.Tuple.tuple("RSA-OAEP-SHA1", false),
                            org.assertj.core.groups.Tuple.tuple("kms+context", false));
            assertThat(description.toString())
                    .contains("wrap       AES/GCM: yes")
                    .doesNotContain(new String(token.pin()));
        }

        @Test
        void describe_keyThatCanLeave_warns() {
            token.generateAes("loose", "21", 32, "--extractable");
            assertThat(Tokens.builder(token, "loose").describe().warnings())
                    .singleElement()
                    .asString()
                    .contains("CKA_EXTRACTABLE");
        }

        @Test
        void describe_keyThatIsNotPrivateNorSensitive_warns() {
            token.pkcs11Tool("--keygen", "--key-type", "AES:32", "--label", "public", "--id", "22", "--extractable");
            assertThat(Tokens.builder(token, "public").describe().warnings())
                    .anyMatch(warning -> warning.contains("CKA_PRIVATE"))
                    .anyMatch(warning -> warning.contains("CKA_SENSITIVE"))
                    .anyMatch(warning -> warning.contains("CKA_EXTRACTABLE"));
        }

        @Test
        void describe_afterAWrongPin_warns() {
            assertThatThrownBy(() -> Tokens.builder(token, "aes")
                            .pin(() -> "wrong".toCharArray())
                            .build())
                    .isInstanceOf(KeyringException.class);
            assertThat(Pkcs11Keyring.listTokens(token.module()))
                    .filteredOn(info -> info.label().equals(token.label()))
                    .singleElement()
                    .satisfies(info -> assertThat(info.pinCountLow()).isTrue());
        }

        @Test
        void describe_ofAClosedKeyring_isRefused() {
            Pkcs11Keyring keyring = Tokens.keyring(token, "aes");
            keyring.close();
            assertThatThrownBy(keyring::describe).isInstanceOf(IllegalStateException.class);
        }
    }

    @Nested
    class Factory {
        @Test
        void openUri_findsTheFactoryAndAsksForThePin() {
            try (Keyring keyring = KeyringFactory.openUri(token.uri("aes"), Map.of("description.key", "one"), name -> {
                assertThat(name).isEqualTo("pin");
                return token.pin();
            })) {
                WrappedDataKey wrapped = wrap(keyring, AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
                assertThat(wrapped.description()).isEqualTo(Map.of("key", "one"));
            }
        }

        @Test
        void openUri_pinSource_isRead(@TempDir Path folder) throws IOException {
            Path pin = Files.writeString(folder.resolve("pin"), new String(token.pin()) + "\n");
            String uri = token.uri("aes") + "&pin-source=file:" + pin;
            KeyringFactory.openUri(uri, Map.of(), dev.keywright.spi.Secrets.none())
                    .close();
        }

        @Test
        void openUri_readsAny_opensWhatBearsAnotherDescription() {
            WrappedDataKey wrapped;
            try (Keyring other = Tokens.described(token, "aes", Map.of("key", "other"))) {
                wrapped = wrap(other, AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
            }
            KeyRequest request = request(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
            try (Keyring any = KeyringFactory.openUri(token.uri("aes"), Map.of("reads", "any"), name -> token.pin());
                    Keyring own = KeyringFactory.openUri(token.uri("aes"), Map.of(), name -> token.pin())) {
                assertThat(any.unwrap(wrapped, request)).isInstanceOf(Unwrap.Opened.class);
                assertThat(own.unwrap(wrapped, request)).isInstanceOf(Unwrap.NotMine.class);
            }
        }

        @Test
        void openUri_readsSomethingElse_isRefused() {
            assertRefused(
                    () -> KeyringFactory.openUri(token.uri("aes"), Map.of("reads", "all"), name -> token.pin()),
                    KeyringException.Reason.MISCONFIGURED,
                    "reads");
        }

        @Test
        void openUri_withoutAPin_isRefusedSayingSo() {
            assertRefused(
                    () -> KeyringFactory.openUri(token.uri("aes"), Map.of(), dev.keywright.spi.Secrets.none()),
                    KeyringException.Reason.MISCONFIGURED,
                    "'pin'");
        }

        @Test
        void openUri_unknownOption_isRefused() {
            assertRefused(
                    () -> KeyringFactory.openUri(token.uri("aes"), Map.of("lable", "x"), name -> token.pin()),
                    KeyringException.Reason.MISCONFIGURED,
                    "lable");
        }
    }
}
