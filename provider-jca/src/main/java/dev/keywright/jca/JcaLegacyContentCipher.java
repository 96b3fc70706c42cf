/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.LegacyContentCipher;
import dev.keywright.spi.LoanedKey;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.ProviderException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * Decrypts AES-CBC content by {@code AES/CBC/NoPadding} of a JCA provider. A call works through a buffer of at most
 * 16 KiB, which is wiped before it ends; and a throw-away key is driven into the cipher.
 * Immutable and thread-safe. Nothing is registered with the platform.
 */
public final class JcaLegacyContentCipher implements LegacyContentCipher {
    private final Provider home;

    private JcaLegacyContentCipher(Provider home) {
        this.home = home;
    }

    /**
     * Works with the platform's first provider of the cipher, as it stands at this call.
     *
     * @throws IllegalArgumentException if the platform lacks it, naming it
     */
    public static JcaLegacyContentCipher platform() {
        return new JcaLegacyContentCipher(AesCiphers.homeOfCbc(null));
    }

    /**
     * Works with this provider, registered or not.
     *
     * @throws IllegalArgumentException if it lacks the cipher, naming both
     */
    public static JcaLegacyContentCipher with(Provider provider) {
        return new JcaLegacyContentCipher(AesCiphers.homeOfCbc(provider));
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if {@code key} is closed, or the provider fails
     */
    @Override
    public void decrypt(ContentKey key, Bytes previous, ByteBuffer in, ByteBuffer out) {
        AlgorithmSuite suite = key.suite();
        if (suite != AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF) {
            throw new IllegalArgumentException(suite + " is not " + AlgorithmSuite.ALG_AES_256_CBC_IV16_NO_KDF);
        }
        if (previous.size() != 0 && previous.size() != BLOCK_BYTES) {
            throw new IllegalArgumentException(
                    "a previous block of " + previous.size() + " bytes; none, or " + BLOCK_BYTES + ", is wanted");
        }
        int length = in.remaining();
        if (length % BLOCK_BYTES != 0) {
            throw new IllegalArgumentException(length + " bytes; whole blocks of " + BLOCK_BYTES + " are wanted");
        }
        if (out.remaining() < length) {
            throw new IllegalArgumentException("room for " + out.remaining() + " bytes, where " + length + " come out");
        }
        key.use((raw, iv, aad) -> decrypt(raw, previous.size() == 0 ? iv : previous.toByteArray(), in, out));
    }

    /** Gives {@code out}, filled. */
    private ByteBuffer decrypt(byte[] raw, byte[] iv, ByteBuffer in, ByteBuffer out) {
        byte[] piece = new byte[Math.min(in.remaining(), PieceSize.FULL)];
        Cipher cbc = null;
        try (LoanedKey aes = LoanedKey.copyOf(raw, "AES")) {
            cbc = AesCiphers.cbc(home);
            cbc.init(Cipher.DECRYPT_MODE, aes, new IvParameterSpec(iv));
            while (in.hasRemaining()) {
                int length = Math.min(in.remaining(), PieceSize.CBC.next());
                in.get(piece, 0, length);
                byte[] last = Arrays.copyOfRange(piece, length - BLOCK_BYTES, length);
                int given = cbc.update(piece, 0, length, piece, 0);
                if (given != length) { // the provider holds something back: have it out, and begin anew
                    given += cbc.doFinal(piece, given);
                    cbc.init(Cipher.DECRYPT_MODE, aes, new IvParameterSpec(last));
                }
                if (given != length) {
                    throw new GeneralSecurityException(length + " bytes into AES-CBC, " + given + " out");
                }
                out.put(piece, 0, length);
            }
            return out;
        } catch (GeneralSecurityException | ProviderException e) {
            throw new IllegalStateException("AES-CBC of provider " + home.getName() + " can't be used", e);
        } finally {
            Arrays.fill(piece, (byte) 0);
            AesCiphers.forget(cbc);
        }
    }

    @Override
    public String toString() {
        return "JcaLegacyContentCipher[" + home.getName() + "]";
    }
}
