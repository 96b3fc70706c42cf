/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher;
import dev.keywright.tck.ContentCipherContract;
import java.security.Provider;
import java.security.Security;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;

/** Every way in which a content cipher can work, under the contract. */
class JcaContentCipherContractTest {
    private static final Provider SUN = Security.getProvider("SunJCE");
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();

    @Nested
    class OnThePlatform extends ContentCipherContract {
        private final ContentCipher cipher = JcaContentCipher.platform();

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnSunJceByComputedIv extends ContentCipherContract {
        private final ContentCipher cipher = JcaContentCipher.of(new AesCiphers(SUN), true);

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnSunJceByCounter extends ContentCipherContract {
        private final ContentCipher cipher = JcaContentCipher.of(new AesCiphers(SUN), false);

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnAProviderThatHoldsOutputBack extends ContentCipherContract {
        private final ContentCipher cipher =
                JcaContentCipher.with(new CommandedProvider(new JcaContentCipherTest.HoldingBack()));

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnBouncyCastleByComputedIv extends ContentCipherContract {
        private final ContentCipher cipher = JcaContentCipher.of(new AesCiphers(BOUNCY_CASTLE), true);

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }

        @Override
        protected long longContentBytes() {
            return 16 << 20;
        }
    }

    @Nested
    class OnBouncyCastleByCounter extends ContentCipherContract {
        private final ContentCipher cipher = JcaContentCipher.of(new AesCiphers(BOUNCY_CASTLE), false);

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }

        @Override
        protected long longContentBytes() {
            return 16 << 20;
        }
    }
}
