/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.jspecify.annotations.Nullable;

/**
 * Hashes ciphertext with the provider's GMAC: it goes in as additional data, a bounded piece a call. The calls' nonces are
 * two that are never the message's, used in turn since ciphers refuse one nonce twice running. That their tags repeat a
 * nonce harms nothing: no such tag leaves this object.
 */
final class CiphertextHash implements AutoCloseable {
    private final GcmKey key;
    private final PartialHash hash;
    private final byte[] tag = new byte[GaloisField.BYTES];
    private final long[] unmasked = new long[2];
    private @Nullable Cipher gmac;
    private int turn;
    private int taken; // bytes in the open call
    private int limit; // bytes that the open call takes; 0 if none is open

    CiphertextHash(GcmKey key, PartialHash hash) {
        this.key = key;
        this.hash = hash;
    }

    /** Takes bytes, in runs of any length. */
    void update(byte[] ciphertext, int offset, int length) throws GeneralSecurityException {
        Cipher call = gmac;
        if (call == null) {
            call = key.ciphers().gcm();
            gmac = call;
        }
        int done = 0;
        while (done < length) {
            if (limit == 0) {
                turn++;
                limit = PieceSize.GMAC.next();
                call.init(
                        Cipher.ENCRYPT_MODE, key.aes(), new GCMParameterSpec(AesCiphers.TAG_BITS, key.gmacNonce(turn)));
            }
            int piece = Math.min(limit - taken, length - done);
            call.updateAAD(ciphertext, offset + done, piece);
            taken += piece;
            done += piece;
            if (taken == limit) {
                endCall(call);
            }
        }
    }

    private void endCall(Cipher call) throws GeneralSecurityException {
        if (call.doFinal(tag, 0) != tag.length) {
            throw new GeneralSecurityException("a GMAC that is not 16 bytes long");
        }
        GaloisField.load(tag, 0, unmasked);
        Arrays.fill(tag, (byte) 0);
        key.addGmacMask(turn, unmasked);
        hash.appendCall(unmasked, taken, 0);
        taken = 0;
        limit = 0;
    }

    /** Ends the open call, if there is one, so that all bytes taken are in the hash; more may follow whole blocks. */
    void flush() throws GeneralSecurityException {
        if (taken > 0 && gmac != null) {
            endCall(gmac);
        }
    }

    @Override
    public void close() {
        Arrays.fill(tag, (byte) 0);
        GaloisField.wipe(unmasked);
        AesCiphers.forget(gmac);
        gmac = null;
    }
}
