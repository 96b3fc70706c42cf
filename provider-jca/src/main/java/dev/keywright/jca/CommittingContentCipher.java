/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher.Direction;
import dev.keywright.spi.ContentCipher.Segment;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.ContentKeyDerivation;
import dev.keywright.spi.DataKey;
import dev.keywright.spi.IntegrityException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.security.AlgorithmParameters;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidParameterSpecException;
import java.util.Arrays;
import java.util.List;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.CipherSpi;
import javax.crypto.NoSuchPaddingException;
import javax.crypto.SecretKey;
import javax.crypto.ShortBufferException;
import org.jspecify.annotations.Nullable;

/**
 * The committing content suite as a JCA cipher. Encryption streams. Decryption checks the commitment when it is
 * initialised, keeps the ciphertext, and gives out plaintext at {@code doFinal} only, once the tag has verified.
 */
final class CommittingContentCipher extends CipherSpi {
    private static final AlgorithmSuite SUITE = AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
    private static final byte[] NOTHING = {};

    private final JcaService service;
    private final KeywrightProvider provider;
    private final JcaContentCipher content;
    private final ContentKeyDerivation derivation;
    private @Nullable ContentKey key; // null before init and after doFinal
    private @Nullable CommittingContentParameterSpec spec;
    private @Nullable Segment encryption; // null while decrypting
    private ByteArrayOutputStream ciphertext = new ByteArrayOutputStream(); // empty while encrypting
    private Bytes lastMessageId = Bytes.empty();

    CommittingContentCipher(JcaService service, KeywrightProvider provider) {
        this.service = service;
        this.provider = provider;
        this.content = provider.contentCipher();
        this.derivation = provider.delegate() == null
                ? ContentKeyDerivation.platform()
                : ContentKeyDerivation.with(provider.delegate());
    }

    static boolean accepts(Object key) {
        return key instanceof SecretKey;
    }

    @Override
    protected void engineInit(
            int mode, Key dataKey, @Nullable AlgorithmParameterSpec given, @Nullable SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        forget();
        if (mode != Cipher.ENCRYPT_MODE && mode != Cipher.DECRYPT_MODE) {
            throw new UnsupportedOperationException(
                    service.name() + " encrypts and decrypts content, it wraps no keys");
        }
        if (given != null && !(given instanceof CommittingContentParameterSpec)) {
            throw new InvalidAlgorithmParameterException("a CommittingContentParameterSpec is wanted");
        }
        CommittingContentParameterSpec wanted = (CommittingContentParameterSpec) given;
        try (DataKey copy = copy(dataKey)) {
            if (mode == Cipher.ENCRYPT_MODE) {
                initEncrypt(copy, wanted == null ? fresh(random) : wanted);
            } else {
                initDecrypt(copy, wanted);
            }
        }
    }

    private static CommittingContentParameterSpec fresh(@Nullable SecureRandom random) {
        byte[] messageId = new byte[CommittingContentParameterSpec.MESSAGE_ID_BYTES];
        (random == null ? new SecureRandom() : random).nextBytes(messageId);
        return new CommittingContentParameterSpec(Bytes.copyOf(messageId));
    }

    private DataKey copy(Key dataKey) throws InvalidKeyException {
        byte @Nullable [] raw = dataKey.getEncoded();
        if (raw == null) {
            throw new InvalidKeyException(service.name() + " needs a data key that has an encoded form");
        }
        if (raw.length != SUITE.dataKeyBytes()) {
            Arrays.fill(raw, (byte) 0);
            throw new InvalidKeyException(
                    "data key of " + raw.length + " bytes, and " + SUITE.dataKeyBytes() + " are wanted");
        }
        return DataKey.adopt(raw);
    }

    private void initEncrypt(DataKey dataKey, CommittingContentParameterSpec wanted)
            throws InvalidAlgorithmParameterException {
        if (wanted.messageId().equals(lastMessageId)) {
            throw new InvalidAlgorithmParameterException(
                    "a message id encrypts one message: take another, or give none and have a random one");
        }
        ContentKeyDerivation.NewContentKey made = derivation.forEncrypt(SUITE, dataKey, wanted.messageId());
        if (wanted.commitment().size() != 0 && !wanted.commitment().equals(made.commitment())) {
            made.key().close();
            throw new InvalidAlgorithmParameterException("the given commitment is not to this data key and message id");
        }
        try {
            encryption = content.segment(made.key(), Direction.ENCRYPT, 0);
        } catch (RuntimeException | Error e) {
            made.key().close();
            throw e;
        }
        lastMessageId = wanted.messageId();
        key = made.key();
        spec = new CommittingContentParameterSpec(wanted.messageId(), made.commitment());
    }

    private void initDecrypt(DataKey dataKey, @Nullable CommittingContentParameterSpec stored)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        if (stored == null || stored.commitment().size() == 0) {
            throw new InvalidAlgorithmParameterException("decryption needs message id and key commitment, as stored");
        }
        try {
            key = derivation.forDecrypt(SUITE, dataKey, stored.messageId(), stored.commitment());
        } catch (IntegrityException e) {
            throw new InvalidKeyException(e.getMessage(), e);
        }
        spec = stored;
    }

    @Override
    protected void engineInit(int mode, Key dataKey, @Nullable SecureRandom random) throws InvalidKeyException {
        try {
            engineInit(mode, dataKey, (AlgorithmParameterSpec) null, random);
        } catch (InvalidAlgorithmParameterException e) {
            throw new InvalidKeyException(e.getMessage(), e);
        }
    }

    @Override
    protected void engineInit(
            int mode, Key dataKey, @Nullable AlgorithmParameters parameters, @Nullable SecureRandom random)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        try {
            engineInit(
                    mode,
                    dataKey,
                    parameters == null ? null : parameters.getParameterSpec(CommittingContentParameterSpec.class),
                    random);
        } catch (InvalidParameterSpecException e) {
            throw new InvalidAlgorithmParameterException(e.getMessage(), e);
        }
    }

    private ContentKey open() {
        ContentKey open = key;
        if (open == null) {
            throw new IllegalStateException("not initialised: each message needs an init of its own");
        }
        return open;
    }

    @Override
    protected byte[] engineUpdate(byte[] in, int offset, int length) {
        open();
        if (encryption == null) {
            ciphertext.write(in, offset, length);
            return NOTHING;
        }
        byte[] out = new byte[length];
        encryption.update(ByteBuffer.wrap(in, offset, length), ByteBuffer.wrap(out));
        return out;
    }

    @Override
    protected int engineUpdate(byte[] in, int offset, int length, byte[] out, int outOffset)
            throws ShortBufferException {
        requireRoom(encryption == null ? 0 : length, out, outOffset);
        return put(engineUpdate(in, offset, length), out, outOffset);
    }

    @Override
    protected byte[] engineDoFinal(byte @Nullable [] in, int offset, int length) throws AEADBadTagException {
        ContentKey open = open();
        try {
            byte[] last = engineUpdate(in == null ? NOTHING : in, offset, length);
            return encryption == null ? verified(open) : sealed(open, encryption, last);
        } finally {
            forget();
        }
    }

    @Override
    protected int engineDoFinal(byte @Nullable [] in, int offset, int length, byte[] out, int outOffset)
            throws ShortBufferException, AEADBadTagException {
        open();
        requireRoom(engineGetOutputSize(length), out, outOffset);
        return put(engineDoFinal(in, offset, length), out, outOffset);
    }

    private byte[] sealed(ContentKey open, Segment segment, byte[] last) {
        try (SegmentDigest digest = segment.finish()) {
            byte[] tag = content.tag(open, List.of(digest)).toByteArray();
            byte[] out = Arrays.copyOf(last, last.length + tag.length);
            System.arraycopy(tag, 0, out, last.length, tag.length);
            return out;
        }
    }

    private byte[] verified(ContentKey open) throws AEADBadTagException {
        byte[] body = ciphertext.toByteArray();
        int length = body.length - SUITE.tagBytes();
        if (length < 0 || !verifies(open, body, length)) {
            throw new AEADBadTagException("the content is altered, truncated or extended");
        }
        byte[] plaintext = new byte[length];
        try (Segment segment = content.segment(open, Direction.DECRYPT, 0)) {
            segment.update(ByteBuffer.wrap(body, 0, length), ByteBuffer.wrap(plaintext));
        }
        return plaintext;
    }

    private boolean verifies(ContentKey open, byte[] body, int length) {
        try (Segment segment = content.segment(open, Direction.AUTHENTICATE, 0)) {
            segment.update(ByteBuffer.wrap(body, 0, length), ByteBuffer.wrap(NOTHING));
            try (SegmentDigest digest = segment.finish()) {
                byte[] tag = content.tag(open, List.of(digest)).toByteArray();
                return MessageDigest.isEqual(tag, Arrays.copyOfRange(body, length, body.length));
            }
        }
    }

    private static void requireRoom(int bytes, byte[] out, int outOffset) throws ShortBufferException {
        if (out.length - outOffset < bytes) {
            throw new ShortBufferException("room for " + (out.length - outOffset) + " bytes, and " + bytes + " needed");
        }
    }

    /** Wipes {@code bytes}, which may be plaintext. */
    private static int put(byte[] bytes, byte[] out, int outOffset) {
        System.arraycopy(bytes, 0, out, outOffset, bytes.length);
        Arrays.fill(bytes, (byte) 0);
        return bytes.length;
    }

    private void forget() {
        if (encryption != null) {
            encryption.close();
            encryption = null;
        }
        if (key != null) {
            key.close();
            key = null;
        }
        ciphertext = new ByteArrayOutputStream();
    }

    @Override
    protected int engineGetOutputSize(int inputLength) {
        return encryption == null
                ? Math.max(0, ciphertext.size() + inputLength - SUITE.tagBytes())
                : inputLength + SUITE.tagBytes();
    }

    @Override
    protected int engineGetBlockSize() {
        return AesCiphers.BLOCK_BYTES;
    }

    /** The message id. */
    @Override
    protected byte @Nullable [] engineGetIV() {
        return spec == null ? null : spec.messageId().toByteArray();
    }

    @Override
    protected @Nullable AlgorithmParameters engineGetParameters() {
        CommittingContentParameterSpec current = spec;
        return current == null
                ? null
                : SpecParameters.holding(current, JcaService.contentParameters(), provider, service.name());
    }

    @Override
    protected void engineSetMode(String mode) throws NoSuchAlgorithmException {
        throw new NoSuchAlgorithmException(service.name() + " has no modes");
    }

    @Override
    protected void engineSetPadding(String padding) throws NoSuchPaddingException {
        throw new NoSuchPaddingException(service.name() + " has no paddings");
    }
}
