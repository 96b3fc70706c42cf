/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.jca;

import dev.keywright.jca.HashingWay.Way;
import dev.keywright.spi.AlgorithmSuite;
import dev.keywright.spi.Bytes;
import dev.keywright.spi.ContentCipher;
import dev.keywright.spi.ContentKey;
import java.security.Provider;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * AES-GCM content, in segments of any order, out of the ordinary ciphers of a JCA provider. The bytes are those of one
 * AES-GCM message, whatever the cuts.
 *
 * <p>Memory is bounded by a few tens of KiB a segment, in both directions and up to the longest plaintext of 2^36 - 32
 * bytes, also on providers that hold back all plaintext of a GCM decryption or end a message after 2 GiB. Encryption is
 * AES-GCM itself, where the provider takes the 16-byte IVs that this needs and gives ciphertext at once, which is found out
 * once, at construction. Else, and for decryption, it is AES-CTR, and the hash comes of GMAC over the ciphertext or of
 * encrypting the plaintext by GCM as well, whichever proves faster here with the first megabytes; the results are the same. A digest
 * takes 64 bytes.
 *
 * <p>GCM's hash key is thereby known outside the provider, and IVs are computed: users whose rules (FIPS 140) don't let them
 * take a {@link JcaMessageCipher}.
 *
 * <p>A segment takes a copy of the key, and works on if the {@link ContentKey} is closed. At {@link Segment#close()} the
 * copy is wiped and a throw-away key driven into each cipher. With the JDK's own provider no copy of the key is then left
 * in the heap; what other providers keep is theirs. A digest is known again by key and IV, not by the instance that made
 * it: ciphers of this class on different providers may share the work on one object.
 *
 * <p>Needs {@code AES/GCM/NoPadding} of the provider. {@code AES/ECB/NoPadding} and {@code AES/CTR/NoPadding} come of it too
 * or, if it lacks one, from the platform; {@link #toString} says so. Thread-safe. Nothing is registered with the platform.
 *
 * @see <a href="https://doi.org/10.6028/NIST.SP.800-38D">NIST SP 800-38D</a>
 */
public final class JcaContentCipher implements ContentCipher {
    static final Set<AlgorithmSuite> SUITES = Set.copyOf(EnumSet.of(
            AlgorithmSuite.ALG_AES_256_GCM_IV12_TAG16_NO_KDF, AlgorithmSuite.ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY));

    private final AesCiphers ciphers;
    private final boolean encryptsByComputedIv;
    private final HashingWay hashing;

    private JcaContentCipher(AesCiphers ciphers, boolean encryptsByComputedIv, HashingWay hashing) {
        this.ciphers = ciphers;
        this.encryptsByComputedIv = encryptsByComputedIv;
        this.hashing = hashing;
    }

    /**
     * Works with the platform's first provider of each cipher, as it stands at this call.
     *
     * @throws IllegalArgumentException if the platform lacks one, naming it
     */
    public static JcaContentCipher platform() {
        return of(null);
    }

    /**
     * Works with this provider, registered or not.
     *
     * @throws IllegalArgumentException if it lacks AES-GCM, naming both; or if it has it and does not encrypt with a key of
     *     ours, as a token may not
     */
    public static JcaContentCipher with(Provider provider) {
        return of(provider);
    }

    private static JcaContentCipher of(@Nullable Provider provider) {
        AesCiphers ciphers = new AesCiphers(provider);
        ComputedIvProbe probe = ComputedIvProbe.of(ciphers);
        return new JcaContentCipher(
                ciphers, probe.encrypts(), probe.hashes() ? HashingWay.measured() : HashingWay.always(Way.GMAC));
    }

    /** AES-CTR, and one way to the hash. */
    static JcaContentCipher byCounter(AesCiphers ciphers, Way way) {
        return byCounter(ciphers, HashingWay.always(way));
    }

    /** AES-CTR, and one way or the other to the hash. */
    static JcaContentCipher byCounter(AesCiphers ciphers, HashingWay hashing) {
        return new JcaContentCipher(ciphers, false, hashing);
    }

    /** Computed IVs to encrypt; AES-CTR and one way to the hash to decrypt. */
    static JcaContentCipher byComputedIv(AesCiphers ciphers, Way way) {
        return new JcaContentCipher(ciphers, true, HashingWay.always(way));
    }

    /** {@code 0x0072} and {@code 0x0073}. */
    @Override
    public Set<AlgorithmSuite> suites() {
        return SUITES;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if {@code key} is closed
     */
    @Override
    public Segment segment(ContentKey key, Direction direction, long offsetBytes) {
        requireSuite(key);
        long max = key.suite().maxPlaintextBytes();
        if (offsetBytes < 0 || offsetBytes % AesCiphers.BLOCK_BYTES != 0 || offsetBytes >= max) {
            throw new IllegalArgumentException("segment offset " + offsetBytes + ": a multiple of "
                    + AesCiphers.BLOCK_BYTES + " from 0, below " + max + ", is wanted");
        }
        return GcmSegment.of(GcmKey.of(key, ciphers), direction, offsetBytes, max, encryptsByComputedIv, hashing);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if {@code key} or a digest is closed
     */
    @Override
    public Bytes tag(ContentKey key, List<? extends SegmentDigest> inOrder) {
        requireSuite(key);
        try (GcmKey gcmKey = GcmKey.of(key, ciphers);
                PartialHash hash = new PartialHash(gcmKey.hashKey())) {
            hash.appendAad(gcmKey.aad());
            long length = 0;
            for (SegmentDigest digest : inOrder) {
                requireAdjoins(digest, length, key.suite().maxPlaintextBytes());
                ((GcmSegmentDigest) digest).appendTo(hash, gcmKey);
                length += digest.lengthBytes();
            }
            return hash.tag(gcmKey, length);
        }
    }

    /** {@inheritDoc} Uses AES-256-GCM, and HmacSHA512 of the same provider or the platform. */
    @Override
    public Bytes seal(ContentKey key, Bytes associatedData, List<? extends SegmentDigest> digests) {
        requireSuite(key);
        return new SealedDigests(ciphers).seal(key, associatedData, digests);
    }

    @Override
    public List<SegmentDigest> unseal(ContentKey key, Bytes associatedData, Bytes sealed) {
        requireSuite(key);
        return new SealedDigests(ciphers).unseal(key, associatedData, sealed);
    }

    static void requireSuite(ContentKey key) {
        if (!SUITES.contains(key.suite())) {
            throw new IllegalArgumentException(key.suite() + " is not a suite of this content cipher: " + SUITES);
        }
    }

    private static void requireAdjoins(SegmentDigest digest, long before, long max) {
        if (!(digest instanceof GcmSegmentDigest)) {
            throw new IllegalArgumentException("a segment digest of another content cipher");
        }
        if (digest.offsetBytes() != before) {
            throw new IllegalArgumentException("the segment at " + digest.offsetBytes()
                    + " does not adjoin what stands before it, " + before + " bytes");
        }
        if (digest.lengthBytes() > max - before) {
            throw new IllegalArgumentException("the segments pass " + max + " bytes");
        }
    }

    /** Whose ciphers are in use. */
    @Override
    public String toString() {
        return "JcaContentCipher[" + ciphers + "]";
    }
}
