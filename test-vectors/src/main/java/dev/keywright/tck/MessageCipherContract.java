/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.tck;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.MessageCipher.Message;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a {@link MessageCipher} must do: the rules M01 to M05. Extend it, give it a cipher, and run it.
 *
 * <p>The reference is AES-GCM of the running platform.
 */
public abstract class MessageCipherContract {
    private static final int TAG_BYTES = 16;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);
    private final List<ContentKey> keys = new ArrayList<>();

    /** For the author's subclass. */
    protected MessageCipherContract() {}

    /** The cipher; the same one at each call, or equals. */
    protected abstract MessageCipher cipher();

    @AfterEach
    void closeKeys() {
        keys.forEach(ContentKey::close);
    }

    // ---- M01: the bytes are those of AES-GCM ----------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 15, 16, 17, 511, 512, 513, 16_385, 70_001, 600_003})
    void required_M01_message_equalsAesGcmAndComesBack(int length) {
        for (AlgorithmSuite suite : cipher().suites()) {
            ContentKey key = key(suite);
            byte[] plaintext = bytes(length);
            byte[] sealed = reference(key, plaintext);

            assertThat(atOnce(cipher().encrypt(key), plaintext))
                    .as(seedOf(suite))
                    .isEqualTo(sealed);
            assertThat(inPieces(cipher().encrypt(key), plaintext))
                    .as(seedOf(suite))
                    .isEqualTo(sealed);
            assertThat(atOnce(cipher().decrypt(key), sealed)).as(seedOf(suite)).isEqualTo(plaintext);
            assertThat(inPieces(cipher().decrypt(key), sealed))
                    .as(seedOf(suite))
                    .isEqualTo(plaintext);
        }
    }

    @Test
    void required_M01_buffersOfAnyKind_giveTheSameAndAreConsumed() {
        ContentKey key = key();
        byte[] plaintext = bytes(5000);
        byte[] sealed = reference(key, plaintext);
        List<ByteBuffer> kinds = List.of(
                ByteBuffer.wrap(plaintext).asReadOnlyBuffer(),
                ByteBuffer.allocateDirect(5000).put(plaintext).flip(),
                ByteBuffer.allocate(5020)
                        .position(7)
                        .put(plaintext)
                        .flip()
                        .position(7)
                        .slice());
        for (ByteBuffer in : kinds) {
            try (Message message = cipher().encrypt(key)) {
                assertThat(message.finish(in))
                        .as(in + ", " + seedOf(key.suite()))
                        .isEqualTo(sealed);
                assertThat(in.remaining()).isZero();
            }
        }
        assertThat(plaintext).as("what went in").isEqualTo(atOnce(cipher().decrypt(key), sealed));
    }

    // ---- M02: nothing comes of what was altered -------------------------------------------------------------------

    @Test
    void required_M02_anyAlteredBit_isOneAndTheSameRefusal() {
        ContentKey key = key();
        byte[] sealed = reference(key, bytes(40));
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertRefused(key, altered);
        }
    }

    @Test
    void required_M02_anyTruncation_isOneAndTheSameRefusal() {
        ContentKey key = key();
        byte[] sealed = reference(key, bytes(40));
        for (int length = 0; length < sealed.length; length++) {
            assertRefused(key, Arrays.copyOf(sealed, length));
        }
    }

    private void assertRefused(ContentKey key, byte[] altered) {
        try (Message message = cipher().decrypt(key)) {
            assertThatThrownBy(() -> message.finish(ByteBuffer.wrap(altered)))
                    .as(seedOf(key.suite()))
                    .isInstanceOfSatisfying(
                            IntegrityException.class,
                            e -> assertThat(e.stage()).isEqualTo(IntegrityException.Stage.CONTENT))
                    .hasMessage(
                            "the content does not verify: body, tag or envelope were altered, truncated or extended");
        }
    }

    // ---- M03: life --------------------------------------------------------------------------------------------------

    @Test
    void required_M03_messageFinishedOrClosed_takesNothingMore() {
        ContentKey key = key();
        byte[] sealed = reference(key, new byte[0]);
        try (Message encrypting = cipher().encrypt(key);
                Message decrypting = cipher().decrypt(key)) {
            encrypting.finish(ByteBuffer.allocate(0));
            decrypting.finish(ByteBuffer.wrap(sealed));
            for (Message message : List.of(encrypting, decrypting)) {
                assertThatIllegalStateException().isThrownBy(() -> message.update(ByteBuffer.allocate(1)));
                assertThatIllegalStateException().isThrownBy(() -> message.finish(ByteBuffer.allocate(0)));
            }
        }
        Message closed = cipher().encrypt(key);
        closed.update(ByteBuffer.allocate(100));
        closed.close();
        closed.close();
        assertThatIllegalStateException().isThrownBy(() -> closed.update(ByteBuffer.allocate(1)));
        assertThatIllegalStateException().isThrownBy(() -> closed.finish(ByteBuffer.allocate(0)));
    }

    @Test
    void required_M03_keyClosedInMidMessage_doesNotDisturbIt() {
        ContentKey key = key();
        byte[] plaintext = bytes(1000);
        byte[] sealed = reference(key, plaintext);
        try (Message message = cipher().encrypt(key)) {
            byte[] first = message.update(ByteBuffer.wrap(plaintext, 0, 500));
            key.close();
            byte[] rest = message.finish(ByteBuffer.wrap(plaintext, 500, 500));
            byte[] both = Arrays.copyOf(first, first.length + rest.length);
            System.arraycopy(rest, 0, both, first.length, rest.length);
            assertThat(both).as(seedOf(key.suite())).isEqualTo(sealed);
        }
    }

    @Test
    void required_M03_closedContentKey_isRefused() {
        ContentKey key = key();
        key.close();
        assertThatIllegalStateException().isThrownBy(() -> cipher().encrypt(key));
        assertThatIllegalStateException().isThrownBy(() -> cipher().decrypt(key));
    }

    // ---- M04: suites and lengths ------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource(AlgorithmSuite.class)
    void required_M04_suiteOfAnotherCipher_isRefused(AlgorithmSuite suite) {
        Assumptions.assumeFalse(cipher().suites().contains(suite));
        Assumptions.assumeFalse(
                suite.isCommitting(), "a key of it needs a commitment to be made of one that is written");
        try (DataKey dataKey = DataKey.adopt(bytes(32))) {
            ContentKey key = kept(ContentKeyDerivation.platform()
                    .forDecrypt(suite, dataKey, Bytes.copyOf(bytes(suite.ivBytes())), Bytes.empty()));
            assertThatIllegalArgumentException().isThrownBy(() -> cipher().encrypt(key));
            assertThatIllegalArgumentException().isThrownBy(() -> cipher().decrypt(key));
        }
    }

    @Test
    void required_M04_longestMessage_isWithinEverySuite() {
        for (AlgorithmSuite suite : cipher().suites()) {
            assertThat(cipher().maxPlaintextBytes()).isPositive().isLessThanOrEqualTo(suite.maxPlaintextBytes());
        }
    }

    // ---- M05: it tells what it is, and no secret --------------------------------------------------------------------

    @Test
    void required_M05_text_namesNoSecret() {
        try (Message message = cipher().encrypt(key())) {
            assertThat(message.toString()).doesNotContain("[B@", "key=");
        }
        assertThat(cipher().toString()).isNotBlank();
    }

    // ---- parts ------------------------------------------------------------------------------------------------------

    private ContentKey key() {
        List<AlgorithmSuite> suites = List.copyOf(cipher().suites());
        return key(suites.get(random.nextInt(suites.size())));
    }

    private ContentKey key(AlgorithmSuite suite) {
        try (DataKey dataKey = DataKey.adopt(bytes(suite.dataKeyBytes()))) {
            return kept(ContentKeyDerivation.platform()
                    .forEncrypt(suite, dataKey, Bytes.copyOf(bytes(suite.ivBytes())))
                    .key());
        }
    }

    private ContentKey kept(ContentKey key) {
        keys.add(key);
        return key;
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private String seedOf(AlgorithmSuite suite) {
        return suite + ", seed " + seed;
    }

    private static byte[] atOnce(Message message, byte[] in) {
        try (message) {
            return message.finish(ByteBuffer.wrap(in));
        }
    }

    private byte[] inPieces(Message message, byte[] in) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (message) {
            int done = 0;
            while (done < in.length) {
                int piece = Math.min(in.length - done, random.nextInt(20_000));
                out.writeBytes(message.update(ByteBuffer.wrap(in, done, piece)));
                done += piece;
            }
            out.writeBytes(message.finish(ByteBuffer.allocate(0)));
        }
        return out.toByteArray();
    }

    private static byte[] reference(ContentKey key, byte[] plaintext) {
        return key.use((raw, iv, aad) -> {
            try {
                Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
                gcm.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(raw, "AES"), new GCMParameterSpec(8 * TAG_BYTES, iv));
                gcm.updateAAD(aad);
                return gcm.doFinal(plaintext);
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        });
    }
}
