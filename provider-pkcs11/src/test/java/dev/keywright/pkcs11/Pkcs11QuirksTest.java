/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.keywright.pkcs11.Pkcs11Quirks.GcmIv;
import dev.keywright.pkcs11.Pkcs11Quirks.KeyUnwrapping;
import dev.keywright.pkcs11.Pkcs11Quirks.LoginWay;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.api.AbstractThrowableAssert;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class Pkcs11QuirksTest {
    private static final byte[] MASTER_KEY =
            Arrays.copyOf("a master key of the quirks' test".getBytes(StandardCharsets.US_ASCII), 32);
    private static final byte[] DATA_KEY =
            Arrays.copyOf("a data key of the quirks' tests!".getBytes(StandardCharsets.US_ASCII), 32);
    private static final byte[] AAD = "115".getBytes(StandardCharsets.US_ASCII);

    private static InterposedToken home;
    private static PublicKey publicKey;

    @BeforeAll
    static void makeToken() {
        home = new InterposedToken();
        home.token.importAes("aes", "01", MASTER_KEY);
        home.token.generateRsa("rsa", "02", 2048);
        publicKey = home.token.rsaPublicKey("02");
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    @AfterEach
    void straighten() {
        for (CryptokiFunction function : CryptokiFunction.values()) {
            home.module.leave(function);
        }
    }

    private static Pkcs11Keyring keyring(String label, Pkcs11Quirks.Builder quirks) {
        return home.builder(label).quirks(quirks.build()).build();
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(ThrowingCallable what) {
        return assertThatThrownBy(what)
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED));
    }

    private static byte[] iv(int first) {
        byte[] iv = new byte[12];
        Arrays.fill(iv, (byte) first);
        return iv;
    }

    private static Cipher gcm(int mode, byte[] iv) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(MASTER_KEY, "AES"), new GCMParameterSpec(128, iv));
        cipher.updateAAD(AAD);
        return cipher;
    }

    private static byte[] openedInSoftware(WrappedDataKey wrapped) throws GeneralSecurityException {
        byte[] bytes = wrapped.ciphertext().toByteArray();
        return gcm(Cipher.DECRYPT_MODE, Arrays.copyOf(bytes, 12)).doFinal(bytes, 12, bytes.length - 12);
    }

    /** As on a token that lacks these mechanisms. */
    private static void takeAway(long... mechanisms) {
        home.module.interpose(
                CryptokiFunction.GET_MECHANISM_INFO,
                (asked, arguments) -> Arrays.stream(mechanisms).anyMatch(gone -> gone == arguments[1])
                        ? ReturnValue.MECHANISM_INVALID.code
                        : asked.call(CryptokiFunction.GET_MECHANISM_INFO, arguments));
        for (CryptokiFunction init : List.of(CryptokiFunction.ENCRYPT_INIT, CryptokiFunction.DECRYPT_INIT)) {
            home.module.interpose(
                    init,
                    (asked, arguments) ->
                            Arrays.stream(mechanisms).anyMatch(gone -> gone == new Pointer(arguments[1]).getLong(0))
                                    ? ReturnValue.MECHANISM_INVALID.code
                                    : asked.call(init, arguments));
        }
        home.module.interpose(
                CryptokiFunction.UNWRAP_KEY,
                (asked, arguments) ->
                        Arrays.stream(mechanisms).anyMatch(gone -> gone == new Pointer(arguments[1]).getLong(0))
                                ? ReturnValue.MECHANISM_INVALID.code
                                : asked.call(CryptokiFunction.UNWRAP_KEY, arguments));
    }

    @Nested
    class Vectors {
        private Pkcs11Quirks.Builder vendor(GcmIv source) {
            return Pkcs11Quirks.builder().gcmIv(source).number(Pkcs11Mechanism.AES_GCM, VendorGcm.NUMBER);
        }

        @Test
        void tokenWritesBack_isGivenZeros_andItsIvIsStored() throws GeneralSecurityException {
            VendorGcm token = VendorGcm.writingBack(home.module, iv(1), iv(2));
            try (Keyring keyring = keyring("aes", vendor(GcmIv.TOKEN_WRITES_BACK))) {
                WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
                assertThat(token.given).hasSize(2).containsOnly("00".repeat(12));
                assertThat(Arrays.copyOf(wrapped.ciphertext().toByteArray(), 12))
                        .isEqualTo(iv(2));
                assertThat(openedInSoftware(wrapped)).isEqualTo(DATA_KEY);
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void tokenPrepends_outputIsWhatIsStored() throws GeneralSecurityException {
            VendorGcm.prepending(home.module, iv(3), iv(4));
            try (Keyring keyring = keyring("aes", vendor(GcmIv.TOKEN_PREPENDS))) {
                WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
                assertThat(wrapped.ciphertext().size()).isEqualTo(60);
                assertThat(Arrays.copyOf(wrapped.ciphertext().toByteArray(), 12))
                        .isEqualTo(iv(4));
                assertThat(openedInSoftware(wrapped)).isEqualTo(DATA_KEY);
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
                assertThatThrownBy(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped)))
                        .isInstanceOf(IntegrityException.class);
            }
        }

        @ParameterizedTest
        @EnumSource(names = {"TOKEN_WRITES_BACK", "TOKEN_PREPENDS"})
        void tokenThatMakesNoIv_isRefused_forZerosWouldBeUsedAgain(GcmIv source) {
            if (source == GcmIv.TOKEN_PREPENDS) {
                VendorGcm.prepending(home.module, iv(0));
            } else {
                VendorGcm.writingBack(home.module, iv(0));
            }
            refused(() -> keyring("aes", vendor(source))).hasMessageContaining("made none");
        }

        @Test
        void tokenThatDoesNotPrepend_isRefused() {
            VendorGcm.describe(home.module);
            home.module.interpose(CryptokiFunction.ENCRYPT_INIT, (asked, arguments) -> {
                new Pointer(arguments[1]).setLong(0, CryptokiConstants.CKM_AES_ECB); // 32 bytes come out
                new Pointer(arguments[1]).setLong(16, 0);
                return asked.call(CryptokiFunction.ENCRYPT_INIT, arguments);
            });
            refused(() -> keyring("aes", vendor(GcmIv.TOKEN_PREPENDS)))
                    .hasMessageContainingAll("gave 32 bytes for 32", "an IV of 12 bytes, ciphertext and a tag");
        }

        @Test
        void prepending_withoutAVendorsNumber_isRefused() {
            assertThatThrownBy(() ->
                            Pkcs11Quirks.builder().gcmIv(GcmIv.TOKEN_PREPENDS).build())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("number");
        }
    }

    @Nested
    class Numbers {
        /** Each mechanism is known to the token by another number only. */
        @ParameterizedTest
        @CsvSource({
            "AES_ECB, aes, RAW_AES",
            "AES_KEY_WRAP, aes, AES_WRAP",
            "RSA_PKCS, rsa, RAW_RSA",
            "RSA_PKCS_OAEP, rsa, RSA_OAEP_SHA1"
        })
        void vendorsNumber_isWhatTheTokenIsAskedWith(Pkcs11Mechanism mechanism, String label, WrapAlgorithm wrap) {
            long vendors = 0x8000_4321L;
            rename(mechanism.standardNumber(), vendors);
            try (Keyring keyring = keyring(label, Pkcs11Quirks.builder().number(mechanism, vendors))) {
                WrappedDataKey wrapped = wrap == WrapAlgorithm.RSA_OAEP_SHA1
                        ? Wraps.wrap(keyring, DATA_KEY)
                        : Wraps.byOldClient(
                                wrap, label.equals("rsa") ? publicKey : new SecretKeySpec(MASTER_KEY, "AES"), DATA_KEY);
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
            }
        }

        private void rename(long standard, long vendors) {
            home.module.interpose(CryptokiFunction.GET_MECHANISM_INFO, (asked, arguments) -> {
                if (arguments[1] == standard) {
                    return ReturnValue.MECHANISM_INVALID.code;
                }
                return asked.call(
                        CryptokiFunction.GET_MECHANISM_INFO,
                        arguments[0],
                        arguments[1] == vendors ? standard : arguments[1],
                        arguments[2]);
            });
            for (CryptokiFunction function : List.of(
                    CryptokiFunction.ENCRYPT_INIT, CryptokiFunction.DECRYPT_INIT, CryptokiFunction.UNWRAP_KEY)) {
                home.module.interpose(function, (asked, arguments) -> {
                    Pointer mechanism = new Pointer(arguments[1]);
                    if (mechanism.getLong(0) == standard) {
                        return ReturnValue.MECHANISM_INVALID.code;
                    }
                    if (mechanism.getLong(0) == vendors) {
                        mechanism.setLong(0, standard);
                    }
                    return asked.call(function, arguments);
                });
            }
        }
    }

    @Nested
    class Emulation {
        private final Pkcs11Quirks.Builder emulating =
                Pkcs11Quirks.builder().emulateGcm(true).emulateKeyWrap(true);

        @Test
        void gcm_byEcb_isTheSameAsAnybodys() throws GeneralSecurityException {
            takeAway(CryptokiConstants.CKM_AES_GCM);
            try (Pkcs11Keyring keyring = keyring("aes", emulating)) {
                WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
                assertThat(openedInSoftware(wrapped)).isEqualTo(DATA_KEY);
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
                assertThat(keyring.describe().verdicts().get(0).why()).contains("CKM_AES_ECB", "emulating");
            }
        }

        @Test
        void gcm_byEcb_isOneCall() {
            takeAway(CryptokiConstants.CKM_AES_GCM);
            try (Pkcs11Keyring keyring = keyring("aes", emulating)) {
                WrappedDataKey wrapped = Wraps.wrap(keyring, DATA_KEY);
                long before = home.module.calls(CryptokiFunction.ENCRYPT);
                Wraps.unwrap(keyring, wrapped);
                assertThat(home.module.calls(CryptokiFunction.ENCRYPT) - before).isEqualTo(1);
            }
        }

        @Test
        void gcm_byEcb_everyBitIsAuthenticated() {
            takeAway(CryptokiConstants.CKM_AES_GCM);
            try (Pkcs11Keyring keyring = keyring("aes", emulating)) {
                byte[] good = Wraps.wrap(keyring, DATA_KEY).ciphertext().toByteArray();
                for (int at : new int[] {0, 11, 12, 43, 44, 59}) {
                    byte[] bad = good.clone();
                    bad[at] ^= 1;
                    assertThatThrownBy(() -> Wraps.unwrap(
                                    keyring,
                                    new WrappedDataKey(
                                            WrapAlgorithm.AES_GCM, dev.keywright.spi.Bytes.copyOf(bad), Map.of())))
                            .as("byte " + at)
                            .isInstanceOf(IntegrityException.class);
                }
                for (int length : new int[] {0, 27, 28, 300}) {
                    assertThatThrownBy(() -> Wraps.unwrap(
                                    keyring,
                                    new WrappedDataKey(
                                            WrapAlgorithm.AES_GCM,
                                            dev.keywright.spi.Bytes.copyOf(Arrays.copyOf(good, length)),
                                            Map.of())))
                            .as("length " + length)
                            .isInstanceOf(IntegrityException.class);
                }
            }
        }

        @Test
        void gcm_tokenHasIt_isNotEmulated() {
            long before = home.module.calls(CryptokiFunction.ENCRYPT);
            try (Pkcs11Keyring keyring = keyring("aes", emulating)) {
                assertThat(home.module.calls(CryptokiFunction.ENCRYPT)).isGreaterThan(before);
                assertThat(keyring.describe().verdicts().get(0).why()).doesNotContain("emulating");
            }
        }

        @Test
        void gcm_notAllowed_isRefused() {
            takeAway(CryptokiConstants.CKM_AES_GCM);
            refused(() -> keyring("aes", Pkcs11Quirks.builder())).hasMessageContaining("the token has no CKM_AES_GCM");
        }

        @Test
        void gcm_withoutEcb_isRefusedSayingSo() {
            takeAway(CryptokiConstants.CKM_AES_GCM, CryptokiConstants.CKM_AES_ECB);
            refused(() -> keyring("aes", emulating))
                    .hasMessageContainingAll(
                            "has no CKM_AES_GCM", "nor can it be emulated: the token has no CKM_AES_ECB");
        }

        @ParameterizedTest
        @ValueSource(ints = {16, 24, 32})
        void keyWrap_byEcb_opensWhatAnybodyWrapped(int bytes) {
            takeAway(CryptokiConstants.CKM_AES_KEY_WRAP);
            byte[] dataKey = Arrays.copyOf(DATA_KEY, bytes);
            WrappedDataKey wrapped =
                    Wraps.byOldClient(WrapAlgorithm.AES_WRAP, new SecretKeySpec(MASTER_KEY, "AES"), dataKey);
            try (Keyring keyring = keyring("aes", emulating)) {
                assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(dataKey);
                assertThatThrownBy(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped)))
                        .isInstanceOf(IntegrityException.class)
                        .hasNoCause();
            }
        }

        @Test
        void keyWrap_notAllowed_isDeclined() {
            takeAway(CryptokiConstants.CKM_AES_KEY_WRAP);
            try (Pkcs11Keyring keyring = keyring("aes", Pkcs11Quirks.builder())) {
                assertThat(keyring.describe().legacy())
                        .filteredOn(verdict -> verdict.wrap().equals("AESWrap"))
                        .singleElement()
                        .satisfies(verdict -> assertThat(verdict.possible()).isFalse());
            }
        }
    }

    @Nested
    class RawRsa {
        private WrappedDataKey oaep(MGF1ParameterSpec mgf) throws GeneralSecurityException {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    publicKey,
                    new OAEPParameterSpec("SHA-256", "MGF1", mgf, PSource.PSpecified.DEFAULT));
            return new WrappedDataKey(
                    WrapAlgorithm.RSA_OAEP_SHA256, dev.keywright.spi.Bytes.copyOf(cipher.doFinal(DATA_KEY)), Map.of());
        }

        @Test
        void oaepSha256_byUnpaddedRsa_opensWithBothMgfs() throws GeneralSecurityException {
            try (Keyring keyring = keyring("rsa", Pkcs11Quirks.builder().decodeRawOaep(true))) {
                for (MGF1ParameterSpec mgf : List.of(MGF1ParameterSpec.SHA1, MGF1ParameterSpec.SHA256)) {
                    WrappedDataKey wrapped = oaep(mgf);
                    assertThat(Wraps.unwrap(keyring, wrapped)).isEqualTo(DATA_KEY);
                    assertThatThrownBy(() -> Wraps.unwrap(keyring, Wraps.altered(wrapped)))
                            .isInstanceOf(IntegrityException.class)
                            .hasNoCause();
                }
            }
        }

        @Test
        void oaepSha256_tokenLeavesLeadingZerosOut_opensAllTheSame() throws GeneralSecurityException {
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                long result = asked.call(CryptokiFunction.DECRYPT, arguments);
                Pointer output = new Pointer(arguments[3]);
                Pointer length = new Pointer(arguments[4]);
                byte[] whole = output.getByteArray(0, (int) length.getLong(0));
                if (result == ReturnValue.OK && whole.length == 256) {
                    assertThat(whole[0]).isZero();
                    output.write(0, whole, 1, whole.length - 1);
                    length.setLong(0, whole.length - 1);
                }
                return result;
            });
            try (Keyring keyring = keyring("rsa", Pkcs11Quirks.builder().decodeRawOaep(true))) {
                assertThat(Wraps.unwrap(keyring, oaep(MGF1ParameterSpec.SHA1))).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void oaepSha256_tokenWithoutUnpaddedRsa_isDeclinedSayingSo() {
            takeAway(CryptokiConstants.CKM_RSA_X_509);
            try (Pkcs11Keyring keyring = keyring("rsa", Pkcs11Quirks.builder().decodeRawOaep(true))) {
                assertThat(keyring.describe().legacy().toString()).contains("the token has no CKM_RSA_X_509");
            }
        }

        @Test
        void oaepSha1_isNeverDecodedHere() {
            takeAway(CryptokiConstants.CKM_RSA_PKCS_OAEP);
            refused(() -> keyring("rsa", Pkcs11Quirks.builder().decodeRawOaep(true)))
                    .hasMessageContaining("CKM_RSA_PKCS_OAEP");
        }
    }

    @Nested
    class Unwrapping {
        private WrappedDataKey wrapped() {
            return Wraps.byOldClient(WrapAlgorithm.AES_WRAP, new SecretKeySpec(MASTER_KEY, "AES"), DATA_KEY);
        }

        @Test
        void byUnwrapKey_whereBothAreThere_doesNotDecrypt() {
            home.changeMechanismFlags(
                    CryptokiConstants.CKM_AES_KEY_WRAP, flags -> flags | CryptokiConstants.CKF_DECRYPT);
            try (Keyring keyring = keyring("aes", Pkcs11Quirks.builder().keyUnwrapping(KeyUnwrapping.C_UNWRAP_KEY))) {
                assertThat(Wraps.unwrap(keyring, wrapped())).isEqualTo(DATA_KEY);
            }
        }

        @Test
        void byDecryptOnly_whereOnlyUnwrappingIsThere_declines() {
            try (Pkcs11Keyring keyring =
                    keyring("aes", Pkcs11Quirks.builder().keyUnwrapping(KeyUnwrapping.C_DECRYPT))) {
                long before = home.module.calls(CryptokiFunction.UNWRAP_KEY);
                assertThat(keyring.unwrap(wrapped(), Wraps.REQUEST).toString())
                        .contains("not to be opened by C_UnwrapKey");
                assertThat(home.module.calls(CryptokiFunction.UNWRAP_KEY)).isEqualTo(before);
            }
        }
    }

    @Nested
    class Logins {
        @Test
        void protectedPath_givesNoPin_whateverTheTokenSays() {
            AtomicReference<long[]> login = new AtomicReference<>();
            home.module.interpose(CryptokiFunction.LOGIN, (asked, arguments) -> {
                login.set(arguments);
                return ReturnValue.PIN_INCORRECT.code; // the test has no keypad
            });
            assertThatThrownBy(() -> home.builder("aes")
                            .quirks(Pkcs11Quirks.builder()
                                    .loginWay(LoginWay.PROTECTED_PATH)
                                    .build())
                            .pin(() -> {
                                throw new AssertionError("asked for a PIN");
                            })
                            .build())
                    .isInstanceOf(KeyringException.class);
            assertThat(login.get()).endsWith(0L, 0L);
        }

        @Test
        void none_logsInNever() {
            long before = home.module.calls(CryptokiFunction.LOGIN);
            refused(() -> home.builder("aes")
                            .quirks(Pkcs11Quirks.builder()
                                    .loginWay(LoginWay.NONE)
                                    .build())
                            .build())
                    .hasMessageContaining("nobody is logged in");
            assertThat(home.module.calls(CryptokiFunction.LOGIN)).isEqualTo(before);
        }
    }

    @Nested
    class InitArguments {
        private final AtomicReference<String> seen = new AtomicReference<>();

        private void watch() {
            home.module.interpose(CryptokiFunction.INITIALIZE, (asked, arguments) -> {
                Pointer reserved = new Pointer(arguments[0]).getPointer(40);
                seen.set(reserved == null ? "none" : reserved.getString(0, "UTF-8"));
                new Pointer(arguments[0]).setPointer(40, null); // SoftHSM takes none
                return asked.call(CryptokiFunction.INITIALIZE, arguments);
            });
        }

        @Test
        void initArgument_isGivenAsACString() {
            watch();
            keyring("aes", Pkcs11Quirks.builder().initArgument("configdir='sql:/ü'"))
                    .close();
            assertThat(seen).hasValue("configdir='sql:/ü'");
            home.keyring("aes").close();
            assertThat(seen).hasValue("none");
        }

        @Test
        void initArgument_otherThanTheModuleIsInUseWith_isRefusedAndNotRepeated() {
            watch();
            try (Keyring first = keyring("aes", Pkcs11Quirks.builder().initArgument("one"))) {
                refused(() -> keyring("aes", Pkcs11Quirks.builder().initArgument("other")))
                        .hasMessageContaining("another init argument")
                        .hasMessageNotContaining("other'");
                assertThatCode(() -> keyring("aes", Pkcs11Quirks.builder().initArgument("one"))
                                .close())
                        .doesNotThrowAnyException();
                assertThatCode(() -> home.keyring("aes").close()).doesNotThrowAnyException();
            }
            try (Keyring first = home.keyring("aes")) {
                refused(() -> keyring("aes", Pkcs11Quirks.builder().initArgument("other")))
                        .hasMessageContaining("no init argument");
            }
        }

        @Test
        void initArgument_withNul_isRefused() {
            assertThatThrownBy(() -> Pkcs11Quirks.builder().initArgument("a\0b"))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Nested
    class Options {
        private Pkcs11Quirks read(String... namesAndValues) {
            Map<String, String> options = new java.util.HashMap<>();
            for (int i = 0; i < namesAndValues.length; i += 2) {
                options.put(namesAndValues[i], namesAndValues[i + 1]);
            }
            return Pkcs11Options.read("the test", options);
        }

        @Test
        void everyOption_isReadByName_andSaysItselfAgain() {
            Pkcs11Quirks quirks = read(
                    "gcm-iv", "token-prepends",
                    "mechanism.CKM_AES_GCM", "0x80001087",
                    "mechanism.CKM_RSA_PKCS", "7",
                    "key-unwrap", "unwrap",
                    "emulate-gcm", "true",
                    "emulate-key-wrap", "true",
                    "raw-rsa-oaep", "true",
                    "login", "protected-path",
                    "init-argument", "what it says");
            assertThat(quirks.gcmIv()).isEqualTo(GcmIv.TOKEN_PREPENDS);
            assertThat(quirks.number(Pkcs11Mechanism.AES_GCM)).isEqualTo(0x80001087L);
            assertThat(quirks.number(Pkcs11Mechanism.RSA_PKCS)).isEqualTo(7);
            assertThat(quirks.number(Pkcs11Mechanism.AES_ECB)).isEqualTo(0x1081);
            assertThat(quirks.keyUnwrapping()).isEqualTo(KeyUnwrapping.C_UNWRAP_KEY);
            assertThat(quirks.emulatesGcm()).isTrue();
            assertThat(quirks.emulatesKeyWrap()).isTrue();
            assertThat(quirks.decodesRawOaep()).isTrue();
            assertThat(quirks.loginWay()).isEqualTo(LoginWay.PROTECTED_PATH);
            assertThat(quirks.initArgument()).hasValue("what it says");
            assertThat(quirks.toString())
                    .contains("gcm-iv=token-prepends", "mechanism.CKM_AES_GCM=0x80001087", "raw-rsa-oaep=true")
                    .doesNotContain("what it says");
            assertThat(quirks.toBuilder().build()).hasToString(quirks.toString());
        }

        @Test
        void noOption_isTheStandard() {
            assertThat(read()).hasToString("{}");
            assertThat(Pkcs11Quirks.none()).hasToString("{}");
        }

        @Test
        void profile_isChangedByTheOthers() {
            assertThat(read("profile", "aws-cloudhsm"))
                    .hasToString("{gcm-iv=token-prepends, mechanism.CKM_AES_GCM=0x80001087}");
            assertThat(read(
                            "profile",
                            "aws-cloudhsm",
                            "gcm-iv",
                            "token-writes-back",
                            "mechanism.CKM_AES_GCM",
                            "0x1087"))
                    .hasToString("{gcm-iv=token-writes-back}");
        }

        @ParameterizedTest
        @EnumSource
        void everyProfile_isReadByItsName_andWeakensNothing(Pkcs11Profile profile) {
            Pkcs11Quirks quirks = read("profile", profile.toString());
            assertThat(quirks).hasToString(profile.quirks().toString());
            assertThat(quirks.emulatesGcm() || quirks.emulatesKeyWrap() || quirks.decodesRawOaep())
                    .isFalse();
        }

        @ParameterizedTest
        @CsvSource({
            "gcm-iv, token, token-writes-back",
            "key-unwrap, x, unwrap",
            "emulate-gcm, yes, neither true nor false",
            "login, x, protected-path",
            "profile, x, aws-cloudhsm",
            "mechanism.CKM_AES_GCM, 0x1ffffffff, 0x80001087",
            "mechanism.CKM_AES_GCM, -1, number",
            "mechanism.CKM_AES_GCM, x, number",
            "mechanism.CKM_X, 1, CKM_AES_GCM",
            "gcm-iv, token-prepends, number"
        })
        void valueThatIsNone_isRefusedNamingThoseThereAre(String name, String value, String said) {
            refused(() -> read(name, value)).hasMessageContainingAll("the test", said);
        }

        @Test
        void options_areReadAgain() {
            Map<String, String> options = Map.of("gcm-iv", "token-writes-back", "raw-rsa-oaep", "true");
            assertThat(Pkcs11Options.of(Pkcs11Options.read("the test", options)))
                    .isEqualTo(options);
        }

        @Test
        void factory_takesThem() {
            String uri = home.token.uri("aes");
            KeyringFactory.openUri(uri, Map.of("profile", "softhsm", "emulate-gcm", "true"), name -> home.token.pin())
                    .close();
            refused(() -> KeyringFactory.openUri(uri, Map.of("gcm-iv", "x"), name -> home.token.pin()))
                    .hasMessageContaining("gcm-iv");
            refused(() -> KeyringFactory.openUri(uri, Map.of("gcmiv", "host"), name -> home.token.pin()))
                    .hasMessageContainingAll("gcmiv", "gcm-iv", "init-argument", "reads", "max-sessions");
        }
    }

    @Test
    void listTokens_ofAModuleWithAnInitArgument_isAskedWithIt() {
        Path module = home.token.module();
        assertThat(Pkcs11Keyring.listTokens(module, Pkcs11Quirks.none())).isNotEmpty();
    }
}
