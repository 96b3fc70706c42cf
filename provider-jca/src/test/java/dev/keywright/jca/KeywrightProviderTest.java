/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.jcatest.ProviderMain;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.AlgorithmParameters;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.InvalidParameterException;
import java.security.Key;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.SecureRandom;
import java.security.Security;
import java.security.spec.InvalidParameterSpecException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.CipherInputStream;
import javax.crypto.CipherOutputStream;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeywrightProviderTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String AES_WRAP = "S3DataKeyWrap-AES-GCM";
    private static final String RSA_WRAP = "S3DataKeyWrap-RSA-OAEP-SHA1";
    private static final String CONTENT = "S3Content-AES-GCM-HKDF-SHA512-COMMIT";
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    // The wire format's known answers, section 19.1.
    private static final byte[] DATA_KEY =
            HEX.parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    private static final byte[] MASTER_KEY =
            HEX.parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    private static final byte[] WRAPPED_V2 = HEX.parseHex("c0c1c2c3c4c5c6c7c8c9cacb"
            + "643d8281b8a8e5c40a263d444eac3e3f39d01852f615e44231f7b6a633ca739cc14c8d7ff3bc17fabcb1ba610f81b04d");
    private static final byte[] WRAPPED_V3 = HEX.parseHex("c0c1c2c3c4c5c6c7c8c9cacb"
            + "643d8281b8a8e5c40a263d444eac3e3f39d01852f615e44231f7b6a633ca739c73af10dfb633b4bdbcec45d6b90dd141");
    private static final Bytes MESSAGE_ID =
            Bytes.copyOf(HEX.parseHex("404142434445464748494a4b4c4d4e4f505152535455565758595a5b"));
    private static final Bytes COMMITMENT =
            Bytes.copyOf(HEX.parseHex("0e7419e5cfb7c60d57a748d87c03278749350c9bb4c973f4f40831f4"));
    private static final byte[] BODY = HEX.parseHex("870f2f2057f80242783df333cb25a12450f94cba4a9650c5aaa5f6712f41ffec"
            + "97963c09ccec92e044a59e8bac02e34b769d8d3c89030a5185c13cda");
    private static final byte[] EMPTY_BODY = HEX.parseHex("1957e31f3fbe220acba1a68965e5d1c9");
    private static final byte[] PLAINTEXT =
            "The quick brown fox jumps over the lazy dog.".getBytes(StandardCharsets.US_ASCII);

    private static final DataKeyWrapParameterSpec V2 =
            new DataKeyWrapParameterSpec(AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
    private static final DataKeyWrapParameterSpec V3 =
            new DataKeyWrapParameterSpec(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
    private static final CommittingContentParameterSpec STORED =
            new CommittingContentParameterSpec(MESSAGE_ID, COMMITMENT);

    static List<KeywrightProvider> providers() {
        return List.of(new KeywrightProvider(), new KeywrightProvider(BOUNCY_CASTLE));
    }

    private static SecretKey aes(byte[] key) {
        return new SecretKeySpec(key, "AES");
    }

    private static Cipher cipher(String name) throws Exception {
        return Cipher.getInstance(name, new KeywrightProvider());
    }

    @Nested
    class Registration {
        @Test
        void services_eachEntryOfTheTable_isOfferedAndMakesAnInstance() throws Exception {
            KeywrightProvider provider = new KeywrightProvider();
            assertThat(provider.getServices()).hasSameSizeAs(JcaService.ALL);
            for (JcaService entry : JcaService.ALL) {
                Provider.Service service = provider.getService(entry.type(), entry.name());
                assertThat(service.newInstance(null)).as(entry.name()).isNotNull();
                assertThat(service.newInstance(null)).isNotSameAs(service.newInstance(null));
                assertThatThrownBy(() -> service.newInstance("parameter"))
                        .isInstanceOf(InvalidParameterException.class);
                for (String alias : entry.aliases()) {
                    assertThat(provider.getService(entry.type(), alias)).isSameAs(service);
                }
            }
            assertThat(cipher("ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY")).isNotNull();
        }

        @Test
        void services_keysTheyTake_areSaidTruthfully() {
            Provider provider = new KeywrightProvider();
            Key aes = aes(MASTER_KEY);
            Key hmac = new SecretKeySpec(MASTER_KEY, "HmacSHA256");
            Key rsaPublic = RsaPairs.of2048().getPublic();
            Key rsaPrivate = RsaPairs.of2048().getPrivate();
            Provider.Service aesWrap = provider.getService("Cipher", AES_WRAP);
            Provider.Service rsaWrap = provider.getService("Cipher", RSA_WRAP);
            Provider.Service content = provider.getService("Cipher", CONTENT);
            assertThat(List.of(aes, hmac, rsaPublic, rsaPrivate))
                    .extracting(aesWrap::supportsParameter)
                    .containsExactly(true, false, false, false);
            assertThat(List.of(aes, hmac, rsaPublic, rsaPrivate))
                    .extracting(rsaWrap::supportsParameter)
                    .containsExactly(false, false, true, true);
            assertThat(List.of(aes, hmac, rsaPublic, rsaPrivate))
                    .extracting(content::supportsParameter)
                    .containsExactly(true, true, false, false);
        }

        @Test
        void addProvider_atAnyPosition_isFoundByNameAndDoesNotComeToUseItself() throws Exception {
            for (int position : new int[] {1, 2, 100}) {
                Security.insertProviderAt(new KeywrightProvider(), position);
                try {
                    Cipher wrap = Cipher.getInstance(AES_WRAP);
                    wrap.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V3);
                    assertThat(wrap.wrap(aes(DATA_KEY))).hasSize(60);
                    Cipher content = Cipher.getInstance(CONTENT);
                    content.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), new CommittingContentParameterSpec(MESSAGE_ID));
                    assertThat(content.doFinal(PLAINTEXT)).isEqualTo(BODY);
                } finally {
                    Security.removeProvider("Keywright");
                }
            }
        }

        @Test
        void serviceLoader_onTheClassPath_findsIt() {
            assertThat(ServiceLoader.load(Provider.class).stream()
                            .filter(each -> each.type() == KeywrightProvider.class))
                    .hasSize(1);
        }

        @Test
        void javaSecurity_nextFreePosition_loadsIt(@TempDir Path folder) throws Exception {
            int free = (int) Arrays.stream(Security.getProviders())
                            .filter(each -> each.getClass().getModule().isNamed())
                            .count()
                    + 1;
            Path properties = folder.resolve("keywright.security");
            Files.writeString(properties, "security.provider." + free + "=Keywright\n");
            assertThat(Forked.run(
                            ProviderMain.class,
                            List.of("-Djava.security.properties=" + properties, "-cp", Forked.classPath()),
                            "list"))
                    .isEqualTo("false 21");
            // A gap in the numbers is passed over in silence: the documentation says how to check.
            Files.writeString(properties, "security.provider." + (free + 1) + "=Keywright\n");
            assertThat(Forked.run(
                            ProviderMain.class,
                            List.of("-Djava.security.properties=" + properties, "-cp", Forked.classPath()),
                            "list"))
                    .isEqualTo("absent");
        }

        @Test
        void modulePath_serviceLoader_findsItInItsModule() throws Exception {
            String modules = Forked.home(DataKey.class) + File.pathSeparator + Forked.home(KeywrightProvider.class);
            assertThat(Forked.run(
                            ProviderMain.class,
                            List.of(
                                    "-p",
                                    modules,
                                    "--add-modules",
                                    "dev.keywright.jca",
                                    "-cp",
                                    Forked.home(ProviderMain.class)),
                            "loader"))
                    .isEqualTo("true 21");
        }

        @Test
        void provider_onItself_isRefused() {
            KeywrightProvider provider = new KeywrightProvider();
            assertThatIllegalArgumentException().isThrownBy(() -> new KeywrightProvider(provider));
        }

        @Test
        void provider_delegateWithoutTheAlgorithm_isNamed() throws Exception {
            Provider bare = new KeywrightProvider(Security.getProvider("SUN"));
            assertThatThrownBy(() -> Cipher.getInstance(CONTENT, bare))
                    .isInstanceOf(NoSuchAlgorithmException.class)
                    .hasStackTraceContaining("provider SUN lacks AES/GCM/NoPadding");
            Cipher wrap = Cipher.getInstance(AES_WRAP, bare);
            assertThatThrownBy(() -> wrap.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V3))
                    .isInstanceOf(InvalidKeyException.class)
                    .hasMessageContaining("provider SUN lacks AES/GCM/NoPadding");
        }

        @Test
        void version_isTheProjects() throws IOException {
            String pom = Files.readString(Path.of(System.getProperty("keywright.root"), "pom.xml"));
            assertThat(pom).contains("<version>" + new KeywrightProvider().getVersionStr() + "-SNAPSHOT</version>");
        }

        @Test
        void documentation_table_isThatOfTheServices() throws IOException {
            String table = JcaService.ALL.stream()
                    .map(each -> "| `" + each.type() + "` | `" + each.name() + "`"
                            + each.aliases().stream()
                                    .map(alias -> ", alias `" + alias + "`")
                                    .collect(Collectors.joining())
                            + " | " + each.keys() + " | " + each.parameters() + " | " + each.purpose() + " |")
                    .collect(Collectors.joining(
                            "\n",
                            "| type | name | keys | parameters | what it does |\n| --- | --- | --- | --- | --- |\n",
                            "\n"));
            assertThat(Files.readString(Path.of(System.getProperty("keywright.root"), "docs", "jca-provider.md")))
                    .contains(table);
        }
    }

    @Nested
    class AesWrap {
        static List<KeywrightProvider> providers() {
            return KeywrightProviderTest.providers();
        }

        @ParameterizedTest
        @MethodSource("providers")
        void unwrap_knownAnswers_giveTheDataKey(KeywrightProvider provider) throws Exception {
            Cipher cipher = Cipher.getInstance(AES_WRAP, provider);
            cipher.init(Cipher.UNWRAP_MODE, aes(MASTER_KEY), V2);
            assertThat(cipher.unwrap(WRAPPED_V2, "AES", Cipher.SECRET_KEY).getEncoded())
                    .isEqualTo(DATA_KEY);
            cipher.init(Cipher.UNWRAP_MODE, aes(MASTER_KEY), V3);
            Key key = cipher.unwrap(WRAPPED_V3, "AES", Cipher.SECRET_KEY);
            assertThat(key.getEncoded()).isEqualTo(DATA_KEY);
            assertThat(key.getAlgorithm()).isEqualTo("AES");
        }

        @ParameterizedTest
        @MethodSource("providers")
        void wrap_fixedNonce_givesTheKnownAnswer(KeywrightProvider provider) throws Exception {
            SecureRandom fixed = new SecureRandom() {
                @Override
                public void nextBytes(byte[] bytes) {
                    System.arraycopy(WRAPPED_V3, 0, bytes, 0, bytes.length);
                }
            };
            Cipher cipher = Cipher.getInstance(AES_WRAP, provider);
            cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V3, fixed);
            assertThat(cipher.wrap(aes(DATA_KEY))).isEqualTo(WRAPPED_V3);
        }

        @Test
        void unwrap_anythingElse_isAnInvalidKeyWithOneMessage() throws Exception {
            List<String> messages = new ArrayList<>();
            for (int bit = 0; bit < 8 * WRAPPED_V3.length; bit++) {
                byte[] altered = WRAPPED_V3.clone();
                altered[bit / 8] ^= (byte) (1 << bit % 8);
                messages.add(failure(altered, MASTER_KEY, V3));
            }
            messages.add(failure(WRAPPED_V2, MASTER_KEY, V3));
            messages.add(failure(Arrays.copyOf(WRAPPED_V3, 59), MASTER_KEY, V3));
            messages.add(failure(Arrays.copyOf(WRAPPED_V3, 61), MASTER_KEY, V3));
            messages.add(failure(new byte[0], MASTER_KEY, V3));
            messages.add(failure(WRAPPED_V3, DATA_KEY, V3));
            assertThat(messages).containsOnly(messages.get(0));
        }

        private String failure(byte[] wrapped, byte[] masterKey, DataKeyWrapParameterSpec spec) throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            cipher.init(Cipher.UNWRAP_MODE, aes(masterKey), spec);
            try {
                cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY);
            } catch (InvalidKeyException e) {
                return e.getMessage();
            }
            throw new AssertionError("unwrapped " + HEX.formatHex(wrapped));
        }

        @Test
        void init_keyOfAnotherKind_isRefused() throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            for (Key key : List.of(
                    RsaPairs.of2048().getPublic(), aes(new byte[15]), new SecretKeySpec(MASTER_KEY, "HmacSHA256"))) {
                for (int mode : new int[] {Cipher.WRAP_MODE, Cipher.UNWRAP_MODE}) {
                    assertThatThrownBy(() -> cipher.init(mode, key, V3)).isInstanceOf(InvalidKeyException.class);
                }
            }
        }

        @Test
        void wrap_dataKeyThatTheSuiteDoesNotHave_isRefused() throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V3);
            assertThatThrownBy(() -> cipher.wrap(aes(new byte[16])))
                    .isInstanceOf(InvalidKeyException.class)
                    .hasMessageContaining("16 bytes");
            assertThatThrownBy(() -> cipher.wrap(new SilentKey()))
                    .isInstanceOf(InvalidKeyException.class)
                    .hasMessageContaining("no encoded form");
        }

        /** Shorter ones are read, where PHP wrote them, and never written. */
        @ParameterizedTest
        @ValueSource(ints = {16, 24})
        @Tag("SEC-026")
        void shorterDataKey_isUnwrappedForTheOlderSuiteOnly(int bytes) throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V2);
            assertThatThrownBy(() -> cipher.wrap(aes(new byte[bytes])))
                    .isInstanceOf(InvalidKeyException.class)
                    .hasMessageContaining(bytes + " bytes");

            try (Keyring keyring = JcaKeyrings.platform().aes("k", MASTER_KEY)) {
                cipher.init(Cipher.UNWRAP_MODE, aes(MASTER_KEY), V2);
                assertThat(cipher.unwrap(wrapped(keyring, bytes, V2), "AES", Cipher.SECRET_KEY)
                                .getEncoded())
                        .hasSize(bytes);
                cipher.init(Cipher.UNWRAP_MODE, aes(MASTER_KEY), V3);
                byte[] committing = wrapped(keyring, bytes, V3);
                assertThatThrownBy(() -> cipher.unwrap(committing, "AES", Cipher.SECRET_KEY))
                        .isInstanceOf(InvalidKeyException.class)
                        .hasMessageContaining(bytes + " bytes");
            }
        }

        private byte[] wrapped(Keyring keyring, int bytes, DataKeyWrapParameterSpec bound) {
            try (DataKey key = DataKey.random(bytes, new SecureRandom())) {
                return keyring.wrap(key, KeyRequest.of(bound.suite(), Map.of()))
                        .ciphertext()
                        .toByteArray();
            }
        }

        @Test
        void unwrap_asAnotherKindOfKey_isRefused() throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            cipher.init(Cipher.UNWRAP_MODE, aes(MASTER_KEY), V3);
            assertThatThrownBy(() -> cipher.unwrap(WRAPPED_V3, "RSA", Cipher.PRIVATE_KEY))
                    .isInstanceOf(NoSuchAlgorithmException.class);
        }

        @Test
        void init_withoutOrWithOtherParameters_isRefused() throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            assertThatThrownBy(() -> cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY)))
                    .isInstanceOf(InvalidKeyException.class);
            assertThatThrownBy(() ->
                            cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), new GCMParameterSpec(128, new byte[12])))
                    .isInstanceOf(InvalidAlgorithmParameterException.class);
            for (AlgorithmSuite suite : AlgorithmSuite.values()) {
                if (!suite.isWritable()) {
                    assertThatThrownBy(() ->
                                    cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), new DataKeyWrapParameterSpec(suite)))
                            .isInstanceOf(InvalidAlgorithmParameterException.class)
                            .hasMessageContaining("never written");
                }
            }
        }

        @Test
        void cipher_doesNothingElse() throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            for (int mode : new int[] {Cipher.ENCRYPT_MODE, Cipher.DECRYPT_MODE}) {
                assertThatThrownBy(() -> cipher.init(mode, aes(MASTER_KEY), V3))
                        .isInstanceOf(UnsupportedOperationException.class);
            }
            cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V3);
            assertThatIllegalStateException().isThrownBy(() -> cipher.update(new byte[1]));
            assertThatIllegalStateException().isThrownBy(() -> cipher.doFinal(new byte[1]));
            assertThatThrownBy(() -> cipher("S3DataKeyWrap-AES-GCM/CBC/NoPadding"))
                    .isInstanceOf(NoSuchAlgorithmException.class);
        }

        @Test
        void unwrap_failingProvider_isNoInvalidKey() throws Exception {
            boolean[] down = {false};
            Provider failing = new CommandedProvider((key, spec) -> {
                if (down[0]) {
                    throw new ProviderException("token removed");
                }
                return key;
            });
            Cipher cipher = Cipher.getInstance(AES_WRAP, new KeywrightProvider(failing));
            cipher.init(Cipher.UNWRAP_MODE, aes(MASTER_KEY), V3);
            down[0] = true;
            assertThatThrownBy(() -> cipher.unwrap(WRAPPED_V3, "AES", Cipher.SECRET_KEY))
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("token removed");
        }

        @Test
        void parameters_throughTheirEncodedForm_areTheSame() throws Exception {
            Cipher cipher = cipher(AES_WRAP);
            cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V2);
            byte[] encoded = cipher.getParameters().getEncoded();
            assertThat(encoded).isEqualTo("AES/GCM/NoPadding".getBytes(StandardCharsets.US_ASCII));
            AlgorithmParameters read = AlgorithmParameters.getInstance(AES_WRAP, new KeywrightProvider());
            read.init(encoded, "RAW");
            assertThat(read.getParameterSpec(DataKeyWrapParameterSpec.class)).isEqualTo(V2);
            Cipher reader = cipher(AES_WRAP);
            reader.init(Cipher.UNWRAP_MODE, aes(MASTER_KEY), read);
            assertThat(reader.unwrap(WRAPPED_V2, "AES", Cipher.SECRET_KEY).getEncoded())
                    .isEqualTo(DATA_KEY);
            AlgorithmParameters empty = AlgorithmParameters.getInstance(AES_WRAP, new KeywrightProvider());
            assertThatThrownBy(() -> empty.init("116".getBytes(StandardCharsets.US_ASCII)))
                    .isInstanceOf(IOException.class);
            assertThatThrownBy(() -> empty.init(encoded, "ASN.1")).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> empty.init(STORED)).isInstanceOf(InvalidParameterSpecException.class);
            assertThatThrownBy(() -> read.getParameterSpec(GCMParameterSpec.class))
                    .isInstanceOf(InvalidParameterSpecException.class);
        }
    }

    @Nested
    class RsaWrap {
        static List<KeywrightProvider> providers() {
            return KeywrightProviderTest.providers();
        }

        @ParameterizedTest
        @MethodSource("providers")
        void wrap_thenUnwrap_givesTheDataKey(KeywrightProvider provider) throws Exception {
            Cipher cipher = Cipher.getInstance(RSA_WRAP, provider);
            cipher.init(Cipher.WRAP_MODE, RsaPairs.of2048().getPublic(), V3);
            byte[] wrapped = cipher.wrap(aes(DATA_KEY));
            assertThat(wrapped).hasSize(256);
            cipher.init(Cipher.UNWRAP_MODE, RsaPairs.of2048().getPrivate(), V3);
            assertThat(cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded())
                    .isEqualTo(DATA_KEY);
            cipher.init(Cipher.UNWRAP_MODE, RsaPairs.of2048().getPrivate(), V2);
            assertThatThrownBy(() -> cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY))
                    .isInstanceOf(InvalidKeyException.class);
        }

        @Test
        void wrap_envelope_isTheKnownAnswer() throws Exception {
            Cipher cipher = cipher(RSA_WRAP);
            cipher.init(Cipher.WRAP_MODE, RsaPairs.of2048().getPublic(), V3);
            byte[] wrapped = cipher.wrap(aes(DATA_KEY));
            Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
            oaep.init(Cipher.DECRYPT_MODE, RsaPairs.of2048().getPrivate(), RsaSealer.parameters());
            assertThat(HEX.formatHex(oaep.doFinal(wrapped))).isEqualTo("20" + HEX.formatHex(DATA_KEY) + "313135");
        }

        @Test
        void init_keyOfAnotherKindOrSize_isRefused() throws Exception {
            Cipher cipher = cipher(RSA_WRAP);
            assertThatThrownBy(() -> cipher.init(Cipher.WRAP_MODE, aes(MASTER_KEY), V3))
                    .isInstanceOf(InvalidKeyException.class);
            assertThatThrownBy(() -> cipher.init(
                            Cipher.WRAP_MODE, (Key) RsaPairs.of2048().getPrivate(), V3))
                    .isInstanceOf(InvalidKeyException.class);
            assertThatThrownBy(() -> cipher.init(
                            Cipher.UNWRAP_MODE, (Key) RsaPairs.of2048().getPublic(), V3))
                    .isInstanceOf(InvalidKeyException.class);
            PrivateKey other =
                    KeyPairGenerator.getInstance("EC").generateKeyPair().getPrivate();
            assertThatThrownBy(() -> cipher.init(Cipher.UNWRAP_MODE, other, V3))
                    .isInstanceOf(InvalidKeyException.class);
            assertThatThrownBy(() -> cipher.init(
                            Cipher.WRAP_MODE, (Key) RsaPairs.fresh(1024).getPublic(), V3))
                    .isInstanceOf(InvalidKeyException.class)
                    .hasMessageContaining("1024 bits");
        }

        @Test
        void unwrap_privateKeyThatTellsNothing_works() throws Exception {
            Provider token = new CommandedProvider((key, spec) ->
                    key instanceof SilentPrivateKey ? RsaPairs.of2048().getPrivate() : key);
            Cipher cipher = Cipher.getInstance(RSA_WRAP, new KeywrightProvider(token));
            cipher.init(Cipher.WRAP_MODE, RsaPairs.of2048().getPublic(), V3);
            byte[] wrapped = cipher.wrap(aes(DATA_KEY));
            cipher.init(Cipher.UNWRAP_MODE, new SilentPrivateKey(), V3);
            assertThat(cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded())
                    .isEqualTo(DATA_KEY);
        }
    }

    @Nested
    class Content {
        static List<KeywrightProvider> providers() {
            return KeywrightProviderTest.providers();
        }

        @ParameterizedTest
        @MethodSource("providers")
        void encrypt_knownMessageId_givesTheKnownBodyAndCommitment(KeywrightProvider provider) throws Exception {
            Cipher cipher = Cipher.getInstance(CONTENT, provider);
            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), new CommittingContentParameterSpec(MESSAGE_ID));
            assertThat(cipher.getParameters().getParameterSpec(CommittingContentParameterSpec.class))
                    .isEqualTo(STORED);
            assertThat(cipher.getIV()).isEqualTo(MESSAGE_ID.toByteArray());
            assertThat(cipher.doFinal(PLAINTEXT)).isEqualTo(BODY);
            Cipher empty = Cipher.getInstance(CONTENT, provider);
            empty.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), STORED);
            assertThat(empty.doFinal()).isEqualTo(EMPTY_BODY);
        }

        @ParameterizedTest
        @MethodSource("providers")
        void decrypt_knownBody_givesThePlaintextAtTheEndOnly(KeywrightProvider provider) throws Exception {
            Cipher cipher = Cipher.getInstance(CONTENT, provider);
            cipher.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), STORED);
            byte[] out = new byte[44];
            assertThat(cipher.update(BODY, 0, 59, out, 0)).isZero();
            assertThat(out).containsOnly(0);
            assertThat(cipher.doFinal(BODY, 59, 1, out, 0)).isEqualTo(44);
            assertThat(out).isEqualTo(PLAINTEXT);
            cipher.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), STORED);
            assertThat(cipher.doFinal(EMPTY_BODY)).isEmpty();
        }

        @Test
        void decrypt_anyBitAltered_releasesNothing() throws Exception {
            Cipher cipher = cipher(CONTENT);
            byte[] out = new byte[100];
            for (int bit = 0; bit < 8 * BODY.length; bit++) {
                byte[] altered = BODY.clone();
                altered[bit / 8] ^= (byte) (1 << bit % 8);
                cipher.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), STORED);
                assertThatThrownBy(() -> cipher.doFinal(altered, 0, altered.length, out, 0))
                        .isInstanceOf(AEADBadTagException.class);
                assertThat(out).containsOnly(0);
            }
            for (byte[] body : List.of(new byte[0], new byte[15], Arrays.copyOf(BODY, 59), Arrays.copyOf(BODY, 61))) {
                cipher.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), STORED);
                assertThatThrownBy(() -> cipher.doFinal(body)).isInstanceOf(AEADBadTagException.class);
            }
        }

        @Test
        void decrypt_dataKeyThatIsNotCommittedTo_isRefusedAtInit() throws Exception {
            Cipher cipher = cipher(CONTENT);
            for (int bit = 0; bit < 8 * COMMITMENT.size(); bit++) {
                byte[] altered = COMMITMENT.toByteArray();
                altered[bit / 8] ^= (byte) (1 << bit % 8);
                CommittingContentParameterSpec spec =
                        new CommittingContentParameterSpec(MESSAGE_ID, Bytes.copyOf(altered));
                assertThatThrownBy(() -> cipher.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), spec))
                        .isInstanceOf(InvalidKeyException.class);
            }
            assertThatThrownBy(() -> cipher.init(Cipher.DECRYPT_MODE, aes(MASTER_KEY), STORED))
                    .isInstanceOf(InvalidKeyException.class);
            assertThatIllegalStateException().isThrownBy(() -> cipher.doFinal(BODY));
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 31, 33})
        void init_dataKeyOfAnotherLength_isRefused(int bytes) throws Exception {
            Cipher cipher = cipher(CONTENT);
            for (int mode : new int[] {Cipher.ENCRYPT_MODE, Cipher.DECRYPT_MODE}) {
                assertThatThrownBy(() -> cipher.init(mode, aes(new byte[bytes]), STORED))
                        .isInstanceOf(InvalidKeyException.class)
                        .hasMessageContaining(bytes + " bytes");
            }
        }

        @Test
        void init_withoutWhatItNeeds_isRefused() throws Exception {
            Cipher cipher = cipher(CONTENT);
            assertThatThrownBy(() -> cipher.init(Cipher.DECRYPT_MODE, aes(DATA_KEY)))
                    .isInstanceOf(InvalidKeyException.class);
            assertThatThrownBy(() -> cipher.init(
                            Cipher.DECRYPT_MODE, aes(DATA_KEY), new CommittingContentParameterSpec(MESSAGE_ID)))
                    .isInstanceOf(InvalidAlgorithmParameterException.class);
            assertThatThrownBy(() ->
                            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), new GCMParameterSpec(128, new byte[12])))
                    .isInstanceOf(InvalidAlgorithmParameterException.class);
            assertThatThrownBy(() -> cipher.init(Cipher.ENCRYPT_MODE, new SilentKey()))
                    .isInstanceOf(InvalidKeyException.class);
            for (int mode : new int[] {Cipher.WRAP_MODE, Cipher.UNWRAP_MODE}) {
                assertThatThrownBy(() -> cipher.init(mode, aes(DATA_KEY), STORED))
                        .isInstanceOf(UnsupportedOperationException.class);
            }
        }

        @Test
        void encrypt_commitmentOfAnotherKey_isRefused() throws Exception {
            Cipher cipher = cipher(CONTENT);
            assertThatThrownBy(() -> cipher.init(Cipher.ENCRYPT_MODE, aes(MASTER_KEY), STORED))
                    .isInstanceOf(InvalidAlgorithmParameterException.class)
                    .hasMessageContaining("commitment");
        }

        @Test
        void encrypt_withoutParameters_drawsAFreshMessageIdEachTime() throws Exception {
            Cipher cipher = cipher(CONTENT);
            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY));
            byte[] first = cipher.getIV();
            AlgorithmParameters parameters = cipher.getParameters();
            byte[] body = cipher.doFinal(PLAINTEXT);
            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY));
            assertThat(cipher.getIV()).hasSize(28).isNotEqualTo(first);

            Cipher reader = cipher(CONTENT);
            reader.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), parameters);
            assertThat(reader.doFinal(body)).isEqualTo(PLAINTEXT);
        }

        @Test
        void encrypt_secondMessageUnderOneMessageId_isRefused() throws Exception {
            Cipher cipher = cipher(CONTENT);
            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), STORED);
            cipher.doFinal(PLAINTEXT);
            assertThatIllegalStateException().isThrownBy(() -> cipher.update(new byte[1]));
            assertThatIllegalStateException().isThrownBy(cipher::doFinal);
            assertThatThrownBy(() -> cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), STORED))
                    .isInstanceOf(InvalidAlgorithmParameterException.class)
                    .hasMessageContaining("one message");
        }

        /** Asked of the engine itself, as {@link Cipher} lets nothing through to it then. */
        @Test
        void init_failingProvider_keepsNoKey() throws Exception {
            boolean[] down = {false};
            KeywrightProvider provider = new KeywrightProvider(new CommandedProvider((key, spec) -> {
                if (down[0]) {
                    throw new ProviderException("token removed");
                }
                return key;
            }));
            JcaService service = JcaService.ALL.stream()
                    .filter(each -> each.name().equals(CONTENT))
                    .findFirst()
                    .orElseThrow();
            CommittingContentCipher engine = new CommittingContentCipher(service, provider);
            down[0] = true;
            assertThatThrownBy(() -> engine.engineInit(Cipher.ENCRYPT_MODE, aes(DATA_KEY), STORED, new SecureRandom()))
                    .isInstanceOf(ProviderException.class);
            assertThatIllegalStateException()
                    .isThrownBy(() -> engine.engineUpdate(PLAINTEXT, 0, PLAINTEXT.length))
                    .withMessageContaining("not initialised");
        }

        @Test
        void encrypt_streamed_givesEachByteAtOnce() throws Exception {
            Cipher cipher = cipher(CONTENT);
            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), STORED);
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (byte each : PLAINTEXT) {
                byte[] one = cipher.update(new byte[] {each});
                assertThat(one).hasSize(1);
                out.write(one);
            }
            out.write(cipher.doFinal());
            assertThat(out.toByteArray()).isEqualTo(BODY);
        }

        @Test
        void cipher_tooLittleRoom_isSaidAndNothingIsLost() throws Exception {
            Cipher cipher = cipher(CONTENT);
            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), STORED);
            assertThatThrownBy(() -> cipher.update(PLAINTEXT, 0, 44, new byte[43], 0))
                    .isInstanceOf(ShortBufferException.class);
            assertThatThrownBy(() -> cipher.doFinal(PLAINTEXT, 0, 44, new byte[59], 0))
                    .isInstanceOf(ShortBufferException.class);
            byte[] body = new byte[60];
            System.arraycopy(PLAINTEXT, 0, body, 0, 44);
            assertThat(cipher.doFinal(body, 0, 44, body, 0)).isEqualTo(60);
            assertThat(body).as("in place").isEqualTo(BODY);

            Cipher reader = cipher(CONTENT);
            reader.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), STORED);
            assertThatThrownBy(() -> reader.doFinal(BODY, 0, 60, new byte[43], 0))
                    .isInstanceOf(ShortBufferException.class);
            assertThat(reader.doFinal(BODY)).isEqualTo(PLAINTEXT);
        }

        @Test
        void cipher_additionalData_isRefused() throws Exception {
            Cipher cipher = cipher(CONTENT);
            cipher.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY), STORED);
            assertThatThrownBy(() -> cipher.updateAAD(new byte[2])).isInstanceOf(UnsupportedOperationException.class);
        }

        @Test
        void cipherStreams_roundTrip() throws Exception {
            byte[] plaintext = new byte[100_000];
            Arrays.fill(plaintext, (byte) 9);
            Cipher writer = cipher(CONTENT);
            writer.init(Cipher.ENCRYPT_MODE, aes(DATA_KEY));
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            try (OutputStream out = new CipherOutputStream(body, writer)) {
                out.write(plaintext);
            }
            assertThat(body.size()).isEqualTo(plaintext.length + 16);
            Cipher reader = cipher(CONTENT);
            reader.init(Cipher.DECRYPT_MODE, aes(DATA_KEY), writer.getParameters());
            try (CipherInputStream in = new CipherInputStream(new ByteArrayInputStream(body.toByteArray()), reader)) {
                assertThat(in.readAllBytes()).isEqualTo(plaintext);
            }
        }

        @Test
        void spec_otherLengths_areRefused() {
            for (int bytes : new int[] {0, 12, 27, 29}) {
                Bytes wrong = Bytes.copyOf(new byte[bytes]);
                assertThatIllegalArgumentException().isThrownBy(() -> new CommittingContentParameterSpec(wrong));
                if (bytes > 0) {
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> new CommittingContentParameterSpec(MESSAGE_ID, wrong));
                }
            }
        }

        @Test
        void parameters_throughTheirEncodedForm_areTheSame() throws Exception {
            for (CommittingContentParameterSpec spec :
                    List.of(STORED, new CommittingContentParameterSpec(MESSAGE_ID))) {
                AlgorithmParameters written = AlgorithmParameters.getInstance(CONTENT, new KeywrightProvider());
                written.init(spec);
                AlgorithmParameters read = AlgorithmParameters.getInstance(CONTENT, new KeywrightProvider());
                read.init(written.getEncoded());
                assertThat(read.getParameterSpec(CommittingContentParameterSpec.class))
                        .isEqualTo(spec);
            }
            for (int bytes : new int[] {0, 27, 29, 55, 57}) {
                AlgorithmParameters empty = AlgorithmParameters.getInstance(CONTENT, new KeywrightProvider());
                assertThatThrownBy(() -> empty.init(new byte[bytes])).isInstanceOf(IOException.class);
            }
        }
    }

    private static final class SilentKey implements SecretKey {
        @Override
        public String getAlgorithm() {
            return "AES";
        }

        @Override
        public String getFormat() {
            return null;
        }

        @Override
        public byte[] getEncoded() {
            return null;
        }
    }

    private static final class SilentPrivateKey implements PrivateKey {
        @Override
        public String getAlgorithm() {
            return "RSA";
        }

        @Override
        public String getFormat() {
            return null;
        }

        @Override
        public byte[] getEncoded() {
            return null;
        }
    }
}
