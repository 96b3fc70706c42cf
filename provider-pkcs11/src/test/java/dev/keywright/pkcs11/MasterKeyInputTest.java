/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.MasterKeyOps;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What master keys make of lengths that no wrap has, and of tokens that answer with such: whoever calls them. */
class MasterKeyInputTest {
    private static final byte[] AAD = {1, 1, 5};

    private static InterposedToken home;
    private Pkcs11Key key;

    @BeforeAll
    static void makeToken() {
        home = new InterposedToken();
        home.token.generateAes("aes", "01", 32);
        home.token.generateRsa("short", "02", 1024);
    }

    @AfterAll
    static void deleteToken() {
        home.close();
    }

    @BeforeEach
    void openKey() {
        key = home.key("aes");
    }

    @AfterEach
    void closeKey() {
        home.module.leaveAll();
        key.close();
        assertThat(home.module.liveBlocks()).as("native memory not given back").isZero();
    }

    private static void refused(ThrowingCallable call, String why) {
        assertThatThrownBy(call).isInstanceOf(GeneralSecurityException.class).hasMessageContaining(why);
    }

    /** Refused without a call that the stored bytes would have decided on. */
    private static void refusedUnasked(ThrowingCallable call, String why) {
        long encrypted = home.module.calls(CryptokiFunction.ENCRYPT_INIT);
        long decrypted = home.module.calls(CryptokiFunction.DECRYPT_INIT);
        refused(call, why);
        assertThat(home.module.calls(CryptokiFunction.ENCRYPT_INIT)).isEqualTo(encrypted);
        assertThat(home.module.calls(CryptokiFunction.DECRYPT_INIT)).isEqualTo(decrypted);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 12, 27})
    void gcm_tooShortForIvAndTag_isNotAsked(int length) {
        MasterKeyOps aes = new AesMasterKey(key, Pkcs11Quirks.none(), new SecureRandom());
        refusedUnasked(() -> aes.open(new byte[length], AAD), "no room for IV and tag");
    }

    @Test
    void rsa_ofTooFewBits_isRefused() {
        assertThatThrownBy(() -> home.keyring("short"))
                .isInstanceOfSatisfying(
                        KeyringException.class, e -> assertThat(e.reason()).isEqualTo(Reason.MISCONFIGURED))
                .hasMessageContaining("an RSA key of 1024 bits is too short: at least 2048 are wanted");
    }

    @Nested
    class Attributes {
        /** Where CK_ATTRIBUTE has the value's length. */
        private static final int LENGTH = 16;

        private Optional<byte[]> label() throws GeneralSecurityException {
            return key.use(
                    (cryptoki, session, handle) -> cryptoki.attribute(session, handle, CryptokiConstants.CKA_LABEL));
        }

        private void sayLength(long length) {
            home.module.interpose(CryptokiFunction.GET_ATTRIBUTE_VALUE, (asked, arguments) -> {
                long result = asked.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments);
                new Pointer(arguments[2]).setLong(LENGTH, length);
                return result;
            });
        }

        @ParameterizedTest
        @ValueSource(longs = {-1, Long.MIN_VALUE, 65_537, (1L << 32) + 3})
        void lengthThatCannotBe_isNoValue(long length) throws GeneralSecurityException {
            sayLength(length);
            assertThat(label()).isEmpty();
        }

        @Test
        void lengthThatGrowsAfterItWasAsked_isNoValue() throws GeneralSecurityException {
            home.module.interpose(CryptokiFunction.GET_ATTRIBUTE_VALUE, (asked, arguments) -> {
                sayLength(4); // of the label's 3 bytes
                return asked.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments);
            });
            assertThat(label()).isEmpty();
            home.module.leaveAll();
            assertThat(label())
                    .hasValueSatisfying(value -> assertThat(value).asString().isEqualTo("aes"));
        }

        @Test
        void lengthThatIsNotTold_isTheTokensFailure() {
            home.module.answerOnce(CryptokiFunction.GET_ATTRIBUTE_VALUE, ReturnValue.DEVICE_MEMORY);
            assertThatThrownBy(this::label)
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("C_GetAttributeValue gave CKR_DEVICE_MEMORY");
        }
    }

    @Nested
    class GcmByEcb {
        private MasterKeyOps emulated() {
            return new EcbGcmMasterKey(key, CryptokiConstants.CKM_AES_ECB, new SecureRandom());
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 12, 27})
        void tooShortForIvAndTag_isNotAsked(int length) {
            refusedUnasked(() -> emulated().open(new byte[length], AAD), "no room for IV and tag");
        }

        @Test
        void longerThanAnyDataKey_isNotAsked() throws GeneralSecurityException {
            MasterKeyOps most = emulated();
            assertThat(most.open(most.seal(new byte[256], AAD), AAD)).isEqualTo(new byte[256]);
            refusedUnasked(() -> most.seal(new byte[257], AAD), "too long for a wrapped data key");
            refusedUnasked(() -> most.open(new byte[12 + 257 + 16], AAD), "too long for a wrapped data key");
        }

        @Test
        void tokenThatGivesFewerBlocks_isRefused() {
            home.module.interpose(CryptokiFunction.ENCRYPT, (asked, arguments) -> {
                long result = asked.call(CryptokiFunction.ENCRYPT, arguments);
                new Pointer(arguments[4]).setLong(0, 48);
                return result;
            });
            refused(() -> emulated().seal(new byte[32], AAD), "the token gave 48 bytes for 64");
        }
    }

    @Nested
    class KeyUnwrappingByEcb {
        @ParameterizedTest
        @ValueSource(ints = {0, 8, 16, 23, 39, 41, 48})
        void lengthThatNoWrappedKeyHas_isNotAsked(int length) {
            AtomicInteger asked = new AtomicInteger();
            refused(
                    () -> EcbKeyUnwrapping.opened(new byte[length], block -> {
                        asked.incrementAndGet();
                        return block.clone();
                    }),
                    "no wrapped key has this length");
            assertThat(asked).hasValue(0);
        }

        @ParameterizedTest
        @ValueSource(ints = {0, 15, 17, 32})
        void tokenThatGivesNoBlock_isRefused(int length) {
            refused(() -> EcbKeyUnwrapping.opened(new byte[40], block -> new byte[length]), "gave no whole block");
        }
    }
}
