/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.Pointer;
import dev.keywright.spi.KeyringException;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tokens that do not do as SoftHSM does. */
class Pkcs11PrimitivesTroubleTest {
    private static final byte[] NOTHING = {};

    private final InterposedToken bent = new InterposedToken();

    @AfterEach
    void delete() {
        bent.close();
    }

    private void assertOffersNothing(Pkcs11Primitives opened, String said) throws NoSuchAlgorithmException {
        RSAPrivateCrtKey key = rsaKey();
        List<ThrowingCallable> uses = List.of(
                () -> opened.encryptGcm(new byte[16], new byte[12], NOTHING, NOTHING),
                () -> opened.decryptGcm(new byte[16], new byte[12], NOTHING, new byte[16]),
                () -> opened.wrapKey(new byte[16], new byte[16]),
                () -> opened.unwrapKey(new byte[16], new byte[24]),
                () -> opened.encryptCbc(new byte[16], new byte[16], NOTHING),
                () -> opened.decryptCbc(new byte[16], new byte[16], new byte[16]),
                () -> opened.decryptOaep(key, "SHA-1", "SHA-1", NOTHING, new byte[256]),
                () -> opened.decryptPkcs1(key, new byte[256]));
        assertThat(uses)
                .allSatisfy(use -> assertThatThrownBy(use)
                        .isInstanceOf(NoSuchAlgorithmException.class)
                        .hasMessageContaining(said));
    }

    @Test
    void mechanisms_notListed_areNoAlgorithms_andNothingIsTried() throws NoSuchAlgorithmException {
        bent.module.interpose(CryptokiFunction.GET_MECHANISM_LIST, (asked, arguments) -> {
            new Pointer(arguments[2]).setLong(0, 0);
            return ReturnValue.OK;
        });
        try (Pkcs11Primitives opened = bent.primitives()) {
            assertOffersNothing(opened, "does not list CKM_");
            assertThat(bent.module.calls(CryptokiFunction.CREATE_OBJECT)).isZero();
        }
    }

    @Test
    void mechanisms_listedForOtherUses_areNoAlgorithms() throws NoSuchAlgorithmException {
        bent.module.interpose(CryptokiFunction.GET_MECHANISM_INFO, (asked, arguments) -> {
            new Pointer(arguments[2]).setLong(2L * Long.BYTES, 0);
            return ReturnValue.OK;
        });
        try (Pkcs11Primitives opened = bent.primitives()) {
            assertOffersNothing(opened, "for this use");
        }
    }

    @Test
    void token_thatMakesItsOwnIv_doesNotTakeParameters() {
        bent.module.interpose(CryptokiFunction.ENCRYPT_INIT, (asked, arguments) -> {
            long result = asked.call(CryptokiFunction.ENCRYPT_INIT, arguments);
            Pointer parameters = new Pointer(arguments[1]).getPointer(Long.BYTES);
            parameters.getPointer(0).setByte(0, (byte) 1);
            return result;
        });
        try (Pkcs11Primitives opened = bent.primitives()) {
            assertThatThrownBy(() -> opened.encryptGcm(new byte[16], new byte[12], NOTHING, NOTHING))
                    .isInstanceOf(InvalidAlgorithmParameterException.class)
                    .hasMessageContaining("makes its own");
        }
    }

    @Test
    void token_thatTakesNoKeys_saysSo() {
        try (Pkcs11Primitives opened = bent.primitives()) {
            bent.module.answer(CryptokiFunction.CREATE_OBJECT, ReturnValue.ACTION_PROHIBITED);
            assertThatThrownBy(() -> opened.encryptGcm(new byte[16], new byte[12], NOTHING, NOTHING))
                    .isInstanceOf(InvalidKeyException.class)
                    .hasMessageContaining("C_CreateObject gave CKR_ACTION_PROHIBITED");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"CREATE_OBJECT", "DECRYPT_INIT", "DECRYPT"})
    void token_thatIsGone_isNoAnswer(CryptokiFunction function) {
        try (Pkcs11Primitives opened = bent.primitives()) {
            bent.module.answer(function, ReturnValue.DEVICE_REMOVED);
            assertThatThrownBy(() -> opened.decryptGcm(new byte[16], new byte[12], NOTHING, new byte[16]))
                    .isInstanceOfSatisfying(
                            KeyringException.class,
                            e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.UNAVAILABLE));
        }
    }

    @Test
    void sessionsAndMemory_areGivenBack_alsoAfterRefusals() throws GeneralSecurityException {
        try (Pkcs11Primitives opened = bent.primitives()) {
            opened.wrapKey(new byte[16], new byte[16]);
            assertThatThrownBy(() -> opened.unwrapKey(new byte[16], new byte[24]))
                    .isInstanceOf(GeneralSecurityException.class);
            assertThatThrownBy(() -> opened.decryptGcm(new byte[16], new byte[12], NOTHING, new byte[16]))
                    .isInstanceOf(GeneralSecurityException.class);
            assertThatThrownBy(() -> opened.encryptCbc(new byte[15], new byte[16], NOTHING))
                    .isInstanceOf(InvalidAlgorithmParameterException.class);
        }
        assertThat(bent.module.calls(CryptokiFunction.OPEN_SESSION))
                .isEqualTo(5) // and one that is held open for the login
                .isEqualTo(bent.module.calls(CryptokiFunction.CLOSE_SESSION));
        assertThat(bent.module.liveBlocks()).isZero();
    }

    @Test
    void closed_isSaid() {
        Pkcs11Primitives primitives = bent.primitives();
        primitives.close();
        primitives.close();
        assertThatThrownBy(() -> primitives.encryptGcm(new byte[16], new byte[12], new byte[0], new byte[1]))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("is closed");
    }

    @Test
    void pin_isWiped() {
        AtomicReference<char[]> lent = new AtomicReference<>();
        try (Pkcs11Primitives opened = Pkcs11Primitives.open(Pkcs11Uri.parse(bent.token.uri("none")), () -> {
            lent.set(bent.token.pin());
            return lent.get();
        })) {
            assertThat(opened.token().label()).isEqualTo(bent.token.label());
            assertThat(lent.get()).containsOnly('\0');
            assertThat(opened.toString()).contains(bent.token.label());
        }
    }

    private static RSAPrivateCrtKey rsaKey() throws NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        return (RSAPrivateCrtKey) generator.generateKeyPair().getPrivate();
    }
}
