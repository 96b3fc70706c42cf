/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.envelope;

import dev.keywright.spi.CryptographicMaterialsManager;
import dev.keywright.spi.CryptographicMaterialsManager.ObjectName;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.WrapAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
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

            private Cipher cipher(int mode, byte[] nonce, byte[] aad) throws GeneralSecurityException {
                Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
                cipher.init(mode, new SecretKeySpec(masterKey, "AES"), new GCMParameterSpec(128, nonce));
                cipher.updateAAD(aad);
                return cipher;
            }
        };
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
