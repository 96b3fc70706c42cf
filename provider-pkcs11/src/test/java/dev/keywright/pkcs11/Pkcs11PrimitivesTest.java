/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.KeyringException;
import dev.keywright.testing.SoftHsm;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.RSAPrivateCrtKey;
import java.util.HexFormat;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

class Pkcs11PrimitivesTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final byte[] NOTHING = {};

    private static SoftHsm token;
    private static Pkcs11Primitives primitives;
    private static KeyPair pair;

    @BeforeAll
    static void open() throws NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        pair = generator.generateKeyPair();
        token = SoftHsm.newToken();
        primitives = Pkcs11Primitives.open(uri(), token::pin);
    }

    @AfterAll
    static void close() {
        primitives.close();
        token.close();
    }

    private static Pkcs11Uri uri() {
        return Pkcs11Uri.parse(token.uri("none"));
    }

    @Nested
    class KnownAnswers {
        /** The GCM specification's test case 2. */
        @Test
        void gcm_ofZeros_isTheSpecifications() throws GeneralSecurityException {
            String sealed = "0388dace60b6a392f328c2b971b2fe78" + "ab6e47d42cec13bdf53a67b21257bddf";
            assertThat(HEX.formatHex(primitives.encryptGcm(new byte[16], new byte[12], NOTHING, new byte[16])))
                    .isEqualTo(sealed);
            assertThat(primitives.decryptGcm(new byte[16], new byte[12], NOTHING, HEX.parseHex(sealed)))
                    .isEqualTo(new byte[16]);
        }

        /** RFC 3394, section 4.1. */
        @Test
        void keyWrap_isTheRfcs() throws GeneralSecurityException {
            byte[] wrappingKey = HEX.parseHex("000102030405060708090a0b0c0d0e0f");
            byte[] key = HEX.parseHex("00112233445566778899aabbccddeeff");
            String wrapped = "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5";
            assertThat(HEX.formatHex(primitives.wrapKey(wrappingKey, key))).isEqualTo(wrapped);
            assertThat(primitives.unwrapKey(wrappingKey, HEX.parseHex(wrapped))).isEqualTo(key);
        }

        /** NIST SP 800-38A, section F.2.1, whose one block is followed by one of padding. */
        @Test
        void cbc_firstBlock_isNists() throws GeneralSecurityException {
            byte[] key = HEX.parseHex("2b7e151628aed2a6abf7158809cf4f3c");
            byte[] iv = HEX.parseHex("000102030405060708090a0b0c0d0e0f");
            byte[] block = HEX.parseHex("6bc1bee22e409f96e93d7e117393172a");
            byte[] ciphertext = primitives.encryptCbc(key, iv, block);
            assertThat(HEX.formatHex(ciphertext)).hasSize(64).startsWith("7649abac8119b246cee98e9b12e9197d");
            assertThat(primitives.decryptCbc(key, iv, ciphertext)).isEqualTo(block);
        }

        @Test
        void rsa_ofJce_isOpened() throws GeneralSecurityException {
            Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
            oaep.init(Cipher.ENCRYPT_MODE, pair.getPublic(), OAEPParameterSpec.DEFAULT);
            Cipher pkcs1 = Cipher.getInstance("RSA/ECB/PKCS1Padding");
            pkcs1.init(Cipher.ENCRYPT_MODE, pair.getPublic());
            RSAPrivateCrtKey key = (RSAPrivateCrtKey) pair.getPrivate();
            byte[] message = {1, 2, 3};
            assertThat(primitives.decryptOaep(key, "SHA-1", "SHA-1", NOTHING, oaep.doFinal(message)))
                    .isEqualTo(message);
            assertThat(primitives.decryptPkcs1(key, pkcs1.doFinal(message))).isEqualTo(message);
        }
    }

    @Nested
    class Refusals {
        @Test
        void tag_altered_isRefusedAsInput() {
            assertThatThrownBy(() -> primitives.decryptGcm(new byte[16], new byte[12], NOTHING, new byte[32]))
                    .isExactlyInstanceOf(GeneralSecurityException.class)
                    .hasMessageContaining("C_Decrypt gave");
        }

        /** SoftHSM makes such a key, and then does nothing with it. */
        @Test
        void key_ofNoAesLength_isRefusedBeforeInput() {
            assertThatThrownBy(() -> primitives.encryptGcm(new byte[15], new byte[12], NOTHING, NOTHING))
                    .isInstanceOf(InvalidAlgorithmParameterException.class)
                    .hasMessageContaining("C_EncryptInit gave");
        }

        @Test
        void oaep_withAnotherHash_isAMatterOfParameters() {
            RSAPrivateCrtKey key = (RSAPrivateCrtKey) pair.getPrivate();
            assertThatThrownBy(() -> primitives.decryptOaep(key, "SHA-256", "SHA-1", NOTHING, new byte[256]))
                    .isInstanceOf(InvalidAlgorithmParameterException.class)
                    .hasMessageContaining("C_DecryptInit gave");
            assertThatThrownBy(() -> primitives.decryptOaep(key, "SHA-512/256", "SHA-1", NOTHING, new byte[256]))
                    .isInstanceOf(InvalidAlgorithmParameterException.class)
                    .hasMessageContaining("SHA-512/256");
        }
    }

    @Nested
    class Traces {
        @Test
        void keys_areOfTheSession_andLeaveNothing() throws GeneralSecurityException {
            primitives.encryptGcm(new byte[16], new byte[12], NOTHING, NOTHING);
            primitives.unwrapKey(
                    HEX.parseHex("000102030405060708090a0b0c0d0e0f"),
                    HEX.parseHex("1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5"));
            assertThat(token.pkcs11Tool("--list-objects")).doesNotContain("Key Object");
        }

        @Test
        void uri_withoutModule_isMisconfigured() {
            assertThatThrownBy(() -> Pkcs11Primitives.open(Pkcs11Uri.parse("pkcs11:token=x"), () -> new char[0]))
                    .isInstanceOf(KeyringException.class)
                    .hasMessageContaining("module-path");
        }
    }
}
