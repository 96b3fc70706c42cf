/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.benchmarks.cipher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keywright.jca.JcaContentCipher;
import dev.keywright.spi.ContentCipher.Direction;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is measured is AES-GCM, all of it. */
class MessageTest {
    private static final int TAG_BYTES = 16;

    private static Message message(int lengthBytes) {
        return new Message(JcaContentCipher.platform(), lengthBytes);
    }

    @ParameterizedTest
    @ValueSource(ints = {1024, Message.SEGMENT_BYTES, 3 * Message.SEGMENT_BYTES})
    void firstMessage_hasTheTagOfTheJdk(int lengthBytes) throws Exception {
        byte[] key = new byte[32];
        key[0] = 1; // the first message's
        byte[] zeros = new byte[lengthBytes];
        // Beyond one segment the buffer is used again, so what is encrypted there is ciphertext.
        byte[] plaintext = zeros;
        byte[] sealed = jdk(key, plaintext);
        for (int at = Message.SEGMENT_BYTES; at < lengthBytes; at += Message.SEGMENT_BYTES) {
            plaintext = plaintext.clone();
            System.arraycopy(sealed, at - Message.SEGMENT_BYTES, plaintext, at, Message.SEGMENT_BYTES);
            sealed = jdk(key, plaintext);
        }
        assertThat(message(lengthBytes).inSegments(Direction.ENCRYPT).toByteArray())
                .isEqualTo(Arrays.copyOfRange(sealed, lengthBytes, lengthBytes + TAG_BYTES));
    }

    private static byte[] jdk(byte[] key, byte[] plaintext) throws Exception {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(key, "AES"),
                new GCMParameterSpec(TAG_BYTES * Byte.SIZE, new byte[12]));
        return cipher.doFinal(plaintext);
    }

    @Test
    void streamed_hasTheTagOfHashing() {
        assertThat(message(1000).streaming(Direction.DECRYPT))
                .isEqualTo(message(1000).inSegments(Direction.AUTHENTICATE));
    }

    @Test
    void nextMessage_hasAnotherKey() {
        Message message = message(1000);
        assertThat(message.inSegments(Direction.AUTHENTICATE)).isNotEqualTo(message.inSegments(Direction.AUTHENTICATE));
    }

    @Test
    void benchmarks_runOnEachProvider() throws Exception {
        for (String provider : new String[] {"SunJCE", "BC"}) {
            ContentCipherBenchmark ours = new ContentCipherBenchmark();
            ours.provider = provider;
            ours.bytes = 1024;
            ours.cipher();
            assertThat(ours.encryptInSegments().size()).isEqualTo(TAG_BYTES);
            assertThat(ours.decryptStreaming()).isNotEqualTo(ours.hash()); // the keys differ
            ours.decryptRange();
        }
    }

    @Test
    void oneShots_areOfTheWholeMessage() throws Exception {
        OneShotBenchmark oneShot = new OneShotBenchmark();
        oneShot.provider = "SunJCE";
        oneShot.bytes = 1024;
        oneShot.buffers();
        assertThat(oneShot.decrypt()).isEqualTo(1024);
        assertThat(oneShot.encrypt()).isEqualTo(1024 + TAG_BYTES);
        assertThat(oneShot.ctr()).isEqualTo(1024);
    }

    @Test
    void unknownProvider_isNamed() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Providers.named("Sun Joule"))
                .withMessageContaining("Sun Joule");
    }
}
