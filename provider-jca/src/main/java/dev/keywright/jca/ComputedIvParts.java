/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Adjoining parts of the content, each encrypted by the provider's AES-GCM as a message of its own, under the 16-byte IV from
 * which GCM arrives at the part's counter blocks. GCM makes its first counter block J of such an IV as ((IV * H) + L) * H,
 * where L is the block of the IV's length; solved for IV, J given. The content's very first part has the object's own IV,
 * and no computing.
 *
 * <p>Each counter block is used once, as in the whole message. A part's own tag, without its mask, is the part's hash; it
 * goes to a {@link PartialHash}.
 */
final class ComputedIvParts implements AutoCloseable {
    /** A part's length; some providers count a message's bytes in an {@code int}. */
    static final int PART_BYTES = 256 * 1024;

    private final GcmKey key;
    private final PartialHash hash;
    private final byte[] mask = new byte[AesCiphers.BLOCK_BYTES];
    private final long[] unmasked = new long[2];
    private @Nullable Cipher gcm;
    private boolean open;
    private boolean first; // the open part is the content's first
    private int taken; // bytes in the open part

    ComputedIvParts(GcmKey key, PartialHash hash) {
        this.key = key;
        this.hash = hash;
    }

    /** How many bytes the part still takes, to which those at {@code position} belong. */
    int room() {
        return PART_BYTES - taken;
    }

    /** Takes bytes of one part and gives what the provider gives; a part may begin at whole blocks only. */
    int update(long position, byte[] in, int inOffset, int length, byte[] out, int outOffset)
            throws GeneralSecurityException {
        int given = part(position).update(in, inOffset, length, out, outOffset);
        taken += length;
        return given;
    }

    /**
     * Ends the part, if any is open or to be opened.
     *
     * @param position of the last bytes
     * @param last whole, or the bytes that end the content
     * @param out takes what is left of the ciphertext, and the tag; wiped
     */
    void end(long position, byte[] last, int lastBytes, byte[] out) throws GeneralSecurityException {
        if (!open && lastBytes == 0) {
            return;
        }
        int given = part(position).doFinal(last, 0, lastBytes, out, 0);
        taken += lastBytes;
        open = false;
        if (given < GaloisField.BYTES) {
            throw new GeneralSecurityException("AES-GCM ended with something else than its tag");
        }
        GaloisField.load(out, given - GaloisField.BYTES, unmasked);
        Arrays.fill(out, 0, given, (byte) 0);
        GaloisField.add(unmasked, mask, 0);
        hash.appendCall(unmasked, 0, taken);
        taken = 0;
        if (first) { // one Cipher for each length of IV: there is a provider that mistakes a change of it
            AesCiphers.forget(gcm);
            gcm = null;
        }
    }

    private Cipher part(long position) throws GeneralSecurityException {
        Cipher cipher = gcm;
        if (cipher == null) {
            cipher = key.ciphers().gcm();
            gcm = cipher;
        }
        if (!open) {
            first = position == 0;
            byte[] counter = key.counterBlock(position / AesCiphers.BLOCK_BYTES - 1);
            key.encryptBlock(counter, mask);
            byte[] iv = first ? Arrays.copyOf(counter, AesCiphers.NONCE_BYTES) : ivFor(counter);
            cipher.init(Cipher.ENCRYPT_MODE, key.aes(), new GCMParameterSpec(AesCiphers.TAG_BITS, iv));
            open = true;
        }
        return cipher;
    }

    /** The IV from which GCM makes this first counter block. */
    private byte[] ivFor(byte[] firstCounterBlock) {
        long[] element = new long[2];
        long[] lengths = new long[2];
        GaloisField.load(firstCounterBlock, 0, element);
        key.hashKey().divide(element);
        GaloisField.lengths(0, firstCounterBlock.length, lengths);
        GaloisField.add(element, lengths);
        key.hashKey().divide(element);
        byte[] iv = new byte[GaloisField.BYTES];
        GaloisField.store(element, iv, 0);
        GaloisField.wipe(element);
        return iv;
    }

    @Override
    public void close() {
        GaloisField.wipe(unmasked);
        Arrays.fill(mask, (byte) 0);
        AesCiphers.forget(gcm);
        gcm = null;
    }
}
