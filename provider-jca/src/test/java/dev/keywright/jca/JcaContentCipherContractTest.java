/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.keywright.jca.HashingWay.Way;
import dev.keywright.spi.ContentCipher;
import dev.keywright.tck.ContentCipherContract;
import java.security.Provider;
import java.security.Security;
import java.util.Optional;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
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
        private final ContentCipher cipher = JcaContentCipher.byComputedIv(new AesCiphers(SUN), Way.GMAC);

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnSunJceByReencryption extends ContentCipherContract {
        private final ContentCipher cipher = JcaContentCipher.byComputedIv(new AesCiphers(SUN), Way.REENCRYPTION);

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnSunJceByCounter extends ContentCipherContract {
        private final ContentCipher cipher = JcaContentCipher.byCounter(new AesCiphers(SUN), Way.GMAC);

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
    class OnBouncyCastleByReencryption extends ContentCipherContract {
        private final ContentCipher cipher =
                JcaContentCipher.byComputedIv(new AesCiphers(BOUNCY_CASTLE), Way.REENCRYPTION);

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
        private final ContentCipher cipher = JcaContentCipher.byCounter(new AesCiphers(BOUNCY_CASTLE), Way.GMAC);

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
    class OnBouncyCastleLts extends ContentCipherContract {
        private ContentCipher cipher = JcaContentCipher.platform();

        @BeforeEach
        void load() {
            cipher = JcaContentCipher.with(loaded(OtherProvider.bouncyCastleLts()));
        }

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnBouncyCastleLtsByReencryption extends ContentCipherContract {
        private ContentCipher cipher = JcaContentCipher.platform();

        @BeforeEach
        void load() {
            cipher = JcaContentCipher.byCounter(
                    new AesCiphers(loaded(OtherProvider.bouncyCastleLts())), Way.REENCRYPTION);
        }

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    /** By counter, as it takes 12-byte IVs only. It has no AES-192. */
    @Nested
    class OnConscrypt extends ContentCipherContract {
        @Override
        protected boolean takesKeysOf(int keyBytes) {
            return keyBytes != 24;
        }

        private ContentCipher cipher = JcaContentCipher.platform();

        @BeforeEach
        void load() {
            cipher = JcaContentCipher.with(loaded(OtherProvider.conscrypt()));
        }

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    /** With ECB and CTR of the platform, as it has neither. */
    @Nested
    class OnCorretto extends ContentCipherContract {
        private ContentCipher cipher = JcaContentCipher.platform();

        @BeforeEach
        void load() {
            cipher = JcaContentCipher.with(corretto());
        }

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    @Nested
    class OnCorrettoByReencryption extends ContentCipherContract {
        private ContentCipher cipher = JcaContentCipher.platform();

        @BeforeEach
        void load() {
            cipher = JcaContentCipher.byComputedIv(new AesCiphers(corretto()), Way.REENCRYPTION);
        }

        @Override
        protected ContentCipher cipher() {
            return cipher;
        }
    }

    private static Provider loaded(Optional<Provider> provider) {
        Assumptions.assumeTrue(provider.isPresent(), "it does not load here");
        return provider.get();
    }

    private static Provider corretto() {
        AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
        Assumptions.assumeTrue(
                provider.getLoadingError() == null, () -> "it does not load: " + provider.getLoadingError());
        return provider;
    }
}
