/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static dev.keywright.pkcs11.CryptokiConstants.*;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;

/**
 * What a keyring may want of a token, and what lies beside it: a row of the table. Where the key's bytes are known, what the
 * token gives is held against the JDK's.
 */
enum TokenOperation {
    AES_IMPORT("C_CreateObject of an AES key, for the session", on -> {
        on.importTwin();
        return "yes";
    }),
    GCM_ENCRYPT("AES/GCM, C_Encrypt: IV of 12 bytes, AAD", on -> {
        byte[] output =
                on.cryptoki().encryptGcm(on.session(), on.aesKey(), CKM_AES_GCM, on.iv, on.aad, on.dataKey).output;
        return asInSoftware(on, () -> gcm(on, Cipher.ENCRYPT_MODE, on.dataKey), output);
    }),
    GCM_DECRYPT("AES/GCM, C_Decrypt: IV of 12 bytes, AAD", on -> {
        long key = on.aesKey();
        byte[] sealed = on.twin().isPresent()
                ? gcm(on, Cipher.ENCRYPT_MODE, on.dataKey)
                : on.cryptoki().encryptGcm(on.session(), key, CKM_AES_GCM, on.iv, on.aad, on.dataKey).output;
        return same(on.dataKey, on.cryptoki().decryptGcm(on.session(), key, CKM_AES_GCM, on.iv, on.aad, sealed));
    }),
    GCM_ALTERED("AES/GCM, C_Decrypt: a bit of the tag flipped", on -> {
        long key = on.aesKey();
        byte[] sealed = on.cryptoki().encryptGcm(on.session(), key, CKM_AES_GCM, on.iv, on.aad, on.dataKey).output;
        sealed[sealed.length - 1] ^= 1;
        return "yes: " + on.cryptoki().decryptGcm(on.session(), key, CKM_AES_GCM, on.iv, on.aad, sealed).length
                + " bytes";
    }),
    GCM_IV_BITS_0("AES/GCM, C_Encrypt: ulIvBits 0 beside an IV", on -> gcmWith(on, on.iv, 0, true)),
    GCM_FIVE_WORDS("AES/GCM, C_Encrypt: parameters without ulIvBits", on -> gcmWith(on, on.iv, 0, false)),
    GCM_IV_16("AES/GCM, C_Encrypt: IV of 16 bytes", on -> gcmWith(on, new byte[16], 128, true)),
    GCM_IV_0("AES/GCM, C_Encrypt: no IV, the token to make it", on -> gcmWith(on, new byte[0], 0, true)),
    GCM_IV_WRITTEN("AES/GCM, C_Encrypt: 12 zero bytes, the token to write its IV there", on -> {
        byte[] zeros = new byte[12];
        byte[] used = on.cryptoki().encryptGcm(on.session(), on.aesKey(), CKM_AES_GCM, zeros, on.aad, on.dataKey).iv;
        return Arrays.equals(zeros, used) ? "no: it used the zeros" : "yes";
    }),
    GCM_WRAP_KEY("AES/GCM, C_WrapKey", on -> {
        Memory iv = RawCalls.memory(on.iv);
        RawCalls.Mechanism gcm = gcmMechanism(iv, 12, 96, true);
        byte[] wrapped = on.raw.wrapKey(on.session(), on.aesKey(), gcm, readable(on), 64);
        return asInSoftware(on, () -> gcmWithoutAad(on), wrapped);
    }),
    GCM_UNWRAP_KEY("AES/GCM, C_UnwrapKey to a readable key", on -> {
        long key = on.aesKey();
        Memory iv = RawCalls.memory(on.iv);
        RawCalls.Mechanism gcm = gcmMechanism(iv, 12, 96, true);
        byte[] sealed =
                on.twin().isPresent() ? gcmWithoutAad(on) : on.raw.encrypt(on.session(), key, gcm, on.dataKey, 64);
        return read(on, on.raw.unwrapKey(on.session(), key, gcm, sealed, unwrapped()));
    }),
    GCM_BY_ECB("AES/GCM out of AES/ECB (`emulate-gcm`)", on -> {
        long key = on.aesKey();
        ByteBuffer blocks = ByteBuffer.allocate(64).position(16);
        for (int counter = 1; counter <= 3; counter++) {
            blocks.put(on.iv).putInt(counter);
        }
        byte[] encrypted = on.cryptoki().encrypt(on.session(), key, CKM_AES_ECB, blocks.array());
        byte[] ciphertext = xor(on.dataKey, Arrays.copyOfRange(encrypted, 32, 64));
        byte[] tag;
        try (Ghash hash = new Ghash(Arrays.copyOf(encrypted, 16))) {
            hash.update(on.aad);
            hash.update(ciphertext);
            hash.lengths(on.aad.length, ciphertext.length);
            tag = xor(hash.value(), Arrays.copyOfRange(encrypted, 16, 32));
        }
        byte[] sealed = ByteBuffer.allocate(48).put(ciphertext).put(tag).array();
        return asInSoftware(on, () -> gcm(on, Cipher.ENCRYPT_MODE, on.dataKey), sealed);
    }),
    ECB("AES/ECB, C_Encrypt and C_Decrypt", on -> {
        long key = on.aesKey();
        byte[] output = on.cryptoki().encrypt(on.session(), key, CKM_AES_ECB, on.dataKey);
        same(on.dataKey, on.cryptoki().decrypt(on.session(), key, CKM_AES_ECB, output));
        return asInSoftware(on, () -> software(on, "AES/ECB/NoPadding", null), output);
    }),
    CBC("AES/CBC, C_Encrypt and C_Decrypt", on -> {
        long key = on.aesKey();
        RawCalls.Mechanism cbc = RawCalls.Mechanism.of(CKM_AES_CBC, new byte[16]);
        byte[] output = on.raw.encrypt(on.session(), key, cbc, on.dataKey, 32);
        same(on.dataKey, on.cryptoki().decryptCbc(on.session(), key, CKM_AES_CBC, new byte[16], output));
        return asInSoftware(on, () -> software(on, "AES/CBC/NoPadding", new IvParameterSpec(new byte[16])), output);
    }),
    CBC_PAD_ENCRYPT("AES/CBC with PKCS #7 padding, C_Encrypt", on -> {
        byte[] output = on.cryptoki().encryptCbcPad(on.session(), on.aesKey(), new byte[16], on.dataKey);
        return asInSoftware(on, () -> software(on, "AES/CBC/PKCS5Padding", new IvParameterSpec(new byte[16])), output);
    }),
    CBC_PAD_DECRYPT("AES/CBC with PKCS #7 padding, C_Decrypt", on -> {
        long key = on.aesKey();
        byte[] ciphertext = on.twin().isPresent()
                ? software(on, "AES/CBC/PKCS5Padding", new IvParameterSpec(new byte[16]))
                : on.cryptoki().encryptCbcPad(on.session(), key, new byte[16], on.dataKey);
        return same(on.dataKey, on.cryptoki().decryptCbcPad(on.session(), key, new byte[16], ciphertext));
    }),
    CTR("AES/CTR with a counter of 128 bits, C_Encrypt and C_Decrypt", on -> {
        long key = on.aesKey();
        Memory parameters = new Memory(24);
        parameters.clear();
        parameters.setLong(0, 128); // CK_AES_CTR_PARAMS: bits of the counter, then the first block
        RawCalls.Mechanism ctr = new RawCalls.Mechanism(RawCalls.CKM_AES_CTR, parameters, null);
        byte[] output = on.raw.encrypt(on.session(), key, ctr, on.dataKey, 32);
        same(on.dataKey, on.raw.decrypt(on.session(), key, ctr, output));
        return asInSoftware(on, () -> software(on, "AES/CTR/NoPadding", new IvParameterSpec(new byte[16])), output);
    }),
    KEY_WRAP("RFC 3394, C_WrapKey", on -> {
        byte[] wrapped = on.cryptoki().wrapKey(on.session(), on.aesKey(), readable(on), 64);
        return asInSoftware(on, () -> software(on, "AESWrap", null), wrapped);
    }),
    KEY_UNWRAP("RFC 3394, C_UnwrapKey to a readable key", on -> {
        long key = on.aesKey();
        return read(on, on.cryptoki().unwrapKey(on.session(), key, CKM_AES_KEY_WRAP, wrapped(on, key), unwrapped()));
    }),
    KEY_UNWRAP_IV("RFC 3394, C_UnwrapKey with the initial value as parameter", on -> {
        long key = on.aesKey();
        byte[] initialValue = new byte[8];
        Arrays.fill(initialValue, (byte) 0xA6);
        RawCalls.Mechanism mechanism = RawCalls.Mechanism.of(CKM_AES_KEY_WRAP, initialValue);
        return read(on, on.raw.unwrapKey(on.session(), key, mechanism, wrapped(on, key), unwrapped()));
    }),
    KEY_WRAP_ENCRYPT("RFC 3394, C_Encrypt", on -> {
        RawCalls.Mechanism mechanism = RawCalls.Mechanism.of(CKM_AES_KEY_WRAP);
        byte[] wrapped = on.raw.encrypt(on.session(), on.aesKey(), mechanism, on.dataKey, 64);
        return asInSoftware(on, () -> software(on, "AESWrap", null), wrapped);
    }),
    KEY_WRAP_DECRYPT("RFC 3394, C_Decrypt", on -> {
        long key = on.aesKey();
        return same(on.dataKey, on.cryptoki().decrypt(on.session(), key, CKM_AES_KEY_WRAP, wrapped(on, key)));
    }),
    KEY_WRAP_BY_ECB("RFC 3394 opened by AES/ECB (`emulate-key-wrap`)", on -> {
        long key = on.aesKey();
        byte[] opened = EcbKeyUnwrapping.opened(
                wrapped(on, key), block -> on.cryptoki().decrypt(on.session(), key, CKM_AES_ECB, block));
        return same(on.dataKey, opened);
    }),
    OAEP_SHA1("RSA-OAEP, C_Decrypt: SHA-1, MGF1-SHA-1", on -> oaep(on, "SHA-1", "SHA-1", CKM_SHA_1, CKG_MGF1_SHA1)),
    OAEP_SHA256_SHA1(
            "RSA-OAEP, C_Decrypt: SHA-256, MGF1-SHA-1", on -> oaep(on, "SHA-256", "SHA-1", CKM_SHA256, CKG_MGF1_SHA1)),
    OAEP_SHA256(
            "RSA-OAEP, C_Decrypt: SHA-256, MGF1-SHA-256",
            on -> oaep(on, "SHA-256", "SHA-256", CKM_SHA256, CKG_MGF1_SHA256)),
    OAEP_LABEL("RSA-OAEP, C_Decrypt: SHA-1, with a label", on -> {
        byte[] ciphertext = rsa(on, "RSA/ECB/OAEPPadding", oaepSpec("SHA-1", "SHA-1", on.aad));
        return same(
                on.dataKey,
                on.cryptoki()
                        .decryptOaep(
                                on.session(),
                                on.rsaKey(),
                                CKM_RSA_PKCS_OAEP,
                                CKM_SHA_1,
                                CKG_MGF1_SHA1,
                                on.aad,
                                ciphertext));
    }),
    OAEP_ALTERED("RSA-OAEP, C_Decrypt: a bit flipped", on -> {
        byte[] ciphertext = rsa(on, "RSA/ECB/OAEPPadding", oaepSpec("SHA-1", "SHA-1", new byte[0]));
        ciphertext[ciphertext.length - 1] ^= 1;
        byte[] opened = on.cryptoki()
                .decryptOaep(
                        on.session(),
                        on.rsaKey(),
                        CKM_RSA_PKCS_OAEP,
                        CKM_SHA_1,
                        CKG_MGF1_SHA1,
                        new byte[0],
                        ciphertext);
        return "yes: " + opened.length + " bytes";
    }),
    OAEP_RAW("RSA-OAEP decoded here, SHA-256, MGF1-SHA-1 (`raw-rsa-oaep`)", on -> {
        byte[] ciphertext = rsa(on, "RSA/ECB/OAEPPadding", oaepSpec("SHA-256", "SHA-1", new byte[0]));
        byte[] encoded = on.cryptoki().decrypt(on.session(), on.rsaKey(), CKM_RSA_X_509, ciphertext);
        return same(on.dataKey, OaepDecoding.decoded(encoded, "SHA-256", "SHA-1"));
    }),
    OAEP_UNWRAP_KEY("RSA-OAEP SHA-1, C_UnwrapKey to a readable key", on -> {
        byte[] ciphertext = rsa(on, "RSA/ECB/OAEPPadding", oaepSpec("SHA-1", "SHA-1", new byte[0]));
        RawCalls.Mechanism mechanism = new RawCalls.Mechanism(
                CKM_RSA_PKCS_OAEP, RawCalls.words(CKM_SHA_1, CKG_MGF1_SHA1, CKZ_DATA_SPECIFIED, 0, 0), null);
        return read(on, on.raw.unwrapKey(on.session(), on.rsaKey(), mechanism, ciphertext, unwrapped()));
    }),
    PKCS1("RSA PKCS #1 v1.5, C_Decrypt", on -> {
        byte[] ciphertext = rsa(on, "RSA/ECB/PKCS1Padding", null);
        return same(on.dataKey, on.cryptoki().decrypt(on.session(), on.rsaKey(), CKM_RSA_PKCS, ciphertext));
    }),
    PKCS1_ALTERED("RSA PKCS #1 v1.5, C_Decrypt: bits flipped, eight times", on -> {
        byte[] ciphertext = rsa(on, "RSA/ECB/PKCS1Padding", null);
        long key = on.rsaKey();
        for (int i = 1; i <= 8; i++) {
            ciphertext[ciphertext.length - i] ^= 1;
            byte[] opened = on.cryptoki().decrypt(on.session(), key, CKM_RSA_PKCS, ciphertext);
            if (Arrays.equals(opened, on.dataKey)) {
                return "no: it opens";
            }
        }
        return "yes: random bytes (implicit rejection)";
    }),
    PKCS1_UNWRAP_KEY("RSA PKCS #1 v1.5, C_UnwrapKey to a readable key", on -> {
        byte[] ciphertext = rsa(on, "RSA/ECB/PKCS1Padding", null);
        return read(on, on.cryptoki().unwrapKey(on.session(), on.rsaKey(), CKM_RSA_PKCS, ciphertext, unwrapped()));
    }),
    RSA_RAW("RSA without padding, C_Decrypt", on -> {
        byte[] message = new byte[(on.rsaPublic.getModulus().bitLength() + 7) / 8];
        System.arraycopy(on.dataKey, 0, message, message.length - on.dataKey.length, on.dataKey.length);
        Cipher cipher = Cipher.getInstance("RSA/ECB/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, on.rsaPublic);
        byte[] ciphertext = cipher.doFinal(message);
        return same(message, on.cryptoki().decrypt(on.session(), on.rsaKey(), CKM_RSA_X_509, ciphertext));
    }),
    RSA_PUBLIC("Modulus and exponent read from the RSA private key", on -> {
        long key = on.rsaKey();
        Optional<byte[]> modulus = on.cryptoki().attribute(on.session(), key, CKA_MODULUS);
        Optional<byte[]> exponent = on.cryptoki().attribute(on.session(), key, CKA_PUBLIC_EXPONENT);
        return modulus.isPresent()
                        && exponent.isPresent()
                        && new BigInteger(1, modulus.get()).equals(on.rsaPublic.getModulus())
                        && new BigInteger(1, exponent.get()).equals(on.rsaPublic.getPublicExponent())
                ? "yes"
                : "no: they are not given out";
    }),
    RSA_4096("RSA of 4096 bits: a pair made, OAEP SHA-1 opened", on -> {
        RawCalls.Pair pair = on.raw.generateRsaPair(on.session(), 4096);
        try {
            byte[] modulus = on.cryptoki()
                    .attribute(on.session(), pair.privateKey(), CKA_MODULUS)
                    .orElseThrow(() -> new GeneralSecurityException("it has no modulus"));
            Key publicKey = KeyFactory.getInstance("RSA")
                    .generatePublic(new RSAPublicKeySpec(new BigInteger(1, modulus), BigInteger.valueOf(65537)));
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(Cipher.ENCRYPT_MODE, publicKey, oaepSpec("SHA-1", "SHA-1", new byte[0]));
            return same(
                    on.dataKey,
                    on.cryptoki()
                            .decryptOaep(
                                    on.session(),
                                    pair.privateKey(),
                                    CKM_RSA_PKCS_OAEP,
                                    CKM_SHA_1,
                                    CKG_MGF1_SHA1,
                                    new byte[0],
                                    cipher.doFinal(on.dataKey)));
        } finally {
            on.cryptoki().destroyObject(on.session(), pair.publicKey());
            on.cryptoki().destroyObject(on.session(), pair.privateKey());
        }
    }),
    RANDOM("C_GenerateRandom", on -> {
        byte[] first = on.raw.random(on.session(), 32);
        return Arrays.equals(first, on.raw.random(on.session(), 32)) ? "no: twice the same" : "yes";
    }),
    MECHANISM_INFO("C_GetMechanismInfo, of all that C_GetMechanismList names", on -> {
        List<Long> listed = on.cryptoki().mechanisms(on.slot());
        for (long mechanism : listed) {
            on.cryptoki().mechanismInfo(on.slot(), mechanism);
        }
        return listed.isEmpty() ? "no: none" : "yes";
    }),
    SLOT_EVENT("C_WaitForSlotEvent, not blocking", on -> {
        on.raw.pollSlotEvent();
        return "yes: an event";
    }),
    SESSIONS("1200 sessions together", on -> {
        List<Long> open = new ArrayList<>();
        try {
            while (open.size() < 1200) {
                open.add(on.cryptoki().openSession(on.slot(), false));
            }
            return "yes";
        } finally {
            for (long session : open) {
                on.cryptoki().closeSession(session);
            }
        }
    });

    final String title;

    @SuppressWarnings("ImmutableEnumChecker") // it is immutable, and has no annotation to say so
    private final TokenTrial.Attempt attempt;

    TokenOperation(String title, TokenTrial.Attempt attempt) {
        this.title = title;
        this.attempt = attempt;
    }

    /** What comes of it on this token: {@code yes}, {@code yes, =JCE} or {@code no: } and why. */
    String on(TokenTrial token) {
        return token.cell(attempt);
    }

    // ---- parts of the above ----------------------------------------------------------------------------------------

    @FunctionalInterface
    private interface Software {
        byte[] run() throws GeneralSecurityException;
    }

    /** The token's output against the JDK's, if the key's bytes are known. */
    private static String asInSoftware(TokenTrial on, Software software, byte[] output)
            throws GeneralSecurityException {
        if (on.twin().isEmpty()) {
            return "yes";
        }
        return MessageDigest.isEqual(software.run(), output) ? "yes, =JCE" : "no: not what the JDK gives";
    }

    private static String same(byte[] wanted, byte[] given) throws GeneralSecurityException {
        if (!Arrays.equals(wanted, given)) {
            throw new GeneralSecurityException("another plaintext");
        }
        return "yes";
    }

    private static byte[] software(TokenTrial on, String transformation, AlgorithmParameterSpec parameters)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(transformation);
        SecretKeySpec key = new SecretKeySpec(on.twin().orElseThrow(), "AES");
        if (transformation.equals("AESWrap")) {
            cipher.init(Cipher.WRAP_MODE, key);
            return cipher.wrap(new SecretKeySpec(on.dataKey, "AES"));
        }
        cipher.init(Cipher.ENCRYPT_MODE, key, parameters);
        return cipher.doFinal(on.dataKey);
    }

    private static byte[] gcm(TokenTrial on, int mode, byte[] input) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(mode, new SecretKeySpec(on.twin().orElseThrow(), "AES"), new GCMParameterSpec(128, on.iv));
        cipher.updateAAD(on.aad);
        return cipher.doFinal(input);
    }

    private static byte[] gcmWithoutAad(TokenTrial on) throws GeneralSecurityException {
        return software(on, "AES/GCM/NoPadding", new GCMParameterSpec(128, on.iv));
    }

    private static String gcmWith(TokenTrial on, byte[] iv, long ivBits, boolean withIvBits)
            throws CryptokiException, GeneralSecurityException {
        Memory ivMemory = RawCalls.memory(iv);
        RawCalls.Mechanism mechanism = gcmMechanism(ivMemory, iv.length, ivBits, withIvBits);
        byte[] output = on.raw.encrypt(on.session(), on.aesKey(), mechanism, on.dataKey, 128);
        return iv.length == 0
                ? output.length == 48 ? "no: it encrypts without one" : "yes: " + output.length + " bytes"
                : asInSoftware(on, () -> software(on, "AES/GCM/NoPadding", new GCMParameterSpec(128, iv)), output);
    }

    /** CK_GCM_PARAMS without AAD, with six words or with the five that there were before ulIvBits. */
    private static RawCalls.Mechanism gcmMechanism(Memory iv, int ivBytes, long ivBits, boolean withIvBits) {
        long address = ivBytes == 0 ? 0 : Pointer.nativeValue(iv);
        return new RawCalls.Mechanism(
                CKM_AES_GCM,
                withIvBits
                        ? RawCalls.words(address, ivBytes, ivBits, 0, 0, 128)
                        : RawCalls.words(address, ivBytes, 0, 0, 128),
                iv);
    }

    private static byte[] xor(byte[] left, byte[] right) {
        byte[] result = left.clone();
        for (int i = 0; i < result.length; i++) {
            result[i] ^= right[i];
        }
        return result;
    }

    /** The data key as an object that may be wrapped. */
    private static long readable(TokenTrial on) throws CryptokiException {
        return on.cryptoki().createObject(on.session(), unwrapped().with(CKA_VALUE, on.dataKey));
    }

    private static Template unwrapped() {
        return Template.ofReadableSessionKey(true);
    }

    private static String read(TokenTrial on, long object) throws CryptokiException, GeneralSecurityException {
        Optional<byte[]> value = on.cryptoki().attribute(on.session(), object, CKA_VALUE);
        return value.isPresent() ? same(on.dataKey, value.get()) : "no: its value is not given out";
    }

    /** The data key wrapped by RFC 3394, in software or by the token's AES/ECB. */
    private static byte[] wrapped(TokenTrial on, long key) throws CryptokiException, GeneralSecurityException {
        return on.twin().isPresent()
                ? software(on, "AESWrap", null)
                : Rfc3394.wrap(on.dataKey, block -> on.cryptoki().encrypt(on.session(), key, CKM_AES_ECB, block));
    }

    private static OAEPParameterSpec oaepSpec(String hash, String mgfHash, byte[] label) {
        return new OAEPParameterSpec(hash, "MGF1", new MGF1ParameterSpec(mgfHash), new PSource.PSpecified(label));
    }

    private static byte[] rsa(TokenTrial on, String transformation, AlgorithmParameterSpec parameters)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(transformation);
        cipher.init(Cipher.ENCRYPT_MODE, on.rsaPublic, parameters);
        return cipher.doFinal(on.dataKey);
    }

    private static String oaep(TokenTrial on, String hash, String mgfHash, long hashNumber, long mgfNumber)
            throws CryptokiException, GeneralSecurityException {
        byte[] ciphertext = rsa(on, "RSA/ECB/OAEPPadding", oaepSpec(hash, mgfHash, new byte[0]));
        return same(
                on.dataKey,
                on.cryptoki()
                        .decryptOaep(
                                on.session(),
                                on.rsaKey(),
                                CKM_RSA_PKCS_OAEP,
                                hashNumber,
                                mgfNumber,
                                new byte[0],
                                ciphertext));
    }
}
