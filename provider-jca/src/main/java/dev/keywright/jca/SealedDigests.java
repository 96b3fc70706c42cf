/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher.SegmentDigest;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.IntegrityException;
import dev.keywright.spi.LoanedKey;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;

/**
 * Segment digests as they may be stored: AES-256-GCM with a random 12-byte nonce, under HMAC-SHA-512 of a label and the IV,
 * keyed with the content key and cut to 32 bytes. A nonce for each storing; the key is used for nothing else.
 */
final class SealedDigests {
    private static final String HMAC = "HmacSHA512";
    private static final byte[] LABEL = "Keywright stored segment digests 1".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY_BYTES = 32;
    /** Offset, length, hash. */
    private static final int DIGEST_BYTES = 2 * Long.BYTES + GaloisField.BYTES;

    private static final int TAG_BYTES = AesCiphers.TAG_BITS / 8;

    private final AesCiphers ciphers;
    private final SecureRandom random = new SecureRandom();

    SealedDigests(AesCiphers ciphers) {
        this.ciphers = ciphers;
    }

    Bytes seal(ContentKey key, Bytes associatedData, List<? extends SegmentDigest> digests) {
        ByteBuffer plain = ByteBuffer.allocate(digests.size() * DIGEST_BYTES);
        try (GcmKey gcmKey = GcmKey.of(key, ciphers)) {
            for (SegmentDigest digest : digests) {
                if (!(digest instanceof GcmSegmentDigest own)) {
                    throw new IllegalArgumentException("a segment digest of another content cipher");
                }
                own.storeIn(plain, gcmKey);
            }
            byte[] nonce = new byte[AesCiphers.NONCE_BYTES];
            random.nextBytes(nonce);
            byte[] sealed = gcm(Cipher.ENCRYPT_MODE, key, nonce, associatedData, plain.array(), 0, plain.capacity());
            return Bytes.copyOf(ByteBuffer.allocate(nonce.length + sealed.length)
                    .put(nonce)
                    .put(sealed)
                    .array());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("segment digests can't be sealed", e);
        } finally {
            Arrays.fill(plain.array(), (byte) 0);
        }
    }

    List<SegmentDigest> unseal(ContentKey key, Bytes associatedData, Bytes sealed) {
        byte[] in = sealed.toByteArray();
        int length = in.length - AesCiphers.NONCE_BYTES;
        if (length < TAG_BYTES || (length - TAG_BYTES) % DIGEST_BYTES != 0) {
            throw altered();
        }
        byte[] nonce = Arrays.copyOf(in, AesCiphers.NONCE_BYTES);
        byte[] plain = {};
        List<SegmentDigest> digests = new ArrayList<>();
        try (GcmKey gcmKey = GcmKey.of(key, ciphers)) {
            plain = gcm(Cipher.DECRYPT_MODE, key, nonce, associatedData, in, nonce.length, length);
            for (ByteBuffer each = ByteBuffer.wrap(plain); each.hasRemaining(); ) {
                digests.add(GcmSegmentDigest.storedIn(each, gcmKey));
            }
            return digests;
        } catch (AEADBadTagException e) {
            throw altered();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("segment digests can't be unsealed", e);
        } finally {
            Arrays.fill(plain, (byte) 0);
        }
    }

    private static IntegrityException altered() {
        return new IntegrityException(
                IntegrityException.Stage.CONTENT,
                "stored segment digests do not verify: they were altered, or belong to another object");
    }

    private byte[] gcm(int mode, ContentKey key, byte[] nonce, Bytes associatedData, byte[] in, int offset, int length)
            throws GeneralSecurityException {
        Cipher cipher = ciphers.gcm();
        try {
            try (LoanedKey sealing = sealingKey(key)) {
                cipher.init(mode, sealing, new GCMParameterSpec(AesCiphers.TAG_BITS, nonce));
            }
            cipher.updateAAD(associatedData.toByteArray());
            return cipher.doFinal(in, offset, length);
        } finally {
            AesCiphers.forget(cipher);
        }
    }

    private LoanedKey sealingKey(ContentKey key) throws GeneralSecurityException {
        Mac mac = ciphers.mac(HMAC);
        byte[] full = key.use((raw, iv, aad) -> {
            try {
                try (LoanedKey loaned = LoanedKey.copyOf(raw, HMAC)) {
                    mac.init(loaned);
                }
                mac.update(LABEL);
                return mac.doFinal(iv);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(HMAC + " can't be used with this content key", e);
            }
        });
        byte[] cut = Arrays.copyOf(full, KEY_BYTES);
        try (LoanedKey zeros = LoanedKey.throwAway(KEY_BYTES, HMAC)) {
            mac.init(zeros);
            mac.doFinal(); // until then the hash's state is the result
            return LoanedKey.copyOf(cut, "AES");
        } finally {
            Arrays.fill(full, (byte) 0);
            Arrays.fill(cut, (byte) 0);
        }
    }
}
