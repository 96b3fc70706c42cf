/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.pkcs11;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.jna.Memory;
import com.sun.jna.Pointer;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringException.Reason;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.Provider;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The wraps of old objects, opened by SoftHSM, and by SoftHSM bent into tokens that do it otherwise. */
class LegacyWrapsOnTokenTest {
    private static final HexFormat HEX = HexFormat.of();
    private static final String DATA_KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private static final byte[] MASTER_KEY =
            HEX.parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");

    private static final long CKM_RSA_X_509 = 3;

    private static InterposedToken home;
    private static RSAPublicKey publicKey;

    @BeforeAll
    static void makeToken() {
        home = new InterposedToken();
        home.token.importAes("aes", "01", MASTER_KEY);
        home.token.generateRsa("rsa", "02", 2048);
        publicKey = (RSAPublicKey) home.token.rsaPublicKey("02");
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
        assertThat(home.module.liveBlocks()).as("native memory not given back").isZero();
    }

    private static byte[] dataKey(int bytes) {
        return Arrays.copyOf(HEX.parseHex(DATA_KEY), bytes);
    }

    private static WrappedDataKey stored(WrapAlgorithm wrap, byte[] bytes) {
        return new WrappedDataKey(wrap, Bytes.copyOf(bytes), Map.of());
    }

    private static String open(Keyring keyring, WrapAlgorithm wrap, byte[] bytes) {
        try (DataKey key = ((Unwrap.Opened) keyring.unwrap(stored(wrap, bytes), Wraps.REQUEST)).dataKey()) {
            return key.use(HEX::formatHex);
        }
    }

    /** As an old client wrapped it, in software. */
    private static byte[] wrapped(WrapAlgorithm wrap, byte[] dataKey) {
        Key key = wrap == WrapAlgorithm.RAW_RSA ? publicKey : new SecretKeySpec(MASTER_KEY, "AES");
        return Wraps.byOldClient(wrap, key, dataKey).ciphertext().toByteArray();
    }

    private static byte[] encrypted(String transformation, Key key, AlgorithmParameterSpec spec, byte[] plaintext) {
        try {
            Cipher cipher = Cipher.getInstance(transformation);
            cipher.init(Cipher.ENCRYPT_MODE, key, spec);
            return cipher.doFinal(plaintext);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] oaep(MGF1ParameterSpec mgf, byte[] plaintext) {
        return encrypted(
                "RSA/ECB/OAEPPadding",
                publicKey,
                new OAEPParameterSpec("SHA-256", "MGF1", mgf, PSource.PSpecified.DEFAULT),
                plaintext);
    }

    private static Pkcs11Keyring keyringFor(WrapAlgorithm wrap) {
        return home.keyring(wrap == WrapAlgorithm.RAW_RSA ? "rsa" : "aes");
    }

    private static String declined(Keyring keyring, WrapAlgorithm wrap, byte[] bytes) {
        return ((Unwrap.NotMine) keyring.unwrap(stored(wrap, bytes), Wraps.REQUEST)).why();
    }

    @Nested
    @Tag("CLI-010")
    class Opens {
        /** The wire format's known answers, section 19.1. */
        @Test
        @Tag("PRV-002")
        @Tag("INT-017")
        void unwrap_knownAnswers_open() {
            try (Keyring keyring = home.keyring("aes")) {
                assertThat(open(
                                keyring,
                                WrapAlgorithm.RAW_AES,
                                HEX.parseHex("4a7a745f955dd24cff416b81d1d54c5853edebbc74cf364c2e58d06213e675e7"
                                        + "b4cf24ba1fb219e893c63ec46975bcd8")))
                        .isEqualTo(DATA_KEY);
                assertThat(open(
                                keyring,
                                WrapAlgorithm.AES_WRAP,
                                HEX.parseHex("88d0c0b4a5c715f428f15465ee280d61746c3b0e475381a949a175f68d360d8f"
                                        + "abe1910d1c37e8ae")))
                        .isEqualTo(DATA_KEY);
            }
        }

        @ParameterizedTest
        @EnumSource(names = {"RAW_AES", "AES_WRAP", "RAW_RSA"})
        @Tag("INT-008")
        void unwrap_dataKeyOfAnyAesLength_opens(WrapAlgorithm wrap) {
            try (Keyring keyring = keyringFor(wrap)) {
                for (int bytes : List.of(16, 24, 32)) {
                    assertThat(open(keyring, wrap, wrapped(wrap, dataKey(bytes))))
                            .isEqualTo(HEX.formatHex(dataKey(bytes)));
                }
            }
        }

        @Test
        void unwrap_aesWrap_takesTheUnwrappedKeyOffTheToken() {
            try (Keyring keyring = home.keyring("aes")) {
                long unwrapped = home.module.calls(CryptokiFunction.UNWRAP_KEY);
                long destroyed = home.module.calls(CryptokiFunction.DESTROY_OBJECT);
                open(keyring, WrapAlgorithm.AES_WRAP, wrapped(WrapAlgorithm.AES_WRAP, dataKey(32)));
                assertThat(home.module.calls(CryptokiFunction.UNWRAP_KEY)).isEqualTo(unwrapped + 1);
                assertThat(home.module.calls(CryptokiFunction.DESTROY_OBJECT)).isEqualTo(destroyed + 1);
            }
        }

        /** It is another object than an AES key, and gone before the next search, also when two threads are at it. */
        @Test
        void unwrap_aesWrap_leavesNothingThatASearchFinds() {
            byte[] bytes = wrapped(WrapAlgorithm.AES_WRAP, dataKey(32));
            AtomicLong found = new AtomicLong(-1);
            try (Keyring keyring = home.keyring("aes")) {
                home.module.interpose(CryptokiFunction.DESTROY_OBJECT, (asked, arguments) -> {
                    found.set(aesKeys(new Cryptoki(asked), arguments[0]));
                    return asked.call(CryptokiFunction.DESTROY_OBJECT, arguments);
                });
                assertThat(open(keyring, WrapAlgorithm.AES_WRAP, bytes)).isEqualTo(DATA_KEY);
            }
            assertThat(found).as("AES keys, with the master key").hasValue(1);
        }
    }

    private static long aesKeys(Cryptoki cryptoki, long session) {
        try {
            return cryptoki.find(
                            session,
                            Template.ofClass(CryptokiConstants.CKO_SECRET_KEY).withKeyType(CryptokiConstants.CKK_AES))
                    .size();
        } catch (CryptokiException e) {
            throw new AssertionError(e);
        }
    }

    /** A keyring that was built is sure of what it can open. */
    @Nested
    class TroubleWhileTrying {
        private void build(Reason reason, String why) {
            assertThatThrownBy(() -> home.keyring("rsa").close())
                    .isInstanceOfSatisfying(
                            KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason))
                    .hasMessageContaining(why);
        }

        @Test
        void interrupted_isNotTakenForARefusal() {
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                Thread.currentThread().interrupt();
                return asked.call(CryptokiFunction.DECRYPT, arguments);
            });
            try {
                build(Reason.UNAVAILABLE, "interrupted");
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }

        @Test
        void lostAndNotMended_isNotTakenForARefusal() {
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                home.module.leave(CryptokiFunction.DECRYPT);
                home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.DEVICE_ERROR);
                home.module.answerOnce(CryptokiFunction.INITIALIZE, ReturnValue.ARGUMENTS_BAD);
                return asked.call(CryptokiFunction.DECRYPT, arguments);
            });
            build(Reason.UNAVAILABLE, "mending it failed: C_Initialize gave CKR_ARGUMENTS_BAD");
        }

        @ParameterizedTest
        @EnumSource(names = {"DEVICE_ERROR", "USER_NOT_LOGGED_IN", "OBJECT_HANDLE_INVALID", "DEVICE_MEMORY"})
        void lostTwice_isNotTakenForARefusal(ReturnValue lost) {
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                home.module.leave(CryptokiFunction.DECRYPT);
                AtomicInteger times = new AtomicInteger();
                home.module.interpose(CryptokiFunction.DECRYPT_INIT, (token, init) -> {
                    if (times.incrementAndGet() == 2) {
                        home.module.leave(CryptokiFunction.DECRYPT_INIT);
                    }
                    return lost.code;
                });
                return asked.call(CryptokiFunction.DECRYPT, arguments);
            });
            build(lost.reason, "C_DecryptInit gave CKR_" + lost);
            home.passBackOff();
        }
    }

    /** Each of them ends in the same words, whatever the token said. */
    @Nested
    @Tag("SEC-016")
    @Tag("SEC-024")
    class Damaged {
        @Test
        void unwrap_rawRsa_failsAlikeWhateverThePadding() {
            Map<String, byte[]> blocks = new LinkedHashMap<>();
            blocks.put("block type 1", textbook(block(1, 32)));
            blocks.put("block type 0", textbook(block(0, 32)));
            blocks.put("no end of the padding", textbook(block(2, 0)));
            blocks.put("key of 31 bytes", textbook(block(2, 31)));
            blocks.put("no key", wrapped(WrapAlgorithm.RAW_RSA, new byte[0]));
            blocks.put("unpadded, as a bare RSA of BouncyCastle", textbook(dataKey(32)));
            blocks.put("zero", new byte[256]);
            blocks.put("the modulus", Arrays.copyOfRange(publicKey.getModulus().toByteArray(), 1, 257));
            blocks.put("a byte less", Arrays.copyOf(wrapped(WrapAlgorithm.RAW_RSA, dataKey(32)), 255));
            blocks.put("a byte more", Arrays.copyOf(wrapped(WrapAlgorithm.RAW_RSA, dataKey(32)), 257));
            failAlike(WrapAlgorithm.RAW_RSA, blocks);
        }

        /** The token is asked as often, so that a clock tells no more than the words. */
        @Test
        void unwrap_rawRsa_takesTheSameCallsWhateverIsWrong() {
            try (Keyring keyring = home.keyring("rsa")) {
                outcome(keyring, WrapAlgorithm.RAW_RSA, textbook(block(1, 32)), "the session is spent");
                long before = home.module.calls();
                outcome(keyring, WrapAlgorithm.RAW_RSA, textbook(block(1, 32)), "bad padding");
                long between = home.module.calls();
                outcome(keyring, WrapAlgorithm.RAW_RSA, textbook(block(2, 31)), "a key of 31 bytes");
                assertThat(home.module.calls() - between).isEqualTo(between - before);
            }
        }

        @Test
        void unwrap_rawAes_failsAlikeWhateverThePadding() {
            byte[] good = wrapped(WrapAlgorithm.RAW_AES, dataKey(32));
            SecretKeySpec master = new SecretKeySpec(MASTER_KEY, "AES");
            Map<String, byte[]> blocks = new LinkedHashMap<>();
            for (int count : List.of(0, 17, 255)) {
                byte[] padded = new byte[48];
                Arrays.fill(padded, (byte) count);
                blocks.put("padding of " + count, encrypted("AES/ECB/NoPadding", master, null, padded));
            }
            blocks.put("flipped in the padding", flipped(good, 40));
            blocks.put("key of 31 bytes", wrapped(WrapAlgorithm.RAW_AES, dataKey(31)));
            blocks.put("a block less", Arrays.copyOf(good, 32));
            blocks.put("a byte less", Arrays.copyOf(good, 47));
            failAlike(WrapAlgorithm.RAW_AES, blocks);
        }

        @Test
        void unwrap_aesWrap_failsAlike() {
            byte[] good = wrapped(WrapAlgorithm.AES_WRAP, dataKey(32));
            Map<String, byte[]> blocks = new LinkedHashMap<>();
            for (int at = 0; at < good.length; at += 8) {
                blocks.put("flipped in byte " + at, flipped(good, at));
            }
            blocks.put("8 bytes less", Arrays.copyOf(good, 32));
            blocks.put("a byte less", Arrays.copyOf(good, 39));
            blocks.put("zeros", new byte[40]);
            failAlike(WrapAlgorithm.AES_WRAP, blocks);
        }

        private void failAlike(WrapAlgorithm wrap, Map<String, byte[]> damaged) {
            byte[] good = wrapped(wrap, dataKey(32));
            Set<String> outcomes = new TreeSet<>();
            try (Keyring keyring = keyringFor(wrap)) {
                outcomes.add(outcome(keyring, wrap, new byte[1], "one byte"));
                damaged.forEach((what, bytes) -> {
                    outcomes.add(outcome(keyring, wrap, bytes, what));
                    assertThat(open(keyring, wrap, good)).as("after %s", what).isEqualTo(DATA_KEY);
                });
            }
            assertThat(outcomes).hasSize(1).noneMatch(outcome -> outcome.contains("CKR"));
        }

        private String outcome(Keyring keyring, WrapAlgorithm wrap, byte[] bytes, String what) {
            IntegrityException refusal = catchThrowableOfType(
                    IntegrityException.class, () -> keyring.unwrap(stored(wrap, bytes), Wraps.REQUEST));
            assertThat(refusal).as(what).isNotNull().hasNoCause();
            return refusal.stage() + " " + refusal.getMessage();
        }

        private byte[] flipped(byte[] good, int at) {
            byte[] flipped = good.clone();
            flipped[at] ^= 1;
            return flipped;
        }

        private byte[] block(int type, int keyBytes) {
            byte[] block = new byte[256];
            Arrays.fill(block, (byte) 0xa7);
            block[0] = 0;
            block[1] = (byte) type;
            if (keyBytes > 0) {
                block[255 - keyBytes] = 0;
                System.arraycopy(dataKey(keyBytes), 0, block, 256 - keyBytes, keyBytes);
            }
            return block;
        }

        private byte[] textbook(byte[] block) {
            byte[] number = new BigInteger(1, block)
                    .modPow(publicKey.getPublicExponent(), publicKey.getModulus())
                    .toByteArray();
            byte[] bytes = new byte[256];
            int length = Math.min(256, number.length);
            System.arraycopy(number, number.length - length, bytes, 256 - length, length);
            return bytes;
        }

        /** As NSS does: bad padding is answered with random bytes of random length. */
        @ParameterizedTest
        @ValueSource(ints = {0, 1, 15, 17, 31, 33, 200})
        void unwrap_rawRsa_bytesOfNoKeysLength_areNoKey(int length) {
            try (Keyring keyring = home.keyring("rsa")) {
                home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                    new Pointer(arguments[3]).write(0, new byte[length], 0, length);
                    new Pointer(arguments[4]).setLong(0, length);
                    return ReturnValue.OK;
                });
                outcome(keyring, WrapAlgorithm.RAW_RSA, new byte[256], "bytes that the token made up");
            }
        }

        /** Tokens leave operations active in a session after an error. */
        @ParameterizedTest
        @EnumSource(names = {"RAW_AES", "AES_WRAP", "RAW_RSA"})
        void unwrap_sessionAfterAFailureOfTheToken_isClosed_andNoneIsLeftInTheEnd(WrapAlgorithm wrap) {
            byte[] bad = new byte[wrap == WrapAlgorithm.RAW_RSA ? 256 : wrap == WrapAlgorithm.AES_WRAP ? 40 : 48];
            long before = openSessions();
            try (Keyring keyring = keyringFor(wrap)) {
                long closed = home.module.calls(CryptokiFunction.CLOSE_SESSION);
                home.module.answer(CryptokiFunction.DECRYPT, ReturnValue.GENERAL_ERROR);
                outcome(keyring, wrap, bad, "zeros");
                assertThat(home.module.calls(CryptokiFunction.CLOSE_SESSION)).isEqualTo(closed + 1);
            }
            assertThat(openSessions()).as("sessions open").isEqualTo(before);
        }

        private long openSessions() {
            return home.module.calls(CryptokiFunction.OPEN_SESSION) - home.module.calls(CryptokiFunction.CLOSE_SESSION);
        }
    }

    /** What the token can't do is no fault of the object. */
    @Nested
    class OtherTokens {
        @Test
        @Tag("INT-016")
        void softHsm_takesSha1OnlyInOaep_andDeclinesSayingSo() {
            try (Keyring keyring = home.keyring("rsa")) {
                assertThat(declined(keyring, WrapAlgorithm.RSA_OAEP_SHA256, oaep(MGF1ParameterSpec.SHA1, dataKey(32))))
                        .contains("opens RSA-OAEP-SHA1, RSA,")
                        .contains("CKM_RSA_PKCS_OAEP does not open SHA-256 with MGF1-SHA1 or MGF1-SHA256");
            }
        }

        /** In SoftHSM's place: what SoftHSM decrypts without padding is decoded here. */
        private void takeOaepSha256(Set<Long> mgfs) {
            Map<Long, String> hashes =
                    Map.of(CryptokiConstants.CKG_MGF1_SHA1, "SHA-1", CryptokiConstants.CKG_MGF1_SHA256, "SHA-256");
            Map<Long, String> begun = new ConcurrentHashMap<>(); // by session
            home.module.interpose(CryptokiFunction.DECRYPT_INIT, (asked, arguments) -> {
                Pointer mechanism = new Pointer(arguments[1]);
                Pointer parameters = mechanism.getPointer(Long.BYTES);
                if (mechanism.getLong(0) != CryptokiConstants.CKM_RSA_PKCS_OAEP
                        || parameters.getLong(0) != CryptokiConstants.CKM_SHA256) {
                    return asked.call(CryptokiFunction.DECRYPT_INIT, arguments);
                }
                long mgf = parameters.getLong(Long.BYTES);
                if (!mgfs.contains(mgf)) {
                    return ReturnValue.MECHANISM_PARAM_INVALID.code;
                }
                begun.put(arguments[0], hashes.get(mgf));
                try (Memory unpadded = new Memory(3L * Long.BYTES)) {
                    unpadded.clear();
                    unpadded.setLong(0, CKM_RSA_X_509);
                    return asked.call(
                            CryptokiFunction.DECRYPT_INIT, arguments[0], Pointer.nativeValue(unpadded), arguments[2]);
                }
            });
            home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                long result = asked.call(CryptokiFunction.DECRYPT, arguments);
                String hash = begun.remove(arguments[0]);
                if (hash == null || result != ReturnValue.OK) {
                    return result;
                }
                Pointer length = new Pointer(arguments[4]);
                byte[] message = decoded(new Pointer(arguments[3]).getByteArray(0, (int) length.getLong(0)), hash);
                if (message == null) {
                    return ReturnValue.ENCRYPTED_DATA_INVALID.code;
                }
                new Pointer(arguments[3]).write(0, message, 0, message.length);
                length.setLong(0, message.length);
                return ReturnValue.OK;
            });
        }

        /** EME-OAEP decoding with SHA-256 and no label (RFC 8017, section 7.1.2); null if it is none. */
        private byte[] decoded(byte[] encoded, String mgfHash) {
            byte[] seed = Arrays.copyOfRange(encoded, 1, 33);
            byte[] block = Arrays.copyOfRange(encoded, 33, encoded.length);
            mask(seed, block, mgfHash);
            mask(block, seed, mgfHash);
            byte[] label = digest("SHA-256");
            int end = 32;
            while (end < block.length && block[end] == 0) {
                end++;
            }
            return Arrays.equals(label, Arrays.copyOf(block, 32)) && end < block.length && block[end] == 1
                    ? Arrays.copyOfRange(block, end + 1, block.length)
                    : null;
        }

        /** Adds MGF1 of {@code seed} (RFC 8017, appendix B.2.1). */
        private void mask(byte[] target, byte[] seed, String hash) {
            for (int done = 0, counter = 0; done < target.length; counter++) {
                byte[] piece = digest(hash, seed, new byte[] {0, 0, 0, (byte) counter});
                for (int i = 0; i < piece.length && done < target.length; i++, done++) {
                    target[done] ^= piece[i];
                }
            }
        }

        private byte[] digest(String hash, byte[]... parts) {
            try {
                MessageDigest digest = MessageDigest.getInstance(hash);
                for (byte[] part : parts) {
                    digest.update(part);
                }
                return digest.digest();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        @Test
        @Tag("INT-016")
        void tokenOfBothMgf1_opensBoth() {
            takeOaepSha256(Set.of(CryptokiConstants.CKG_MGF1_SHA1, CryptokiConstants.CKG_MGF1_SHA256));
            try (Pkcs11Keyring keyring = home.keyring("rsa")) {
                for (MGF1ParameterSpec mgf : List.of(MGF1ParameterSpec.SHA1, MGF1ParameterSpec.SHA256)) {
                    assertThat(open(keyring, WrapAlgorithm.RSA_OAEP_SHA256, oaep(mgf, dataKey(32))))
                            .isEqualTo(DATA_KEY);
                }
                assertThat(keyring.describe().legacy())
                        .contains(new Pkcs11Description.Verdict(
                                WrapAlgorithm.RSA_OAEP_SHA256.wireName(), true, "by CKM_RSA_PKCS_OAEP"));
            }
        }

        @ParameterizedTest
        @CsvSource({"1, SHA-1, SHA-256", "2, SHA-256, SHA-1"})
        @Tag("INT-016")
        void tokenOfOneMgf1_opensThat_failsOnTheOther_andSaysSo(long takes, String has, String lacks) {
            takeOaepSha256(Set.of(takes));
            try (Pkcs11Keyring keyring = home.keyring("rsa")) {
                byte[] known = oaep(new MGF1ParameterSpec(has), dataKey(32));
                byte[] unknown = oaep(new MGF1ParameterSpec(lacks), dataKey(32));
                assertThat(open(keyring, WrapAlgorithm.RSA_OAEP_SHA256, known)).isEqualTo(DATA_KEY);
                assertThatThrownBy(() -> open(keyring, WrapAlgorithm.RSA_OAEP_SHA256, unknown))
                        .isInstanceOf(IntegrityException.class)
                        .hasNoCause();
                assertThat(keyring.describe().toString())
                        .contains("in part: the token's CKM_RSA_PKCS_OAEP does not open SHA-256 with MGF1-"
                                + lacks.replace("-", ""));
            }
        }

        @Test
        void tokenWithoutEcb_opensByCbc() {
            home.changeMechanismFlags(CryptokiConstants.CKM_AES_ECB, flags -> flags & ~CryptokiConstants.CKF_DECRYPT);
            try (Pkcs11Keyring keyring = home.keyring("aes")) {
                for (int bytes : List.of(16, 24, 32)) {
                    assertThat(open(keyring, WrapAlgorithm.RAW_AES, wrapped(WrapAlgorithm.RAW_AES, dataKey(bytes))))
                            .isEqualTo(HEX.formatHex(dataKey(bytes)));
                }
                assertThat(keyring.describe().legacy())
                        .contains(new Pkcs11Description.Verdict("AES", true, "by CKM_AES_CBC"));
            }
        }

        @Test
        void tokenWithoutEcbAndCbc_declinesSayingSo() {
            home.module.answer(CryptokiFunction.GET_MECHANISM_INFO, ReturnValue.MECHANISM_INVALID);
            try (Keyring keyring = home.keyring("aes")) {
                assertThat(declined(keyring, WrapAlgorithm.RAW_AES, new byte[48]))
                        .endsWith(": the token has no CKM_AES_ECB");
                assertThat(declined(keyring, WrapAlgorithm.AES_WRAP, new byte[40]))
                        .endsWith(": the token has no CKM_AES_KEY_WRAP");
            }
        }

        @Test
        void tokenWithoutPkcs1_declinesSayingSo() {
            home.changeMechanismFlags(CryptokiConstants.CKM_RSA_PKCS, flags -> flags & ~CryptokiConstants.CKF_DECRYPT);
            try (Keyring keyring = home.keyring("rsa")) {
                assertThat(declined(keyring, WrapAlgorithm.RAW_RSA, new byte[256]))
                        .endsWith(": the token's CKM_RSA_PKCS can't decrypt");
            }
        }

        @Test
        void tokenThatListsPkcs1AndRefusesIt_declinesSayingSo() {
            home.module.interpose(
                    CryptokiFunction.DECRYPT_INIT,
                    (asked, arguments) -> new Pointer(arguments[1]).getLong(0) == CryptokiConstants.CKM_RSA_PKCS
                            ? ReturnValue.MECHANISM_INVALID.code
                            : asked.call(CryptokiFunction.DECRYPT_INIT, arguments));
            try (Keyring keyring = home.keyring("rsa")) {
                assertThat(declined(keyring, WrapAlgorithm.RAW_RSA, new byte[256]))
                        .endsWith(": the token's CKM_RSA_PKCS does not open what was wrapped");
            }
        }

        /** As one that runs by FIPS 140 rules. It has what wraps are written by, and nothing can be tried of the old ones. */
        @Test
        void softwareProviderWithoutPkcs1_hindersNothing() {
            Provider oaepOnly = new OaepOnly();
            try (Pkcs11Keyring keyring =
                    home.builder("rsa").softwareProvider(oaepOnly).build()) {
                assertThat(open(keyring, WrapAlgorithm.RAW_RSA, wrapped(WrapAlgorithm.RAW_RSA, dataKey(32))))
                        .isEqualTo(DATA_KEY);
            }
        }

        private static final class OaepOnly extends Provider {
            private static final long serialVersionUID = 1;

            OaepOnly() {
                super("OaepOnly", "1", "a provider that lacks RSAES-PKCS1-v1_5");
                put(
                        "Cipher.RSA/ECB/OAEPPADDING",
                        "org.bouncycastle.jcajce.provider.asymmetric.rsa.CipherSpi$OAEPPadding");
            }
        }

        @Test
        void keyOfAllowedMechanisms_isHeldToThem() {
            home.token.generateAes("gcm-only", "77", 32, "--allowed-mechanisms", "AES-GCM");
            try (Pkcs11Keyring keyring = home.keyring("gcm-only")) {
                assertThat(keyring.describe().legacy())
                        .containsExactly(
                                new Pkcs11Description.Verdict(
                                        "AES", false, "its CKA_ALLOWED_MECHANISMS are without CKM_AES_ECB"),
                                new Pkcs11Description.Verdict(
                                        "AESWrap", false, "its CKA_ALLOWED_MECHANISMS are without CKM_AES_KEY_WRAP"));
            } finally {
                home.token.pkcs11Tool("--delete-object", "--type", "secrkey", "--id", "77");
            }
        }

        /** SoftHSM can't: RFC 3394 is done here. */
        @Test
        void tokenWhoseKeyWrapDecrypts_makesNoKeyObject() {
            home.changeMechanismFlags(
                    CryptokiConstants.CKM_AES_KEY_WRAP, flags -> flags | CryptokiConstants.CKF_DECRYPT);
            try (Keyring keyring = home.keyring("aes")) {
                home.module.interpose(
                        CryptokiFunction.DECRYPT_INIT,
                        (asked, arguments) -> new Pointer(arguments[1]).getLong(0) == CryptokiConstants.CKM_AES_KEY_WRAP
                                ? ReturnValue.OK
                                : ReturnValue.MECHANISM_INVALID.code);
                home.module.interpose(CryptokiFunction.DECRYPT, (asked, arguments) -> {
                    byte[] in = new Pointer(arguments[1]).getByteArray(0, (int) arguments[2]);
                    byte[] out;
                    try {
                        Cipher cipher = Cipher.getInstance("AESWrap");
                        cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(MASTER_KEY, "AES"));
                        out = cipher.doFinal(in);
                    } catch (GeneralSecurityException e) {
                        return ReturnValue.ENCRYPTED_DATA_INVALID.code;
                    }
                    new Pointer(arguments[3]).write(0, out, 0, out.length);
                    new Pointer(arguments[4]).setLong(0, out.length);
                    return ReturnValue.OK;
                });
                long unwrapped = home.module.calls(CryptokiFunction.UNWRAP_KEY);
                byte[] good = wrapped(WrapAlgorithm.AES_WRAP, dataKey(32));
                assertThat(open(keyring, WrapAlgorithm.AES_WRAP, good)).isEqualTo(DATA_KEY);
                assertThatThrownBy(() -> open(keyring, WrapAlgorithm.AES_WRAP, new byte[40]))
                        .isInstanceOf(IntegrityException.class);
                assertThat(home.module.calls(CryptokiFunction.UNWRAP_KEY)).isEqualTo(unwrapped);
            }
        }

        @Test
        void keyThatMayNotUnwrap_declinesSayingSo() {
            home.module.interpose(CryptokiFunction.GET_ATTRIBUTE_VALUE, (asked, arguments) -> {
                long result = asked.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments);
                Pointer attribute = new Pointer(arguments[2]);
                Pointer value = attribute.getPointer(Long.BYTES);
                if (attribute.getLong(0) == CryptokiConstants.CKA_UNWRAP && value != null) {
                    value.setByte(0, (byte) 0);
                }
                return result;
            });
            try (Keyring keyring = home.keyring("aes")) {
                assertThat(declined(keyring, WrapAlgorithm.AES_WRAP, new byte[40]))
                        .endsWith(
                                ": the token's CKM_AES_KEY_WRAP can't decrypt, and it may not unwrap, as its CKA_UNWRAP"
                                        + " is false");
            }
        }

        @Test
        void openLegacy_wrapThatIsNotOffered_isUnsupported() {
            TriedMasterKey none = new TriedMasterKey(
                    new AesMasterKey(null, Pkcs11Quirks.none(), null),
                    List.of(LegacyWrap.notOpened(WrapAlgorithm.AES_WRAP, "the token has no CKM_AES_KEY_WRAP")));
            assertThat(none.legacyWraps()).isEmpty();
            assertThatThrownBy(() -> none.openLegacy(WrapAlgorithm.AES_WRAP, new byte[40]))
                    .isInstanceOf(UnsupportedOperationException.class);
        }

        @Test
        void describe_tellsWhatIsReadBesides() {
            assertThat(home.builder("aes").describe().legacy())
                    .containsExactly(
                            new Pkcs11Description.Verdict("AES", true, "by CKM_AES_ECB"),
                            new Pkcs11Description.Verdict(
                                    "AESWrap",
                                    true,
                                    "by CKM_AES_KEY_WRAP, unwrapping to a session key that is read and destroyed"));
            assertThat(home.builder("rsa").describe().toString())
                    .contains(
                            "to read    RSA/ECB/OAEPWithSHA-256AndMGF1Padding: no, the token's CKM_RSA_PKCS_OAEP does")
                    .contains("to read    RSA: yes, by CKM_RSA_PKCS");
            home.module.answer(CryptokiFunction.DECRYPT_INIT, ReturnValue.MECHANISM_INVALID);
            assertThat(home.builder("rsa").describe().legacy()).isEmpty();
        }
    }

    @Nested
    class Trouble {
        private final byte[] good = wrapped(WrapAlgorithm.AES_WRAP, dataKey(32));
        private final Pkcs11Keyring keyring = home.keyring("aes");

        @AfterEach
        void closeKeyring() {
            keyring.close();
        }

        @ParameterizedTest
        @EnumSource(
                names = {
                    "WRAPPED_KEY_INVALID",
                    "WRAPPED_KEY_LEN_RANGE",
                    "ENCRYPTED_DATA_INVALID",
                    "DATA_LEN_RANGE",
                    "GENERAL_ERROR",
                    "FUNCTION_FAILED"
                })
        void unwrapping_fails_tokenStillAnswers_isIntegrityWithoutTheValue(ReturnValue value) {
            home.module.answer(CryptokiFunction.UNWRAP_KEY, value);
            assertThatThrownBy(() -> open(keyring, WrapAlgorithm.AES_WRAP, good))
                    .isInstanceOf(IntegrityException.class)
                    .hasMessageNotContaining("CKR")
                    .hasNoCause();
        }

        /** Unlike C_Decrypt, C_UnwrapKey is told its parameters in the same call: that they don't suit is no bad data. */
        @ParameterizedTest
        @CsvSource({
            "DEVICE_ERROR, UNAVAILABLE",
            "ARGUMENTS_BAD, MISCONFIGURED",
            "MECHANISM_PARAM_INVALID, MISCONFIGURED",
            "MECHANISM_INVALID, MISCONFIGURED",
            "TEMPLATE_INCONSISTENT, MISCONFIGURED",
            "TEMPLATE_INCOMPLETE, MISCONFIGURED",
            "ATTRIBUTE_READ_ONLY, MISCONFIGURED",
            "ATTRIBUTE_VALUE_INVALID, MISCONFIGURED",
            "UNWRAPPING_KEY_TYPE_INCONSISTENT, MISCONFIGURED",
            "UNWRAPPING_KEY_SIZE_RANGE, MISCONFIGURED",
            "KEY_FUNCTION_NOT_PERMITTED, DENIED",
            "USER_NOT_LOGGED_IN, DENIED"
        })
        void unwrapping_refused_isNoBadData(ReturnValue value, Reason reason) {
            home.module.answer(CryptokiFunction.UNWRAP_KEY, value);
            fails(reason).hasMessageContaining("C_UnwrapKey gave CKR_" + value);
        }

        @ParameterizedTest
        @EnumSource(names = {"UNWRAPPING_KEY_HANDLE_INVALID", "SESSION_HANDLE_INVALID"})
        void unwrapping_handleGone_isTriedOnceMore(ReturnValue gone) {
            home.module.answerOnce(CryptokiFunction.UNWRAP_KEY, gone);
            assertThat(open(keyring, WrapAlgorithm.AES_WRAP, good)).isEqualTo(DATA_KEY);
        }

        @Test
        void value_keptByTheToken_isMisconfigured_andTheObjectDestroyed() {
            home.module.interpose(
                    CryptokiFunction.GET_ATTRIBUTE_VALUE,
                    (asked, arguments) -> new Pointer(arguments[2]).getLong(0) == CryptokiConstants.CKA_VALUE
                            ? ReturnValue.ATTRIBUTE_SENSITIVE.code
                            : asked.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments));
            long destroyed = home.module.calls(CryptokiFunction.DESTROY_OBJECT);
            fails(Reason.MISCONFIGURED).hasMessageContaining("does not let it out");
            assertThat(home.module.calls(CryptokiFunction.DESTROY_OBJECT)).isEqualTo(destroyed + 1);
        }

        @Test
        void value_lostWithTheDevice_isUnavailable_andTheObjectDestroyed() {
            home.module.interpose(
                    CryptokiFunction.GET_ATTRIBUTE_VALUE,
                    (asked, arguments) -> new Pointer(arguments[2]).getLong(0) == CryptokiConstants.CKA_VALUE
                            ? ReturnValue.DEVICE_ERROR.code
                            : asked.call(CryptokiFunction.GET_ATTRIBUTE_VALUE, arguments));
            long destroyed = home.module.calls(CryptokiFunction.DESTROY_OBJECT);
            fails(Reason.UNAVAILABLE);
            assertThat(home.module.calls(CryptokiFunction.DESTROY_OBJECT))
                    .as("one for each of two tries")
                    .isEqualTo(destroyed + 2);
        }

        /** The session is closed, and the object is gone with it. */
        @Test
        void destroying_refused_failsAndClosesTheSession() {
            long closed = home.module.calls(CryptokiFunction.CLOSE_SESSION);
            home.module.answer(CryptokiFunction.DESTROY_OBJECT, ReturnValue.ACTION_PROHIBITED);
            fails(Reason.DENIED).hasMessageContaining("C_DestroyObject gave CKR_ACTION_PROHIBITED");
            assertThat(home.module.calls(CryptokiFunction.CLOSE_SESSION)).isEqualTo(closed + 1);
        }

        @Test
        void destroying_refused_wipesWhatWasRead() {
            AtomicReference<byte[]> read = new AtomicReference<>();
            home.module.answer(CryptokiFunction.DESTROY_OBJECT, ReturnValue.DEVICE_ERROR);
            try (Pkcs11Key key = home.key("aes")) {
                assertThatThrownBy(() -> key.decrypt((cryptoki, session, handle) -> {
                            try (UnwrappedKey unwrapped = UnwrappedKey.of(
                                    key, cryptoki, session, handle, CryptokiConstants.CKM_AES_KEY_WRAP, good)) {
                                read.set(unwrapped.read());
                                assertThat(read.get()).isEqualTo(dataKey(32));
                                return read.get();
                            }
                        }))
                        .isInstanceOf(KeyringException.class);
            }
            assertThat(read.get()).isEqualTo(new byte[32]);
        }

        private AbstractThrowableAssert<?, ? extends Throwable> fails(Reason reason) {
            return assertThatThrownBy(() -> open(keyring, WrapAlgorithm.AES_WRAP, good))
                    .isInstanceOfSatisfying(
                            KeyringException.class, e -> assertThat(e.reason()).isEqualTo(reason));
        }
    }
}
