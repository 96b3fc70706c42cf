/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.ContentCipher.Direction;
import java.security.GeneralSecurityException;
import java.util.Objects;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import org.jspecify.annotations.Nullable;

/** Encrypts or decrypts by the provider's AES-CTR, and hashes the ciphertext by its GMAC, unless no digest is wanted. */
final class CounterSegment extends GcmSegment {
    private static final long NOWHERE = -1;

    private final boolean encrypts;
    private final @Nullable CiphertextHash hash; // null for what is decrypted unauthenticated
    private final SplitBlock split;
    private @Nullable Cipher ctr;
    private long ctrPosition = NOWHERE;

    CounterSegment(GcmKey key, Direction direction, long offset, long maxPlaintextBytes) {
        super(key, direction, offset, maxPlaintextBytes);
        this.encrypts = direction == Direction.ENCRYPT;
        this.hash = direction == Direction.DECRYPT_UNAUTHENTICATED ? null : new CiphertextHash(key);
        this.split = new SplitBlock(key);
    }

    @Override
    void process(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        if (hash != null && !encrypts) {
            hash.update(in, inOffset, length); // before the plaintext takes its place
        }
        int head = SplitBlock.head(position, length);
        split.crypt(position, in, inOffset, out, outOffset, head);
        int tail = (length - head) % AesCiphers.BLOCK_BYTES;
        int whole = length - head - tail;
        if (whole > 0) {
            wholeBlocks(position + head, in, inOffset + head, out, outOffset + head, whole);
        }
        if (tail > 0) {
            int begin = head + whole;
            split.crypt(position + begin, in, inOffset + begin, out, outOffset + begin, tail);
        }
        if (hash != null && encrypts) {
            hash.update(out, outOffset, length);
        }
    }

    private void wholeBlocks(long position, byte[] in, int inOffset, byte[] out, int outOffset, int length)
            throws GeneralSecurityException {
        Cipher stream = ctr;
        if (stream == null) {
            stream = key.ciphers().ctr();
            ctr = stream;
        }
        if (ctrPosition != position) {
            stream.init(
                    Cipher.ENCRYPT_MODE,
                    key.aes(),
                    new IvParameterSpec(key.counterBlock(position / AesCiphers.BLOCK_BYTES)));
        }
        int given = 0;
        int done = 0;
        while (done < length) {
            int piece = Math.min(PieceSize.CTR.next(), length - done);
            given += stream.update(in, inOffset + done, piece, out, outOffset + given);
            done += piece;
        }
        ctrPosition = position + length;
        if (given != length) { // the provider holds something back: have it out, and begin anew
            given += stream.doFinal(out, outOffset + given);
            ctrPosition = NOWHERE;
        }
        if (given != length) {
            throw new GeneralSecurityException(length + " bytes into AES-CTR, " + given + " out");
        }
    }

    @Override
    long[] hash(long end) throws GeneralSecurityException {
        return Objects.requireNonNull(hash).finish();
    }

    @Override
    void forget() {
        split.close();
        if (hash != null) {
            hash.close();
        }
        AesCiphers.forget(ctr);
    }
}
