/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.GCMParameterSpec;

/** A cipher of SunJCE, behind what a test wants to happen before it. */
final class DelegatingCipher extends CipherSpi {
    /** What happens before the real cipher is initialised; answers the key to use in place of the given. */
    interface BeforeInit {
        Key init(Key key, AlgorithmParameterSpec spec) throws InvalidKeyException, InvalidAlgorithmParameterException;
    }

    private final Cipher real;
    private final BeforeInit before;
    private final byte[] nonce;

    /** @param nonce what the cipher uses in place of a given GCM nonce, to encrypt; empty to use the given */
    DelegatingCipher(String transformation, BeforeInit before, byte[] nonce) {
        try {
            this.real = Cipher.getInstance(transformation, "SunJCE");
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        this.before = before;
        this.nonce = nonce;
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameterSpec spec, SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        boolean own = nonce.length > 0 && mode == Cipher.ENCRYPT_MODE;
        real.init(mode, before.init(key, spec), own ? new GCMParameterSpec(128, nonce) : spec, random);
    }

    @Override
    protected void engineInit(int mode, Key key, SecureRandom random) throws InvalidKeyException {
        real.init(mode, key, random);
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameters parameters, SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        real.init(mode, key, parameters, random);
    }

    @Override
    protected byte[] engineUpdate(byte[] in, int offset, int length) {
        return real.update(in, offset, length);
    }

    @Override
    protected int engineUpdate(byte[] in, int offset, int length, byte[] out, int outOffset)
            throws ShortBufferException {
        return real.update(in, offset, length, out, outOffset);
    }

    @Override
    protected byte[] engineDoFinal(byte[] in, int offset, int length)
            throws IllegalBlockSizeException, BadPaddingException {
        return in == null ? finish() : real.doFinal(in, offset, length);
    }

    private byte[] finish() throws IllegalBlockSizeException, BadPaddingException {
        return real.doFinal();
    }

    @Override
    protected int engineDoFinal(byte[] in, int offset, int length, byte[] out, int outOffset)
            throws ShortBufferException, IllegalBlockSizeException, BadPaddingException {
        return in == null ? real.doFinal(out, outOffset) : real.doFinal(in, offset, length, out, outOffset);
    }

    @Override
    protected void engineUpdateAAD(byte[] aad, int offset, int length) {
        real.updateAAD(aad, offset, length);
    }

    @Override
    protected int engineGetOutputSize(int length) {
        return real.getOutputSize(length);
    }

    @Override
    protected int engineGetBlockSize() {
        return real.getBlockSize();
    }

    @Override
    protected byte[] engineGetIV() {
        return real.getIV();
    }

    @Override
    protected AlgorithmParameters engineGetParameters() {
        return real.getParameters();
    }

    @Override
    protected void engineSetMode(String mode) {
        throw new UnsupportedOperationException(mode);
    }

    @Override
    protected void engineSetPadding(String padding) {
        throw new UnsupportedOperationException(padding);
    }
}
