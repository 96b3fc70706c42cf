/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.LegacyContentCipher;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** The wire format's known answers, and the keys behind them. Computed there with two independent implementations. */
final class KnownAnswers {
    static final ObjectName OBJECT = new ObjectName("bucket", "key");
    static final byte[] PLAINTEXT = "The quick brown fox jumps over the lazy dog.".getBytes(StandardCharsets.US_ASCII);
    static final byte[] DATA_KEY = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    static final byte[] MESSAGE_ID = hex("404142434445464748494a4b4c4d4e4f505152535455565758595a5b");
    static final byte[] GCM_IV = hex("a0a1a2a3a4a5a6a7a8a9aaab");
    static final byte[] MASTER_KEY = hex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    static final byte[] WRAP_NONCE = hex("c0c1c2c3c4c5c6c7c8c9cacb");

    static final Map<String, String> V3 = Map.of(
            "x-amz-c", "115",
            "x-amz-w", "02",
            "x-amz-i", "QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaWw==",
            "x-amz-d", "DnQZ5c+3xg1Xp0jYfAMnh0k1DJu0yXP09Agx9A==",
            "x-amz-3", "wMHCw8TFxsfIycrLZD2Cgbio5cQKJj1ETqw+PznQGFL2FeRCMfe2pjPKc5xzrxDftjO0vbzsRda5DdFB");
    static final byte[] V3_BODY = hex("870f2f2057f80242783df333cb25a12450f94cba4a9650c5aaa5f6712f41ffec97963c09ccec92e0"
            + "44a59e8bac02e34b769d8d3c89030a5185c13cda");
    static final byte[] V3_EMPTY_BODY = hex("1957e31f3fbe220acba1a68965e5d1c9");

    static final Map<String, String> V2 = Map.of(
            "x-amz-key-v2", "wMHCw8TFxsfIycrLZD2Cgbio5cQKJj1ETqw+PznQGFL2FeRCMfe2pjPKc5zBTI1/87wX+ryxumEPgbBN",
            "x-amz-iv", "oKGio6Slpqeoqaqr",
            "x-amz-tag-len", "128",
            "x-amz-wrap-alg", "AES/GCM",
            "x-amz-cek-alg", "AES/GCM/NoPadding",
            "x-amz-matdesc", "{}");
    static final byte[] V2_BODY = hex("b270190d34be6bdc0945e5a1680daefe16c32130f8c22f1cef2e49f01ad95575ba136793ce582a1d"
            + "3bf363e6fa4cf3c3677ac9dba3726c0d6ea4e5d2");

    static final byte[] CBC_IV = hex("b0b1b2b3b4b5b6b7b8b9babbbcbdbebf");
    static final Map<String, String> V1 = Map.of(
            "x-amz-key", "Snp0X5Vd0kz/QWuB0dVMWFPt67x0zzZMLljQYhPmdee0zyS6H7IZ6JPGPsRpdbzY",
            "x-amz-iv", "sLGys7S1tre4ubq7vL2+vw==",
            "x-amz-matdesc", "{}");
    static final byte[] CBC_BODY = hex(
            "c586a4fa58a9e25d6816c7d2e6a12fcb4c6ffd78d105bda06dc408f0b158ca7e3c604493835470f8" + "1190a8851efb80cc");
    /** The same content in format V2, as older clients wrote it under a KMS key. */
    static final Map<String, String> V2_CBC = Map.of(
            "x-amz-key-v2", "b3BhcXVl",
            "x-amz-iv", "sLGys7S1tre4ubq7vL2+vw==",
            "x-amz-wrap-alg", "kms",
            "x-amz-cek-alg", "AES/CBC/PKCS5Padding",
            "x-amz-matdesc", "{\"kms_cmk_id\":\"key\"}");

    private KnownAnswers() {}

    static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    /** The known master key, wrapping with the known nonce. */
    static Keyring keyring() {
        return keyring(Map.of());
    }

    static Keyring keyring(Map<String, String> description) {
        return Keyrings.of("known-aes", WrapAlgorithm.AES_GCM, description, aes(MASTER_KEY));
    }

    /** Another master key, of no description. */
    static Keyring keyringOf(byte[] masterKey) {
        return Keyrings.of("other-aes", WrapAlgorithm.AES_GCM, Map.of(), aes(masterKey));
    }

    /** AES-GCM under {@code masterKey} with the known nonce: for tests only. */
    static MasterKeyOps aes(byte[] masterKey) {
        return new MasterKeyOps() {
            @Override
            public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
                byte[] sealed = cipher(Cipher.ENCRYPT_MODE, WRAP_NONCE, aad).doFinal(plaintext);
                byte[] all = Arrays.copyOf(WRAP_NONCE, 12 + sealed.length);
                System.arraycopy(sealed, 0, all, 12, sealed.length);
                return all;
            }

            @Override
            public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
                return cipher(Cipher.DECRYPT_MODE, Arrays.copyOf(sealed, 12), aad)
                        .doFinal(sealed, 12, sealed.length - 12);
            }

            @Override
            public Set<WrapAlgorithm> legacyWraps() {
                return Set.of(WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_WRAP);
            }

            @Override
            public byte[] openLegacy(WrapAlgorithm wrap, byte[] sealed) throws GeneralSecurityException {
                SecretKeySpec key = new SecretKeySpec(masterKey, "AES");
                if (wrap == WrapAlgorithm.RAW_AES) {
                    Cipher cipher = Cipher.getInstance("AES/ECB/PKCS5Padding");
                    cipher.init(Cipher.DECRYPT_MODE, key);
                    return cipher.doFinal(sealed);
                }
                Cipher cipher = Cipher.getInstance("AESWrap");
                cipher.init(Cipher.UNWRAP_MODE, key);
                return cipher.unwrap(sealed, "AES", Cipher.SECRET_KEY).getEncoded();
            }

            private Cipher cipher(int mode, byte[] nonce, byte[] aad) throws GeneralSecurityException {
                Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(mode, new SecretKeySpec(masterKey, "AES"), new GCMParameterSpec(128, nonce));
                cipher.updateAAD(aad);
                return cipher;
            }
        };
    }

    /** Bare CBC blocks by the platform. */
    static LegacyContentCipher cbc() {
        return (key, previous, in, out) -> key.use((raw, iv, aad) -> {
            byte[] blocks = new byte[in.remaining()];
            in.get(blocks);
            try {
                Cipher cipher = Cipher.getInstance("AES/CBC/NoPadding");
                cipher.init(
                        Cipher.DECRYPT_MODE,
                        new SecretKeySpec(raw, "AES"),
                        new IvParameterSpec(previous.size() == 0 ? iv : previous.toByteArray()));
                out.put(cipher.doFinal(blocks));
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
            return null;
        });
    }

    /** Gives the known data key to a keyring that asks for one. */
    static CryptographicMaterialsManager materials(Keyring keyring) {
        return CryptographicMaterialsManager.rotating(keyring, List.of(keyring), giving(DATA_KEY));
    }

    /** A random source that gives these runs in turn, and nothing else. */
    static SecureRandom giving(byte[]... runs) {
        return new SecureRandom() {
            private int index;

            @Override
            public synchronized void nextBytes(byte[] bytes) {
                byte[] run = runs[index++ % runs.length];
                if (run.length != bytes.length) {
                    throw new AssertionError("asked for " + bytes.length + " bytes, have " + run.length);
                }
                System.arraycopy(run, 0, bytes, 0, bytes.length);
            }
        };
    }
}
