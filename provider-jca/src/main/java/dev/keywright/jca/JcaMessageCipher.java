/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.ContentKey;
import dev.keywright.spi.MessageCipher;
import java.security.Provider;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The strict content cipher: AES-GCM as the JCA provider does it, one message one stream, under the object's 12-byte IV.
 * Nothing of GCM is computed outside the provider, neither a hash key nor an IV nor a tag, and the provider itself checks
 * the tag. Take this one, over the provider of a validated module, where FIPS 140 rules bind you; the bytes are the same as
 * those of {@link JcaContentCipher}, which is faster, needs a fraction of the memory, and does ranges and parts.
 *
 * <p>What it is worth depends on the provider: whether the module is validated and in its approved mode is yours to see
 * to. Data keys and IVs are made outside of it, by the {@link java.security.SecureRandom} that the client was given, and content keys by
 * the HMAC of the provider that {@link dev.keywright.spi.ContentKeyDerivation} was given.
 *
 * <p>Most providers hold a message in memory until its tag is verified, so that decrypting one takes about twice its length
 * if it is handed over at once, and up to four times if it comes in pieces. A message has at most 2^31 - 17 bytes of plaintext, as
 * providers count it in an {@code int}, tag included. At {@link Message#close()} a throw-away key is driven into the cipher.
 *
 * <p>Needs {@code AES/GCM/NoPadding}. Immutable and thread-safe. Nothing is registered with the platform.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38D">NIST SP 800-38D</a>
 */
public final class JcaMessageCipher implements MessageCipher {
    private static final long MAX_PLAINTEXT_BYTES = Integer.MAX_VALUE - GcmMessage.TAG_BYTES;

    private final Provider home;

    private JcaMessageCipher(Provider home) {
        this.home = home;
    }

    /**
     * Works with the platform's first provider of the cipher, as it stands at this call.
     *
     * @throws IllegalArgumentException if the platform lacks it, naming it
     */
    public static JcaMessageCipher platform() {
        return of(null);
    }

    /**
     * Works with this provider, registered or not.
     *
     * @throws IllegalArgumentException if it lacks the cipher, naming both
     */
    public static JcaMessageCipher with(Provider provider) {
        return of(provider);
    }

    private static JcaMessageCipher of(@Nullable Provider provider) {
        return new JcaMessageCipher(AesCiphers.homeOfGcm(provider));
    }

    /** {@code 0x0072} and {@code 0x0073}. */
    @Override
    public Set<AlgorithmSuite> suites() {
        return JcaContentCipher.SUITES;
    }

    @Override
    public long maxPlaintextBytes() {
        return MAX_PLAINTEXT_BYTES;
    }

    @Override
    public Message encrypt(ContentKey key) {
        return GcmMessage.encrypting(home, key, MAX_PLAINTEXT_BYTES);
    }

    @Override
    public Message decrypt(ContentKey key) {
        return GcmMessage.decrypting(home, key, MAX_PLAINTEXT_BYTES);
    }

    @Override
    public String toString() {
        return "JcaMessageCipher[" + home.getName() + ", strict]";
    }
}
