/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.nio.ByteBuffer;
import java.security.Key;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The last key that each cipher was given is not the one whose work it did. {@link HeapTest} shows what comes of it. */
@Tag("SEC-027")
class ForgottenKeysKeyringTest {
    private static final byte[] MASTER =
            HexFormat.of().parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    private static final byte[] DATA_KEY =
            HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    private static final KeyRequest V3 = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());

    private final List<Key> given = new ArrayList<>();
    private final List<byte[]> lastBytes = new ArrayList<>();
    private final CommandedProvider provider = new CommandedProvider((key, spec) -> {
        given.add(key);
        lastBytes.add(key.getEncoded());
        return key;
    });

    @AfterEach
    void wipe() {
        lastBytes.forEach(bytes -> Arrays.fill(bytes, (byte) 0));
    }

    private void assertLastIsNot(byte[] secret) {
        assertThat(lastBytes).anyMatch(bytes -> Arrays.equals(bytes, secret));
        assertThat(lastBytes.get(lastBytes.size() - 1)).isNotEqualTo(secret);
    }

    private static WrappedDataKey wrap(Keyring keyring) {
        try (DataKey key = DataKey.adopt(DATA_KEY.clone())) {
            return keyring.wrap(key, V3);
        }
    }

    private static void open(Keyring keyring, WrappedDataKey wrapped) {
        try (DataKey key = ((Unwrap.Opened) keyring.unwrap(wrapped, V3)).dataKey()) {
            assertThat(key.<Boolean>use(raw -> Arrays.equals(raw, DATA_KEY))).isTrue();
        }
    }

    @Test
    void aesKeyring_afterEachOperation_hasCiphersForgetTheMasterKey() {
        try (Keyring keyring = JcaKeyrings.with(provider).aes("k", MASTER)) {
            WrappedDataKey wrapped = wrap(keyring);
            assertLastIsNot(MASTER);

            open(keyring, wrapped);
            assertLastIsNot(MASTER);

            open(
                    keyring,
                    new WrappedDataKey(
                            WrapAlgorithm.RAW_AES,
                            Bytes.fromBase64("Snp0X5Vd0kz/QWuB0dVMWFPt67x0zzZMLljQYhPmdee0zyS6H7IZ6JPGPsRpdbzY"),
                            Map.of()));
            assertLastIsNot(MASTER);
        }
    }

    @Test
    void aesKeyring_ofACallersKey_hasCiphersForgetItToo() {
        SecretKey key = new SecretKeySpec(MASTER, "AES");
        try (Keyring keyring = JcaKeyrings.with(provider).aes("k", key)) {
            open(keyring, wrap(keyring));
            assertLastIsNot(MASTER);
        }
        assertThat(key.getEncoded()).as("the caller's own").isEqualTo(MASTER);
    }

    @Test
    void aesKeyring_closed_destroysItsCopyOfTheMasterKey() {
        Keyring keyring = JcaKeyrings.with(provider).aes("k", MASTER);
        wrap(keyring);
        Key own = given.stream()
                .filter(key -> key instanceof SecretKey secret && !secret.isDestroyed())
                .findFirst()
                .orElseThrow();

        keyring.close();

        assertThat(((SecretKey) own).isDestroyed()).isTrue();
    }

    @Test
    void legacyContentCipher_afterADecryption_hasItsCipherForgetTheContentKey() {
        ByteBuffer out = ByteBuffer.allocate(16);
        try (DataKey dataKey = DataKey.adopt(DATA_KEY.clone());
                ContentKey key = ContentKeyDerivation.platform()
                        .forDecrypt(
                                AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF,
                                dataKey,
                                Bytes.copyOf(new byte[16]),
                                Bytes.empty())) {
            JcaLegacyContentCipher.with(provider).decrypt(key, Bytes.empty(), ByteBuffer.allocate(16), out);
        }

        assertThat(out.hasRemaining()).isFalse();
        assertLastIsNot(DATA_KEY);
    }
}
