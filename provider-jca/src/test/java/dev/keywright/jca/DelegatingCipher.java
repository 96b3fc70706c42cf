/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.util.Arrays;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.IllegalBlockSizeException;

/** A cipher of SunJCE, behind what a test wants to happen before it. */
final class DelegatingCipher extends CipherSpi {
    /** What a test commands; by default, nothing but what the real cipher does. */
    @FunctionalInterface
    interface Command {
        /** Called before each initialisation, its parameters null if it has none; answers the key to use, or throws. */
        Key key(Key given, AlgorithmParameterSpec spec) throws InvalidKeyException, InvalidAlgorithmParameterException;

        /** The parameters to use in place of the given. */
        default AlgorithmParameterSpec parameters(int mode, AlgorithmParameterSpec given) {
            return given;
        }

        /** How many bytes of output wait for more input, or for the end. */
        default int holdsBack() {
            return 0;
        }
    }

    private final Cipher real;
    private final Command command;
    private byte[] held = new byte[0];

    DelegatingCipher(String transformation, Command command) {
        try {
            this.real = Cipher.getInstance(transformation, "SunJCE");
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
        this.command = command;
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameterSpec spec, SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        held = new byte[0];
        real.init(mode, command.key(key, spec), command.parameters(mode, spec), random);
    }

    @Override
    protected void engineInit(int mode, Key key, SecureRandom random) throws InvalidKeyException {
        held = new byte[0];
        try {
            real.init(mode, command.key(key, null), random);
        } catch (InvalidAlgorithmParameterException e) {
            throw new InvalidKeyException(e);
        }
    }

    @Override
    protected void engineInit(int mode, Key key, AlgorithmParameters parameters, SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        real.init(mode, key, parameters, random);
    }

    @Override
    protected byte[] engineUpdate(byte[] in, int offset, int length) {
        byte[] ready = joined(held, real.update(in, offset, length));
        int kept = Math.min(command.holdsBack(), ready.length);
        held = Arrays.copyOfRange(ready, ready.length - kept, ready.length);
        return Arrays.copyOf(ready, ready.length - kept);
    }

    @Override
    protected int engineUpdate(byte[] in, int offset, int length, byte[] out, int outOffset) {
        return put(engineUpdate(in, offset, length), out, outOffset);
    }

    @Override
    protected byte[] engineDoFinal(byte[] in, int offset, int length)
            throws IllegalBlockSizeException, BadPaddingException {
        byte[] all = joined(held, in == null ? real.doFinal() : real.doFinal(in, offset, length));
        held = new byte[0];
        return all;
    }

    @Override
    protected int engineDoFinal(byte[] in, int offset, int length, byte[] out, int outOffset)
            throws IllegalBlockSizeException, BadPaddingException {
        return put(engineDoFinal(in, offset, length), out, outOffset);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        if (second == null) {
            return first;
        }
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static int put(byte[] bytes, byte[] out, int outOffset) {
        System.arraycopy(bytes, 0, out, outOffset, bytes.length);
        return bytes.length;
    }

    @Override
    protected void engineUpdateAAD(byte[] aad, int offset, int length) {
        real.updateAAD(aad, offset, length);
    }

    @Override
    protected int engineGetOutputSize(int length) {
        return held.length + real.getOutputSize(length);
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
