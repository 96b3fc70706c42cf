/* Copyright the Keywright authors. SPDX-License-Identifier: Apache-2.0 */
package dev.keywright.spi;

import java.util.Optional;

/**
 * The content algorithm suites of the S3 Encryption Clients: a closed list, as the wire format has it.
 *
 * <p>The two CTR suites are how ranges of the GCM suites are read; they are never stored, and a wrapped key is bound to
 * the GCM suite's name also while a range is read ({@link #wrapBinding()}).
 */
public enum AlgorithmSuite {
    /** Unauthenticated legacy content of formats V1 and V2; never written. */
    ALG_AES_256_CBC_IV16_NO_KDF(0x0070, "AES/CBC/PKCS5Padding", 16, 0, false, Long.MAX_VALUE),
    /** Ranges of {@link #ALG_AES_256_GCM_IV12_TAG16_NO_KDF}; never stored. */
    ALG_AES_256_CTR_IV16_TAG16_NO_KDF(0x0071, "AES/GCM/NoPadding", 12, 16, false, Limits.GCM_PLAINTEXT_BYTES),
    /** Authenticated, not committing: format V2. */
    ALG_AES_256_GCM_IV12_TAG16_NO_KDF(0x0072, "AES/GCM/NoPadding", 12, 16, false, Limits.GCM_PLAINTEXT_BYTES),
    /** Authenticated and key committing: format V3, the default for everything written. */
    ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY(0x0073, "115", 28, 16, true, Limits.GCM_PLAINTEXT_BYTES),
    /** Ranges of {@link #ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY}; never stored. */
    ALG_AES_256_CTR_HKDF_SHA512_COMMIT_KEY(0x0074, "115", 28, 16, true, Limits.GCM_PLAINTEXT_BYTES);

    private final int id;
    private final String contentAlgorithm;
    private final int ivBytes;
    private final int tagBytes;
    private final boolean committing;
    private final long maxPlaintextBytes;

    AlgorithmSuite(
            int id, String contentAlgorithm, int ivBytes, int tagBytes, boolean committing, long maxPlaintextBytes) {
        this.id = id;
        this.contentAlgorithm = contentAlgorithm;
        this.ivBytes = ivBytes;
        this.tagBytes = tagBytes;
        this.committing = committing;
        this.maxPlaintextBytes = maxPlaintextBytes;
    }

    /** The suite's number, 0x0070 to 0x0074. */
    public int id() {
        return id;
    }

    /** What an envelope calls the content algorithm: {@code x-amz-cek-alg} in format V2, {@code x-amz-c} in V3. */
    public String contentAlgorithm() {
        return contentAlgorithm;
    }

    /** What a wrapped data key of this suite is bound to: additional data, RSA suffix or encryption-context entry. */
    public String wrapBinding() {
        return contentAlgorithm;
    }

    /** Length of the data key that is made for a new object, in bytes. */
    public int dataKeyBytes() {
        return 32;
    }

    /** Whether a stored object's data key may have this length; old PHP objects of 0x0070 and 0x0072 are shorter. */
    public boolean acceptsDataKeyBytes(int length) {
        return length == 32 || (!committing && (length == 16 || length == 24));
    }

    /** Length of what the envelope stores to start the cipher: an IV, or the message id of a committing suite. */
    public int ivBytes() {
        return ivBytes;
    }

    /** Length of the tag that ends the body, in bytes; 0 for CBC. */
    public int tagBytes() {
        return tagBytes;
    }

    /** Whether the envelope commits to the data key. */
    public boolean isCommitting() {
        return committing;
    }

    /** Whether new objects may be written with this suite. */
    public boolean isWritable() {
        return this == ALG_AES_256_GCM_IV12_TAG16_NO_KDF || this == ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY;
    }

    /** The longest plaintext, in bytes; 2^36 - 32 for GCM (NIST SP 800-38D, section 5.2.1.1). */
    public long maxPlaintextBytes() {
        return maxPlaintextBytes;
    }

    /** The two bytes of the id, most significant first, as HKDF labels and the committing suite's AAD have them. */
    public Bytes idBytes() {
        return Bytes.copyOf(new byte[] {(byte) (id >>> 8), (byte) id});
    }

    /**
     * The suite that an envelope means by this content algorithm name, compared exactly. CBC has two names for one padding;
     * Go's first client writes whichever its user chose.
     */
    public static Optional<AlgorithmSuite> storedAs(String contentAlgorithm) {
        return switch (contentAlgorithm) {
            case "AES/CBC/PKCS5Padding", "AES/CBC/PKCS7Padding" -> Optional.of(ALG_AES_256_CBC_IV16_NO_KDF);
            case "AES/GCM/NoPadding" -> Optional.of(ALG_AES_256_GCM_IV12_TAG16_NO_KDF);
            case "115" -> Optional.of(ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY);
            default -> Optional.empty();
        };
    }

    private static final class Limits {
        /** 2^39 - 256 bits. */
        static final long GCM_PLAINTEXT_BYTES = (1L << 36) - 32;
    }
}
