/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.KeyRequest;
import dev.keywright.spi.KeyUnwrapper;
import dev.keywright.spi.KeyWrapper;
import dev.keywright.spi.KeyringException;
import dev.keywright.spi.Keyrings;
import dev.keywright.spi.LoanedKey;
import dev.keywright.spi.MasterKeyOps;
import dev.keywright.spi.Unwrap;
import dev.keywright.spi.WrapAlgorithm;
import dev.keywright.spi.WrappedDataKey;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidParameterSpecException;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/** A data key wrap as a JCA cipher: wraps and unwraps, and does nothing else. */
final class DataKeyWrapCipher extends CipherSpi {
    private static final byte[] NOTHING = {};

    private final JcaService service;
    private final KeywrightProvider provider;
    private final WrapAlgorithm algorithm;
    private @Nullable KeyWrapper wrapper;
    private @Nullable KeyUnwrapper unwrapper;
    private @Nullable DataKeyWrapParameterSpec binding;

    DataKeyWrapCipher(JcaService service, WrapAlgorithm algorithm, KeywrightProvider provider) {
        this.service = service;
        this.algorithm = algorithm;
        this.provider = provider;
    }

    /** The AES wrap's keys; a token's key may have no encoded form. */
    static boolean acceptsAes(Object key) {
        return key instanceof SecretKey secret && "AES".equalsIgnoreCase(secret.getAlgorithm());
    }

    static boolean acceptsRsa(Object key) {
        return (key instanceof PublicKey || key instanceof PrivateKey)
                && "RSA".equalsIgnoreCase(((Key) key).getAlgorithm());
    }

    @Override
    protected void engineInit(int mode, Key key, @Nullable AlgorithmParameterSpec spec, @Nullable SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        wrapper = null;
        unwrapper = null;
        if (mode != Cipher.WRAP_MODE && mode != Cipher.UNWRAP_MODE) {
            throw new UnsupportedOperationException(service.name() + " wraps and unwraps keys, and does nothing else");
        }
        if (!(spec instanceof DataKeyWrapParameterSpec given)) {
            throw new InvalidAlgorithmParameterException("a DataKeyWrapParameterSpec is wanted");
        }
        if (mode == Cipher.WRAP_MODE && !given.suite().isWritable()) {
            throw new InvalidAlgorithmParameterException(given.suite() + " is never written");
        }
        SecureRandom source = random == null ? new SecureRandom() : random;
        try {
            if (mode == Cipher.WRAP_MODE) {
                wrapper = Keyrings.wrapOnly(service.name(), algorithm, Map.of(), sealer(key, source));
            } else {
                unwrapper = Keyrings.of(service.name(), algorithm, Map.of(), opener(key, source));
            }
        } catch (KeyringException e) {
            throw new InvalidKeyException(e.getMessage(), e);
        }
        binding = given;
    }

    private MasterKeyOps.Sealer sealer(Key key, SecureRandom random) throws InvalidKeyException {
        if (algorithm == WrapAlgorithm.AES_GCM) {
            return aes(key, random)::seal;
        }
        if (!(key instanceof PublicKey publicKey)) {
            throw new InvalidKeyException(service.name() + " wraps under an RSA public key");
        }
        return new RsaSealer(service.name(), publicKey, provider.delegate(), random);
    }

    private MasterKeyOps opener(Key key, SecureRandom random) throws InvalidKeyException {
        if (algorithm == WrapAlgorithm.AES_GCM) {
            return aes(key, random);
        }
        if (!(key instanceof PrivateKey privateKey) || !acceptsRsa(key)) {
            throw new InvalidKeyException(service.name() + " unwraps under an RSA private key");
        }
        BigInteger modulus = key instanceof RSAKey rsa ? rsa.getModulus() : null;
        Transformation oaep = RsaSealer.oaep(service.name(), provider.delegate(), random);
        RsaOpener opener = new RsaOpener(oaep, privateKey, modulus);
        return new MasterKeyOps() {
            @Override
            public byte[] seal(byte[] plaintext, byte[] aad) throws GeneralSecurityException {
                throw new InvalidKeyException("a private key does not wrap");
            }

            @Override
            public byte[] open(byte[] sealed, byte[] aad) throws GeneralSecurityException {
                return opener.open(sealed);
            }
        };
    }

    private AesMasterKey aes(Key key, SecureRandom random) throws InvalidKeyException {
        if (!(key instanceof SecretKey secret) || !acceptsAes(key)) {
            throw new InvalidKeyException(service.name() + " wraps under an AES key");
        }
        return AesMasterKey.lent(service.name(), secret, provider.delegate(), random);
    }

    @Override
    protected void engineInit(int mode, Key key, @Nullable SecureRandom random) throws InvalidKeyException {
        try {
            engineInit(mode, key, (AlgorithmParameterSpec) null, random);
        } catch (InvalidAlgorithmParameterException e) {
            throw new InvalidKeyException(e.getMessage(), e);
        }
    }

    @Override
    protected void engineInit(
            int mode, Key key, @Nullable AlgorithmParameters parameters, @Nullable SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        try {
            engineInit(
                    mode,
                    key,
                    parameters == null ? null : parameters.getParameterSpec(DataKeyWrapParameterSpec.class),
                    random);
        } catch (InvalidParameterSpecException e) {
            throw new InvalidAlgorithmParameterException(e.getMessage(), e);
        }
    }

    @Override
    protected byte[] engineWrap(Key key) throws InvalidKeyException {
        KeyWrapper ready = wrapper;
        DataKeyWrapParameterSpec bound = binding;
        if (ready == null || bound == null) {
            throw new IllegalStateException("not initialised to wrap");
        }
        byte @Nullable [] raw = key.getEncoded();
        if (raw == null) {
            throw new InvalidKeyException("the data key has no encoded form");
        }
        try (DataKey dataKey = DataKey.adopt(raw)) {
            requireLength(raw.length == bound.suite().dataKeyBytes(), raw.length, bound);
            return ready.wrap(dataKey, request(bound)).ciphertext().toByteArray();
        } catch (KeyringException e) {
            throw failed(e);
        }
    }

    @Override
    protected Key engineUnwrap(byte[] wrapped, String keyAlgorithm, int keyType)
            throws InvalidKeyException, NoSuchAlgorithmException {
        KeyUnwrapper ready = unwrapper;
        DataKeyWrapParameterSpec bound = binding;
        if (ready == null || bound == null) {
            throw new IllegalStateException("not initialised to unwrap");
        }
        if (keyType != Cipher.SECRET_KEY) {
            throw new NoSuchAlgorithmException(service.name() + " unwraps secret keys only");
        }
        WrappedDataKey stored = new WrappedDataKey(algorithm, Bytes.copyOf(wrapped), Map.of());
        try {
            Unwrap answer = ready.unwrap(stored, request(bound));
            if (!(answer instanceof Unwrap.Opened opened)) {
                throw new ProviderException(service.name() + " declined its own algorithm");
            }
            try (DataKey dataKey = opened.dataKey()) {
                int bytes = dataKey.lengthBytes();
                requireLength(bound.suite().acceptsDataKeyBytes(bytes), bytes, bound);
                return dataKey.use(raw -> LoanedKey.copyOf(raw, keyAlgorithm));
            }
        } catch (IntegrityException e) {
            throw new InvalidKeyException(e.getMessage(), e);
        } catch (KeyringException e) {
            throw failed(e);
        }
    }

    private static void requireLength(boolean right, int bytes, DataKeyWrapParameterSpec bound)
            throws InvalidKeyException {
        if (!right) {
            throw new InvalidKeyException("a data key of " + bytes + " bytes is none of " + bound.suite());
        }
    }

    private static KeyRequest request(DataKeyWrapParameterSpec bound) {
        return KeyRequest.of(bound.suite(), Map.of());
    }

    private static InvalidKeyException failed(KeyringException e) {
        if (e.isRetryable()) {
            throw new ProviderException(e.getMessage(), e);
        }
        return new InvalidKeyException(e.getMessage(), e);
    }

    @Override
    protected @Nullable AlgorithmParameters engineGetParameters() {
        DataKeyWrapParameterSpec bound = binding;
        return bound == null
                ? null
                : SpecParameters.holding(bound, JcaService.wrapParameters(), provider, service.name());
    }

    @Override
    protected byte @Nullable [] engineGetIV() {
        return null;
    }

    @Override
    protected int engineGetBlockSize() {
        return 0;
    }

    @Override
    protected int engineGetOutputSize(int inputLength) {
        return inputLength;
    }

    @Override
    protected void engineSetMode(String mode) throws NoSuchAlgorithmException {
        throw new NoSuchAlgorithmException(service.name() + " has no modes");
    }

    @Override
    protected void engineSetPadding(String padding) throws NoSuchPaddingException {
        throw new NoSuchPaddingException(service.name() + " has no paddings");
    }

    @Override
    protected byte[] engineUpdate(byte[] in, int offset, int length) {
        throw new IllegalStateException(service.name() + " wraps and unwraps keys, and does nothing else");
    }

    @Override
    protected int engineUpdate(byte[] in, int offset, int length, byte[] out, int outOffset) {
        return engineUpdate(in, offset, length).length;
    }

    @Override
    protected byte[] engineDoFinal(byte @Nullable [] in, int offset, int length) {
        return engineUpdate(NOTHING, 0, 0);
    }

    @Override
    protected int engineDoFinal(byte @Nullable [] in, int offset, int length, byte[] out, int outOffset) {
        return engineUpdate(NOTHING, 0, 0).length;
    }
}
