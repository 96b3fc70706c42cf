/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.LoanedKey;
import dev.keywright.spi.MessageCipher.Message;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/** A whole message through one {@link Cipher} of AES-GCM, from its first byte to the provider's verdict. */
final class GcmMessage implements Message {
    static final int TAG_BYTES = AesCiphers.TAG_BITS / Byte.SIZE;

    private final Cipher gcm;
    private final LoanedKey aes;
    private final boolean encrypts;
    private final long maxPlaintextBytes;
    private long taken;
    private boolean finished;

    private GcmMessage(Cipher gcm, LoanedKey aes, boolean encrypts, long maxPlaintextBytes) {
        this.gcm = gcm;
        this.aes = aes;
        this.encrypts = encrypts;
        this.maxPlaintextBytes = maxPlaintextBytes;
    }

    static GcmMessage encrypting(Provider home, ContentKey key, long maxPlaintextBytes) {
        return of(home, key, Cipher.ENCRYPT_MODE, maxPlaintextBytes);
    }

    static GcmMessage decrypting(Provider home, ContentKey key, long maxPlaintextBytes) {
        return of(home, key, Cipher.DECRYPT_MODE, maxPlaintextBytes);
    }

    private static GcmMessage of(Provider home, ContentKey key, int mode, long maxPlaintextBytes) {
        JcaContentCipher.requireSuite(key);
        return key.use((raw, iv, aad) -> {
            LoanedKey aes = LoanedKey.copyOf(raw, "AES");
            try {
                Cipher gcm = AesCiphers.gcm(home);
                gcm.init(mode, aes, new GCMParameterSpec(AesCiphers.TAG_BITS, iv));
                gcm.updateAAD(aad);
                return new GcmMessage(gcm, aes, mode == Cipher.ENCRYPT_MODE, maxPlaintextBytes);
            } catch (GeneralSecurityException | RuntimeException e) {
                aes.close();
                throw new IllegalStateException("AES-GCM of provider " + home.getName() + " can't be used", e);
            }
        });
    }

    @Override
    public byte[] update(ByteBuffer in) {
        return passed(in, false);
    }

    @Override
    public byte[] finish(ByteBuffer in) {
        return passed(in, true);
    }

    private byte[] passed(ByteBuffer in, boolean last) {
        requireOpen();
        int length = in.remaining();
        if (length > maxPlaintextBytes + (encrypts ? 0 : TAG_BYTES) - taken) {
            throw new IllegalArgumentException("the message would pass " + maxPlaintextBytes
                    + " bytes of plaintext, the most that every provider's AES-GCM takes in one stream");
        }
        taken += length;
        finished = last;
        byte[] copy = in.hasArray() ? new byte[0] : new byte[length];
        try {
            byte[] from = in.hasArray() ? in.array() : copy;
            int offset = in.hasArray() ? in.arrayOffset() + in.position() : 0;
            if (in.hasArray()) {
                in.position(in.limit());
            } else {
                in.get(copy);
            }
            return encrypts ? encrypted(from, offset, length, last) : decrypted(from, offset, length, last);
        } catch (AEADBadTagException e) {
            close();
            throw altered();
        } catch (GeneralSecurityException | RuntimeException e) {
            close();
            throw new IllegalStateException("the provider's AES-GCM failed in the middle of a message", e);
        } finally {
            Arrays.fill(copy, (byte) 0);
        }
    }

    /** In pieces, as {@link PieceSize} has it. */
    private byte[] encrypted(byte[] in, int offset, int length, boolean last) throws GeneralSecurityException {
        byte[] out = new byte[gcm.getOutputSize(length)];
        int given = 0;
        for (int done = 0; done < length; ) {
            int piece = Math.min(PieceSize.GCM.next(), length - done);
            given += gcm.update(in, offset + done, piece, out, given);
            done += piece;
        }
        if (last) {
            given += gcm.doFinal(out, given);
        }
        return given == out.length ? out : Arrays.copyOf(out, given);
    }

    /** At once: a provider that holds it all back would but copy the pieces together. */
    private byte[] decrypted(byte[] in, int offset, int length, boolean last) throws GeneralSecurityException {
        if (last && taken < TAG_BYTES) {
            throw new AEADBadTagException("shorter than a tag");
        }
        byte[] given = last ? gcm.doFinal(in, offset, length) : gcm.update(in, offset, length);
        return given == null ? new byte[0] : given;
    }

    private static IntegrityException altered() {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "the content does not verify: body, tag or envelope were altered, truncated or extended");
    }

    private void requireOpen() {
        if (finished || aes.isDestroyed()) {
            throw new IllegalStateException(aes.isDestroyed() ? "message is closed" : "message is finished");
        }
    }

    @Override
    public void close() {
        if (!aes.isDestroyed()) {
            aes.close();
            AesCiphers.forget(gcm);
        }
    }
}
