/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.MessageCipher;
import dev.keywright.spi.MessageCipher.Message;
import dev.keywright.tck.MessageCipherContract;
import java.nio.ByteBuffer;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.spec.GCMParameterSpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class JcaMessageCipherTest {
    private static final Provider SUN = Security.getProvider("SunJCE");
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    @Nested
    class OnThePlatform extends MessageCipherContract {
        @Override
        protected MessageCipher cipher() {
            return JcaMessageCipher.platform();
        }
    }

    /** Which gives plaintext before it has seen the tag. */
    @Nested
    class OnBouncyCastle extends MessageCipherContract {
        @Override
        protected MessageCipher cipher() {
            return JcaMessageCipher.with(BOUNCY_CASTLE);
        }
    }

    @Nested
    class OnAProviderThatHoldsOutputBack extends MessageCipherContract {
        @Override
        protected MessageCipher cipher() {
            return JcaMessageCipher.with(new CommandedProvider(new JcaContentCipherTest.HoldingBack()));
        }
    }

    private static ContentKey key() {
        AlgorithmSuite suite = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
        try (DataKey dataKey = DataKey.adopt(new byte[suite.dataKeyBytes()])) {
            return ContentKeyDerivation.platform()
                    .forEncrypt(suite, dataKey, Bytes.copyOf(new byte[suite.ivBytes()]))
                    .key();
        }
    }

    @Test
    void provider_ofAMessage_isAskedForNothingButGcmUnderTheObjectsIv() {
        List<String> asked = new ArrayList<>();
        Provider listening = new CommandedProvider((key, spec) -> {
            asked.add(spec instanceof GCMParameterSpec gcm ? "GCM, IV of " + gcm.getIV().length : "" + spec);
            return key;
        });
        MessageCipher cipher = JcaMessageCipher.with(listening);
        try (ContentKey key = key()) {
            try (Message message = cipher.encrypt(key)) {
                message.finish(ByteBuffer.allocate(100_000));
            }
        }
        assertThat(asked).as("the message, and the throw-away key").containsExactly("GCM, IV of 12", "GCM, IV of 12");
    }

    @Test
    void with_providerThatHasGcmAlone_isAccepted() {
        assertThat(JcaMessageCipher.with(CommandedProvider.lacking("AES/CTR/NoPadding")))
                .hasToString("JcaMessageCipher[Commanded, strict]");
    }

    @Test
    @Tag("PRV-004")
    void with_providerWithoutTheCipher_namesBoth() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> JcaMessageCipher.with(Security.getProvider("SUN")))
                .withMessageContainingAll("SUN", "AES/GCM/NoPadding");
    }

    @Test
    void update_providerFailsMidway_closesTheMessage() {
        try (ContentKey key = key();
                Message message = JcaMessageCipher.with(new CommandedProvider(new DelegatingCipher.Command() {
                            @Override
                            public java.security.Key key(
                                    java.security.Key given, java.security.spec.AlgorithmParameterSpec spec) {
                                return given;
                            }

                            @Override
                            public int holdsBack() {
                                throw new ProviderException("token removed");
                            }
                        }))
                        .encrypt(key)) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> message.update(ByteBuffer.allocate(100)))
                    .withStackTraceContaining("token removed");
            assertThatIllegalStateException()
                    .isThrownBy(() -> message.update(ByteBuffer.allocate(100)))
                    .withMessageContaining("closed");
        }
    }

    @Test
    @Tag("ENC-002")
    void update_beyondTheLongestMessage_isRefusedAndNothingIsTaken() {
        ByteBuffer most = ByteBuffer.allocate(1 << 20);
        try (ContentKey key = key();
                Message message = GcmMessage.encrypting(SUN, key, (1 << 20) + 5)) {
            message.update(most);
            ByteBuffer more = ByteBuffer.allocate(6);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> message.update(more))
                    .withMessageContaining(Long.toString((1 << 20) + 5));
            assertThat(more.remaining()).isEqualTo(6);
            message.finish(ByteBuffer.allocate(5));
        }
        assertThat(JcaMessageCipher.platform().maxPlaintextBytes()).isEqualTo((1L << 31) - 17);
    }
}
