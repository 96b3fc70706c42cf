/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.Keyring;
import dev.keywright.spi.Keyrings.Reads;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import dev.keywright.tck.BackEnd;
import dev.keywright.tck.KeyringContract;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Nested;

/** Every keyring of this module, under the contract of keyrings. */
class JcaKeyringContractTest {
    private static final Provider SUN = Security.getProvider("SunJCE");
    private static final Provider BOUNCY_CASTLE = new BouncyCastleProvider();
    private static final KeyPair PAIR = RsaPairs.of2048();
    private static final OAEPParameterSpec OAEP_SHA256 =
            new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT);

    private static byte[] masterKey(int bytes) {
        byte[] key = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            key[i] = (byte) (0xb0 + 5 * i);
        }
        return key;
    }

    /** AES keyrings. */
    abstract static class Aes extends KeyringContract {
        abstract Keyring keyring(Map<String, String> description);

        @Override
        protected Keyring keyring() {
            return keyring(Map.of("tenant", "blue"));
        }

        @Override
        protected Optional<Keyring> keyringDescribed(Map<String, String> description) {
            return Optional.of(keyring(description));
        }

        @Override
        protected WrapAlgorithm algorithm() {
            return WrapAlgorithm.AES_GCM;
        }

        @Override
        protected Set<WrapAlgorithm> opens() {
            return EnumSet.of(WrapAlgorithm.AES_GCM, WrapAlgorithm.RAW_AES, WrapAlgorithm.AES_WRAP);
        }

        @Override
        protected Optional<WrappedDataKey> wrappedByOldClient(WrapAlgorithm legacy, byte[] dataKey) {
            Key key = oldClientsKey();
            return Optional.of(
                    switch (legacy) {
                        case RAW_AES -> wrapped(legacy, "AES/ECB/PKCS5Padding", key, null, dataKey);
                        case AES_WRAP -> wrapped(legacy, "AESWrap", key, null, dataKey);
                        case RAW_RSA -> wrapped(legacy, "RSA/ECB/PKCS1Padding", key, null, dataKey);
                        case RSA_OAEP_SHA256 -> wrapped(legacy, "RSA/ECB/OAEPPadding", key, OAEP_SHA256, dataKey);
                        default -> throw new AssertionError(legacy);
                    });
        }

        private static WrappedDataKey wrapped(
                WrapAlgorithm legacy, String transformation, Key key, AlgorithmParameterSpec spec, byte[] dataKey) {
            try {
                Cipher cipher = Cipher.getInstance(transformation, SUN);
                cipher.init(Cipher.ENCRYPT_MODE, key, spec);
                return new WrappedDataKey(legacy, Bytes.copyOf(cipher.doFinal(dataKey)), Map.of("tenant", "blue"));
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        Key oldClientsKey() {
            return new SecretKeySpec(secrets().get(0), "AES");
        }

        @Override
        protected List<byte[]> secrets() {
            return List.of(masterKey(32));
        }
    }

    @Nested
    class AesOnThePlatformOfBytes extends Aes {
        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.platform().description(description).aes("test key", masterKey(32));
        }
    }

    @Nested
    class AesOnSunJce extends Aes {
        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.with(SUN)
                    .description(description)
                    .aes("test key", new SecretKeySpec(masterKey(32), "AES"));
        }
    }

    @Nested
    class AesOnBouncyCastle extends Aes {
        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.with(BOUNCY_CASTLE)
                    .description(description)
                    .aes("test key", new SecretKeySpec(masterKey(16), "AES"));
        }

        @Override
        protected List<byte[]> secrets() {
            return List.of(masterKey(16));
        }
    }

    @Nested
    class AesOfAnyDescription extends Aes {
        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.platform()
                    .description(description)
                    .reads(Reads.ANY_DESCRIPTION)
                    .aes("test key", masterKey(32));
        }

        @Override
        protected boolean choosesByDescription() {
            return false;
        }
    }

    /** A provider that the test can make fail. */
    @Nested
    class AesOnACommandedProvider extends Aes {
        private final Trouble trouble = new Trouble();

        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.with(new CommandedProvider(trouble::init))
                    .description(description)
                    .aes("test key", masterKey(32));
        }

        @Override
        protected Optional<BackEnd> backEnd() {
            return Optional.of(trouble);
        }
    }

    /** RSA keyrings. */
    abstract static class Rsa extends Aes {
        @Override
        protected WrapAlgorithm algorithm() {
            return WrapAlgorithm.RSA_OAEP_SHA1;
        }

        @Override
        protected Set<WrapAlgorithm> opens() {
            return EnumSet.of(WrapAlgorithm.RSA_OAEP_SHA1, WrapAlgorithm.RAW_RSA, WrapAlgorithm.RSA_OAEP_SHA256);
        }

        @Override
        Key oldClientsKey() {
            return PAIR.getPublic();
        }

        @Override
        protected List<byte[]> secrets() {
            return List.of(PAIR.getPrivate().getEncoded());
        }

        @Override
        protected int roundsPerThread() {
            return 5;
        }
    }

    @Nested
    class RsaOnThePlatform extends Rsa {
        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.platform().description(description).rsa("test pair", PAIR);
        }
    }

    @Nested
    class RsaOnBouncyCastle extends Rsa {
        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.with(BOUNCY_CASTLE).description(description).rsa("test pair", PAIR);
        }
    }

    @Nested
    class RsaOnACommandedProvider extends Rsa {
        private final Trouble trouble = new Trouble();

        @Override
        Keyring keyring(Map<String, String> description) {
            return JcaKeyrings.with(new CommandedProvider(trouble::init))
                    .description(description)
                    .rsa("test pair", PAIR);
        }

        @Override
        protected Optional<BackEnd> backEnd() {
            return Optional.of(trouble);
        }
    }

    private static final class Trouble implements BackEnd {
        private final AtomicLong calls = new AtomicLong();
        private volatile boolean down;

        Key init(Key key, AlgorithmParameterSpec spec) {
            calls.incrementAndGet();
            if (down) {
                throw new ProviderException("token removed");
            }
            return key;
        }

        @Override
        public void breakDown() {
            down = true;
        }

        @Override
        public void mend() {
            down = false;
        }

        @Override
        public long calls() {
            return calls.get();
        }
    }
}
