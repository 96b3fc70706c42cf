/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import static dev.keywright.tck.WycheproofAssertions.assertAsPinned;
import static org.assertj.core.api.Assertions.assertThat;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.tck.WycheproofAssertions;
import dev.keywright.wycheproof.Algorithm;
import dev.keywright.wycheproof.JcaPrimitives;
import dev.keywright.wycheproof.NotOfferedException;
import dev.keywright.wycheproof.Outcome;
import dev.keywright.wycheproof.Primitives;
import dev.keywright.wycheproof.WycheproofRun;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import javax.crypto.Cipher;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What each JCA provider that we name, and our own engine, do with Wycheproof's vectors. */
class WycheproofTest {
    private static final Provider SUN = Security.getProvider("SunJCE");

    @Nested
    class Providers {
        @Test
        void sunJce_ofThisJdk_isAsPinned() {
            int jdk = Runtime.version().feature();
            Assumptions.assumeTrue(jdk == 17 || jdk == 25, "results are pinned for JDK 17 and 25; this is " + jdk);
            assertAsPinned(JcaPrimitives.of(SUN), "SunJCE-" + jdk);
        }

        @Test
        void bouncyCastle_isAsPinned() {
            assertAsPinned(JcaPrimitives.of(new BouncyCastleProvider()), "BouncyCastle");
        }

        @Test
        void amazonCorretto_whereItLoads_isAsPinned() {
            AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
            Assumptions.assumeTrue(
                    provider.getLoadingError() == null, () -> "it does not load: " + provider.getLoadingError());
            assertAsPinned(JcaPrimitives.of(provider), "AmazonCorretto");
        }
    }

    @Nested
    class Ours {
        @ParameterizedTest
        @EnumSource(HashingWay.Way.class)
        void engine_onSunJce_isAsPinned(HashingWay.Way way) {
            assertAsPinned(EnginePrimitives.byComputedIv(SUN, way), "Keywright-engine");
            assertAsPinned(EnginePrimitives.byCounter(SUN, way), "Keywright-engine");
        }

        @Test
        void engine_onBouncyCastle_isAsPinned() {
            assertAsPinned(
                    EnginePrimitives.byCounter(new BouncyCastleProvider(), HashingWay.Way.GMAC), "Keywright-engine");
        }

        /** All that suite 0x0072 can be of them is right, and the altered ones are refused. */
        @Test
        void strictCipher_onSunJce_isRightWhereItIsOffered() {
            WycheproofRun run = WycheproofRun.of(WycheproofAssertions.vectors(), new StrictPrimitives(SUN));
            assertThat(run.count(Algorithm.AES_GCM, Outcome.FAIL)).isZero();
            assertThat(run.count(Algorithm.AES_GCM, Outcome.PASS)).isGreaterThan(50);
        }

        /** It wraps data keys and encrypts objects: no service of it is one of the plain algorithms. */
        @Test
        void keywrightProvider_offersNoneOfThePlainAlgorithms() {
            assertAsPinned(JcaPrimitives.of(new KeywrightProvider()), "Keywright-provider");
        }

        /** None of them holds a data key, so that each is refused; a difference between two would be an oracle. */
        @Test
        void rsaWrap_ofEveryOaepCiphertext_isRefusedInOneWay() {
            OneWay provider = new OneWay();
            WycheproofRun run = WycheproofRun.of(WycheproofAssertions.vectors(), provider);
            assertThat(provider.refusals).hasSizeGreaterThan(40);
            assertThat(provider.refusals.stream().distinct()).hasSize(1);
            assertThat(run.count(Algorithm.RSA_OAEP_SHA1, Outcome.PASS)).isEqualTo(19);
        }
    }

    /** Unwraps as if the ciphertext were a data key under RSA-OAEP-SHA1, and keeps what is said. */
    private static final class OneWay implements Primitives {
        private final List<String> refusals = new ArrayList<>();

        @Override
        public String name() {
            return "Keywright's RSA-OAEP-SHA1";
        }

        @Override
        public byte[] decryptOaep(byte[] pkcs8, String hash, String mgfHash, byte[] label, byte[] ciphertext)
                throws GeneralSecurityException {
            if (!hash.equals("SHA-1") || !mgfHash.equals("SHA-1") || label.length > 0) {
                throw NotOfferedException.parameters("SHA-1, MGF1 with SHA-1, no label", null);
            }
            PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            Cipher cipher = Cipher.getInstance("S3DataKeyWrap-RSA-OAEP-SHA1", new KeywrightProvider());
            try {
                cipher.init(
                        Cipher.UNWRAP_MODE,
                        key,
                        new DataKeyWrapParameterSpec(AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY));
            } catch (GeneralSecurityException e) {
                throw NotOfferedException.parameters("2048 bits and more", e);
            }
            try {
                return cipher.unwrap(ciphertext, "AES", Cipher.SECRET_KEY).getEncoded();
            } catch (GeneralSecurityException | RuntimeException e) {
                refusals.add(e.toString());
                throw e;
            }
        }
    }
}
