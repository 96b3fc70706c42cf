/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.KeyringFactory;
import dev.keywright.spi.Secrets;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrappedDataKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AesKeyringFactoryTest {
    private static final KeyRequest V3 = KeyRequest.of(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY, Map.of());
    private static final byte[] KEY =
            HexFormat.of().parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");

    @TempDir
    Path folder;

    private String file(byte[] content) throws IOException {
        Path file = folder.resolve("master.key");
        Files.write(file, content);
        return "aes:" + file;
    }

    private static void opensAs(byte[] key, Keyring opened) {
        try (opened;
                Keyring twin = JcaKeyrings.platform().aes("twin", key);
                DataKey dataKey = DataKey.adopt(new byte[32])) {
            WrappedDataKey wrapped = opened.wrap(dataKey, V3);
            assertThat(twin.unwrap(wrapped, V3)).isInstanceOf(Unwrap.Opened.class);
        }
    }

    private static void refused(String uri, Map<String, String> options, String what) {
        assertThatThrownBy(() -> new AesKeyringFactory().open(uri, options, Secrets.none()))
                .isInstanceOfSatisfying(
                        KeyringException.class,
                        e -> assertThat(e.reason()).isEqualTo(KeyringException.Reason.MISCONFIGURED))
                .hasMessageStartingWith(uri)
                .hasMessageContaining(what);
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    void open_rawKey_isTheKey(int bytes) throws IOException {
        byte[] key = Arrays.copyOf(KEY, bytes);
        opensAs(key, KeyringFactory.openUri(file(key), Map.of(), Secrets.none()));
    }

    @Test
    void open_rawKeyThatEndsAsALine_isTakenWhole() throws IOException {
        byte[] key = KEY.clone();
        key[31] = '\n';
        opensAs(key, KeyringFactory.openUri(file(key), Map.of(), Secrets.none()));
    }

    @ParameterizedTest
    @ValueSource(ints = {16, 24, 32})
    void open_base64WithAndWithoutLineEnd_isTheKey(int bytes) throws IOException {
        byte[] key = Arrays.copyOf(KEY, bytes);
        for (String end : new String[] {"", "\n", "\r\n"}) {
            String text = Base64.getEncoder().encodeToString(key) + end;
            opensAs(
                    key,
                    KeyringFactory.openUri(file(text.getBytes(StandardCharsets.US_ASCII)), Map.of(), Secrets.none()));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 17, 31, 33, 46, 47, 1000})
    void open_fileOfAnotherLength_isRefusedWithoutItsContent(int bytes) throws IOException {
        byte[] content = new byte[bytes];
        Arrays.fill(content, (byte) 0xee);
        refused(file(content), Map.of(), "16, 24 or 32 bytes are wanted, or their base64");
    }

    @Test
    void open_base64OfAnotherLength_isRefused() throws IOException {
        String text = Base64.getEncoder().encodeToString(new byte[20]);
        refused(file(text.getBytes(StandardCharsets.US_ASCII)), Map.of(), "the file has 28 bytes");
        refused(file((text + "\n\n").getBytes(StandardCharsets.US_ASCII)), Map.of(), "the file has 30 bytes");
    }

    @Test
    void open_noFile_saysSo() {
        refused("aes:" + folder.resolve("absent"), Map.of(), "there is no such file");
        refused("aes:" + folder, Map.of(), "the file can't be read: Is a directory");
        refused("aes:", Map.of(), "a file is wanted");
        refused("aes:\0", Map.of(), "can't be read");
    }

    @Test
    void open_description_isTheKeyrings() throws IOException {
        String uri = file(KEY);
        try (Keyring keyring = KeyringFactory.openUri(uri, Map.of("description.tenant", "blue"), Secrets.none());
                DataKey dataKey = DataKey.adopt(new byte[32])) {
            assertThat(keyring.wrap(dataKey, V3).description()).isEqualTo(Map.of("tenant", "blue"));
            assertThat(keyring).hasToString(uri);
        }
    }

    @Test
    void open_unknownOption_isRefusedByName() throws IOException {
        refused(file(KEY), Map.of("descripton.tenant", "blue"), "descripton.tenant");
    }

    @Test
    void openNamed_byClassName_isTheSame() throws IOException {
        opensAs(
                KEY,
                KeyringFactory.openNamed(AesKeyringFactory.class.getName(), Map.of("uri", file(KEY)), Secrets.none()));
    }
}
